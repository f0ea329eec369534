// The canonical form of JSON (RFC 8785): what was hashed when it was recorded.

/** JSON.stringify writes numbers and texts as the RFC does; only the order of members is left. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}
