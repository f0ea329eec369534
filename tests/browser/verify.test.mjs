// "Verify in this browser": it finds what is right to be right, and every lie to be one.

import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, describe, it } from "node:test";

import { launch, opened } from "./browser.mjs";
import { create, get } from "./registry.mjs";

let browser;
let context;
let page;
let position;
before(async () => {
  browser = await launch();
  const { items } = await get("/v1/standards?number=GB%2038600-2019&owner=370214");
  position = items[0].position;
});
after(() => browser.close());
beforeEach(async () => {
  context = await opened(browser);
  page = await context.newPage();
});
afterEach(() => context.close());

/** Presses the button and answers what each check came to, and the verdict. */
async function verified(at = position) {
  await page.goto(`/log?position=${at}`);
  return again();
}

async function again() {
  await page.getByRole("button", { name: "开始验证" }).click();
  await page.locator("#verdict.good, #verdict.bad, #verdict.partial").waitFor();
  const checks = await page.locator("#checks li").evaluateAll((lines) => lines.map((line) => [line.dataset.check, line.dataset.outcome]));
  return { ...Object.fromEntries(checks), verdict: await page.locator("#verdict").innerText() };
}

/** Answers to these requests are altered on their way. */
async function tamper(url, alter) {
  await page.route(url, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: alter(await answer.text()) });
  });
}

const json = (change) => (text) => {
  const value = JSON.parse(text);
  change(value);
  return JSON.stringify(value);
};

const otherBase64 = (text) => Buffer.from(Buffer.from(text, "base64").map((byte, index) => (index === 5 ? byte ^ 1 : byte))).toString("base64");

describe("what is as it should be", () => {
  it("holds, the first time and again after the log has grown", async () => {
    const first = await verified();
    assert.deepEqual(first, { signature: "good", inclusion: "good", content: "good", consistency: "good", verdict: "全部通过" });
    await create("standards", "370214", { title: `随后登记的标准 ${Date.now()}`, origin: "self_built", level: "internal" });
    const second = await verified();
    assert.equal(second.verdict, "全部通过");
    assert.match(await page.locator('[data-check="consistency"] .told').innerText(), /上次所见条目数/);
  });

  it("holds for every position, whatever it is of", async () => {
    const { size } = await get("/v1/log/head");
    for (const at of [0, 1, 2, Math.floor(size / 2), size - 1]) {
      const outcome = await verified(at);
      assert.equal(outcome.inclusion, "good", `position ${at}`);
      assert.notEqual(outcome.content, "bad", `position ${at}`);
    }
  });
});

describe("a lie is found", () => {
  it("about the root", async () => {
    await tamper("**/log/checkpoint", (note) => {
      const lines = note.split("\n");
      lines[2] = otherBase64(lines[2]);
      return lines.join("\n");
    });
    const outcome = await verified();
    assert.equal(outcome.signature, "bad");
    assert.equal(outcome.inclusion, "bad");
    assert.match(outcome.verdict, /不通过/);
  });

  it("about an entry", async () => {
    await tamper("**/v1/log/entries?*", json((page) => (page.items[0].envelope = otherBase64(page.items[0].envelope))));
    assert.equal((await verified()).inclusion, "bad");
  });

  it("about a proof", async () => {
    await tamper("**/v1/log/proofs/inclusion?*", json((proof) => (proof.audit_path[0] = otherBase64(proof.audit_path[0]))));
    assert.equal((await verified()).inclusion, "bad");
  });

  it("about the content", async () => {
    await tamper("**/revisions/*", json((entry) => (entry.content.title += "（改）")));
    const outcome = await verified();
    assert.deepEqual([outcome.inclusion, outcome.content], ["good", "bad"]);
  });

  it("about the past", async () => {
    await verified();
    // What this browser saw was another tree of the same size.
    await page.evaluate(() => {
      const place = "standards-registry/witnessed";
      const seen = JSON.parse(localStorage.getItem(place));
      const lines = seen.note.split("\n");
      lines[2] = `A${lines[2].slice(1)}`;
      seen.note = lines.join("\n");
      localStorage.setItem(place, JSON.stringify(seen));
    });
    const outcome = await again();
    assert.deepEqual([outcome.signature, outcome.consistency], ["good", "bad"]);
    assert.match(outcome.verdict, /不通过/);
  });

  it("about who signs", async () => {
    await verified();
    await page.evaluate(() => {
      const place = "standards-registry/witnessed";
      const seen = JSON.parse(localStorage.getItem(place));
      localStorage.setItem(place, JSON.stringify({ ...seen, key: "another+00000000+AQ==" }));
    });
    assert.equal((await again()).signature, "bad");
  });
});

describe("what cannot be checked", () => {
  it("is said to be unchecked where the browser does not know the signature", async () => {
    await page.addInitScript(() => {
      crypto.subtle.importKey = () => Promise.reject(new DOMException("", "NotSupportedError"));
    });
    const outcome = await verified();
    assert.deepEqual([outcome.signature, outcome.inclusion], ["skipped", "good"]);
    assert.match(await page.locator('[data-check="signature"] .told').innerText(), /不支持 Ed25519/);
    assert.match(outcome.verdict, /有的未能验证/);
  });

  it("is answered in words when the server does not answer", async () => {
    await page.route("**/log/checkpoint", (route) => route.abort());
    assert.match((await verified()).verdict, /不通过/);
  });
});
