// The registry under test, spoken to as its clients do.

export const url = process.env.REGISTRY_URL;

async function send(method, path, body, { token = process.env.TOKEN, ...headers } = {}) {
  const answer = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return { entry: JSON.parse(text), etag: answer.headers.get("ETag") };
}

export async function get(path) {
  const answer = await fetch(url + path);
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`);
  return answer.json();
}

export const create = (resource, owner, content, words = {}) => send("POST", `/v1/${resource}`, { owner, content, ...words });

/** Changes some members of what an earlier answer showed. */
export const change = (made, content, words) =>
  send("PATCH", `/v1/standards/${made.entry.id}`, { content, ...words }, { "Content-Type": "application/merge-patch+json", "If-Match": made.etag });

export const withdraw = (made, reason) =>
  send("DELETE", `/v1/standards/${made.entry.id}?reason=${encodeURIComponent(reason)}`, undefined, { "If-Match": made.etag });

export const redact = (made, revisions, words) =>
  send("POST", "/v1/redactions", { entry: made.entry.id, revisions, ...words }, { token: process.env.ADMIN_TOKEN });
