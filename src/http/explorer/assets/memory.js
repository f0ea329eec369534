// What this browser saw last: every visitor is a witness.

const PLACE = "standards-registry/witnessed";

/** The last checkpoint and key that held here, or nothing. */
export function recalled() {
  try {
    return JSON.parse(localStorage.getItem(PLACE));
  } catch {
    return null;
  }
}

export function remember(seen) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(seen));
  } catch {
    // A browser that keeps nothing can still check the rest.
  }
}
