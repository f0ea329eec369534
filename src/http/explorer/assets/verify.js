// "Verify in this browser": asks for checkpoint, entry, content and proofs, and believes none of them.

import { equal, fromBase64, sha256, toHex, utf8 } from "./bytes.js";
import { canonical } from "./canonical.js";
import { recalled, remember } from "./memory.js";
import { extendsTree, leafHash, rootFrom } from "./merkle.js";
import { isSigned, readCheckpoint, readKey } from "./note.js";

const form = document.getElementById("verify-form");
const checks = document.getElementById("checks");
const verdict = document.getElementById("verdict");
const say = document.getElementById("phrases").dataset;

/** A check that could not be made, with the reason in words. */
class Skipped extends Error {}

async function ask(path) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", headers: { Accept: "application/json, text/plain;q=0.9" } });
  } catch {
    throw new Error(say.unanswered);
  }
  return answer;
}

async function need(path) {
  const answer = await ask(path);
  if (!answer.ok) throw new Error(`${say.unanswered} (${answer.status})`);
  return answer;
}

const json = async (path) => (await need(path)).json();
const hashes = (list) => list.map(fromBase64);

async function signature(seen) {
  const keys = (await json("/v1/log/keys")).items;
  const key = await readKey(keys[keys.length - 1].verifier_key);
  let signed;
  try {
    signed = await isSigned(seen.checkpoint, key);
  } catch (error) {
    if (error.name === "NotSupportedError") throw new Skipped(say.noEd25519);
    throw error;
  }
  if (!signed) throw new Error(say.mismatch);
  seen.key = keys[keys.length - 1].verifier_key;
  const before = seen.before?.key;
  if (before && before !== seen.key && !keys.some((known) => known.verifier_key === before)) throw new Error(say.keyChanged);
  return before ? "" : say.keyFirst;
}

async function inclusion(seen, position) {
  const { size, root } = seen.checkpoint;
  const page = await json(`/v1/log/entries?from=${position}&to=${position + 1}`);
  const entry = fromBase64(page.items[0].envelope);
  const proof = await json(`/v1/log/proofs/inclusion?position=${position}&size=${size}`);
  const computed = await rootFrom(await leafHash(entry), position, size, hashes(proof.audit_path));
  if (!computed || !equal(computed, root)) throw new Error(say.mismatch);
  seen.entry = JSON.parse(new TextDecoder().decode(entry));
  return toHex(computed);
}

async function content(seen) {
  const { entry } = seen;
  if (!entry) throw new Skipped("");
  if (entry.type !== "revision") throw new Skipped(say.noContent);
  const resource = entry.entry.kind === "standard" ? "standards" : "frameworks";
  const answer = await ask(`/v1/${resource}/${entry.entry.id}/revisions/${entry.entry.revision}`);
  if (answer.status === 410) throw new Skipped(say.erased);
  if (!answer.ok) throw new Error(`${say.unanswered} (${answer.status})`);
  const shown = await answer.json();
  const computed = toHex(await sha256(utf8(canonical(shown.content))));
  if (computed !== entry.content.sha256) throw new Error(say.mismatch);
  return computed;
}

async function consistency(seen) {
  const { before, checkpoint } = seen;
  if (!before) return say.firstTime;
  const last = readCheckpoint(before.note);
  if (last.size > checkpoint.size) throw new Error(say.shorter);
  const path = `/v1/log/proofs/consistency?from=${last.size}&to=${checkpoint.size}`;
  const proof = last.size === checkpoint.size ? [] : hashes((await json(path)).consistency);
  if (!(await extendsTree(last.size, last.root, checkpoint.size, checkpoint.root, proof))) throw new Error(say.mismatch);
  return `${say.since} ${last.size}`;
}

function show(name, outcome, told = "") {
  const line = checks.querySelector(`[data-check="${name}"]`);
  line.dataset.outcome = outcome;
  line.querySelector(".outcome").textContent = checks.dataset[outcome];
  line.querySelector(".told").textContent = told;
  return outcome;
}

async function one(name, check) {
  try {
    return show(name, "good", await check());
  } catch (error) {
    return show(name, error instanceof Skipped ? "skipped" : "bad", error.message);
  }
}

async function verify(position) {
  const names = ["signature", "inclusion", "content", "consistency"];
  names.forEach((name) => show(name, "pending"));
  checks.hidden = false;
  verdict.className = "verdict";
  verdict.textContent = verdict.dataset.busy;
  let outcomes;
  if (!globalThis.crypto?.subtle) {
    outcomes = names.map((name) => show(name, "skipped", say.noCrypto));
  } else {
    outcomes = await all(position, names);
  }
  const outcome = outcomes.includes("bad") ? "bad" : outcomes.every((one) => one === "good") ? "good" : "partial";
  verdict.classList.add(outcome);
  verdict.textContent = verdict.dataset[outcome];
}

async function all(position, names) {
  const seen = { before: recalled() };
  let note;
  try {
    note = await (await need("/log/checkpoint")).text();
    seen.checkpoint = readCheckpoint(note);
  } catch (error) {
    return names.map((name) => show(name, "bad", error.message));
  }
  const made = [() => signature(seen), () => inclusion(seen, position), () => content(seen), () => consistency(seen)];
  const outcomes = [];
  for (const [index, name] of names.entries()) outcomes.push(await one(name, made[index]));
  const [signed, , , consistent] = outcomes;
  // Only what is signed and extends what was seen takes its place.
  if (signed === "good" && consistent === "good") remember({ note, key: seen.key });
  return outcomes;
}

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  verify(Number(document.getElementById("position").value));
});
