// Signed notes and checkpoints (C2SP): what was signed, by whom.

import { equal, fromBase64, sha256, utf8 } from "./bytes.js";

const ED25519 = 1;

/** A verifier key, `name+id+base64`, taken apart. */
export async function readKey(words) {
  const [name, id, ...rest] = words.split("+");
  const bytes = fromBase64(rest.join("+"));
  if (bytes[0] !== ED25519 || bytes.length !== 33) throw new Error("not an Ed25519 verifier key");
  const hash = (await sha256(utf8(`${name}\n`), bytes)).slice(0, 4);
  if (Array.from(hash, (b) => b.toString(16).padStart(2, "0")).join("") !== id) throw new Error("the key's id is not its own");
  return { name, id: hash, bytes: bytes.slice(1) };
}

/** A checkpoint without looking at its signatures. */
export function readCheckpoint(note) {
  const end = note.indexOf("\n\n");
  if (end < 0) throw new Error("not a signed note");
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split("\n");
  if (!/^(0|[1-9][0-9]*)$/.test(size)) throw new Error("not a checkpoint");
  return { origin, size: Number(size), root: fromBase64(root), text, signatures: note.slice(end + 2) };
}

/** Whether the key has signed the checkpoint. Fails where the browser does not know Ed25519. */
export async function isSigned(checkpoint, key) {
  const algorithm = { name: "Ed25519" };
  const verifier = await crypto.subtle.importKey("raw", key.bytes, algorithm, false, ["verify"]);
  for (const line of checkpoint.signatures.split("\n")) {
    const [dash, name, signature] = line.split(" ");
    if (dash !== "—" || name !== key.name) continue;
    const bytes = fromBase64(signature);
    if (!equal(bytes.slice(0, 4), key.id)) continue;
    if (await crypto.subtle.verify(algorithm, verifier, bytes.slice(4), utf8(checkpoint.text))) return checkpoint.origin === key.name;
  }
  return false;
}
