// @sigstore/verify verifies inclusion and checkpoint. Its packages are not beside this file, so they are found through
// the folder named as the argument.

import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

const [packages] = process.argv.slice(2);
// The package's own index asks for a signed artifact too, which a log of another kind has not; this is the part of it
// that speaks of the log.
const { verifyTLogTimestamp } = createRequire(join(packages, "x.js"))("@sigstore/verify/dist/timestamp");

const base = process.env.REGISTRY_URL;
const json = async (path) => (await fetch(base + path)).json();

/** The log as the verifier trusts it, from a verifier key `name+id+base64`. */
function authority(verifierKey) {
  const [, name, id, key] = verifierKey.match(/^(.*?)\+([0-9a-f]{8})\+(.*)$/);
  const raw = Buffer.from(key, "base64").subarray(1);
  const prefix = Buffer.from("302a300506032b6570032100", "hex"); // SubjectPublicKeyInfo of Ed25519
  return {
    logID: Buffer.from(id, "hex"),
    baseURL: name,
    publicKey: createPublicKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "spki" }),
    validFor: { start: new Date(0), end: new Date(8.64e15) },
  };
}

const entryAt = async (position) => {
  const { items } = await json(`/v1/log/entries?from=${position}&to=${position + 1}`);
  return Buffer.from(items.find((item) => item.position === position).envelope, "base64");
};

/** A proof of the registry in the words of the verifier. */
const proven = (body, proof) => ({
  canonicalizedBody: body,
  logId: { keyId: log.logID },
  integratedTime: String(Math.floor(Date.now() / 1000)),
  inclusionProof: {
    logIndex: String(proof.leaf_index),
    treeSize: String(proof.tree_size),
    rootHash: Buffer.from(proof.checkpoint.split("\n")[2], "base64"),
    hashes: proof.audit_path.map((hash) => Buffer.from(hash, "base64")),
    checkpoint: { envelope: proof.checkpoint },
  },
});

const log = authority(process.env.VERIFIER_KEY);
const { size } = await json("/v1/log/head");
const positions = [...new Set([0, 1, 255, 256, 511, 512, size - 2, size - 1])];
for (const position of positions) {
  const entry = await entryAt(position);
  const proof = await json(`/v1/log/proofs/inclusion?position=${position}&size=${size}`);
  const leaf = createHash("sha256").update(Buffer.from([0])).update(entry).digest("base64");
  assert.equal(proof.leaf_hash, leaf);
  verifyTLogTimestamp(proven(entry, proof), [log]);
  const other = Buffer.concat([entry, Buffer.from(" ")]);
  assert.throws(() => verifyTLogTimestamp(proven(other, proof), [log]), "another entry was believed");
  const forged = { ...proof, checkpoint: proof.checkpoint.replace(`\n${size}\n`, `\n${size + 1}\n`) };
  assert.throws(() => verifyTLogTimestamp(proven(entry, forged), [log]), "a forged checkpoint was believed");
}
console.log(`${positions.length} of ${size} leaves are in the tree that the checkpoint names`);
