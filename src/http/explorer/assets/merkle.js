// Proofs of RFC 6962, computed here and now. Sizes stay below 2^53, so plain numbers do.

import { equal, sha256 } from "./bytes.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (entry) => sha256(LEAF, entry);
const nodeHash = (left, right) => sha256(NODE, left, right);

const half = (n) => Math.floor(n / 2);

/** The root that a leaf and the hashes beside its way lead to; nothing when the path does not fit. */
export async function rootFrom(leaf, index, size, path) {
  if (index >= size) return null;
  let [place, last, hash] = [index, size - 1, leaf];
  for (const beside of path) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      hash = await nodeHash(beside, hash);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      hash = await nodeHash(hash, beside);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? hash : null;
}

/** Whether a tree of one size is the beginning of another. */
export async function extendsTree(first, firstRoot, second, secondRoot, proof) {
  if (first > second) return false;
  if (first === second) return proof.length === 0 && equal(firstRoot, secondRoot);
  if (first === 0) return proof.length === 0;
  const isPower = Number.isInteger(Math.log2(first));
  const hashes = isPower ? [firstRoot, ...proof] : [...proof];
  if (hashes.length === 0) return false;
  let [place, last] = [first - 1, second - 1];
  while (place % 2 === 1) [place, last] = [half(place), half(last)];
  let [one, other] = [hashes[0], hashes[0]];
  for (const beside of hashes.slice(1)) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      one = await nodeHash(beside, one);
      other = await nodeHash(beside, other);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      other = await nodeHash(other, beside);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && equal(one, firstRoot) && equal(other, secondRoot);
}
