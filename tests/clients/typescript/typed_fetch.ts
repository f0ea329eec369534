// A day's work with the registry through openapi-fetch, whose types openapi-typescript made of the specification.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/typed_fetch.js";

type Standard = components["schemas"]["StandardEntry"];
type Change = components["schemas"]["Change"];

const baseUrl = process.env["REGISTRY_URL"] ?? assert.fail("REGISTRY_URL is not set");
// Answers come as JSON unless another form is asked for.
const client = createClient<paths, "application/json" | "application/problem+json">({
  baseUrl,
  headers: { Authorization: `Bearer ${process.env["TOKEN"]}`, "Accept-Language": "en" },
});
const OWNER = "370214";
const batch = `typed-fetch-${Date.now()}`;

// Create, twice under one key: one entry.
async function create(serial: number): Promise<{ entry: Standard; tag: string; replayed: boolean }> {
  const { data, error, response } = await client.POST("/v1/standards", {
    params: { header: { "Idempotency-Key": `${batch}-${serial}` } },
    body: {
      owner: OWNER,
      content: {
        external_id: `${batch}-${serial}`,
        title: `青岛市公共服务规范 ${serial}`,
        origin: "self_built",
        level: "local",
        keywords: ["公共服务"],
        placements: [{ framework: "qingdao", cell: { subsystem: "老有颐养", dimension: "process" } }],
        relations: [{ type: "cites", target: { number: "GB/T 35796-2017" } }],
      },
    },
  });
  assert.ok(data, error?.detail);
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("Location"), `/v1/standards/${data.id}`);
  const tag = response.headers.get("ETag") ?? assert.fail("no ETag");
  return { entry: data, tag, replayed: response.headers.get("Idempotency-Replayed") === "true" };
}
const before = (await client.GET("/v1/standards", { params: { query: { limit: 1 } } })).data;
assert.ok(before);
const created = [await create(1), await create(2), await create(3)];
const again = await create(3);
assert.ok(again.replayed);
assert.equal(again.entry.id, created[2]?.entry.id);

// Faulty content: every fault with its place.
const faulty = await client.POST("/v1/standards", {
  body: { owner: OWNER, content: { title: " ", origin: "self_built", level: "local", ics: ["nonsense"] } },
});
assert.equal(faulty.response.status, 422);
assert.equal(faulty.error?.type, "/problems/invalid-content");
assert.deepEqual(faulty.error.errors?.map((fault) => fault.pointer).sort(), ["/content/ics/0", "/content/title"]);

// Page through by cursor.
const listed: string[] = [];
let cursor: string | undefined;
do {
  const { data, error } = await client.GET("/v1/standards", {
    params: {
      query: {
        owner_exact: [OWNER],
        external_id: created.map(({ entry }) => entry.content?.external_id ?? ""),
        sort: "position",
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      },
    },
  });
  assert.ok(data, error?.detail);
  listed.push(...data.items.map((item) => item.id));
  cursor = data.next ?? undefined;
} while (cursor !== undefined);
assert.deepEqual(listed, created.map(({ entry }) => entry.id));

// Change what was read; a second change on the same revision is told the current one.
const first = created[0] ?? assert.fail();
const patch = (tag: string, scope: string | null) =>
  client.PATCH("/v1/standards/{id}", {
    params: { path: { id: first.entry.id }, header: { "If-Match": tag } },
    headers: { "Content-Type": "application/merge-patch+json" },
    body: { reason: "补充适用范围", content: { scope } },
  });
const patched = await patch(first.tag, "适用于养老机构");
assert.equal(patched.data?.revision, 2);
assert.equal(patched.data.content?.scope, "适用于养老机构");
const stale = await patch(first.tag, null);
assert.equal(stale.response.status, 412);
assert.equal(stale.error?.type, "/problems/precondition-failed");
assert.equal(stale.error.current_revision, 2);

// Withdraw, and see why it is gone.
const second = created[1] ?? assert.fail();
const withdrawn = await client.DELETE("/v1/standards/{id}", {
  params: {
    path: { id: second.entry.id },
    query: { reason: "重复登记" },
    header: { "If-Match": second.tag },
  },
});
assert.equal(withdrawn.data?.withdrawn, true);
const gone = await client.GET("/v1/standards/{id}", { params: { path: { id: second.entry.id } } });
assert.equal(gone.response.status, 410);
assert.equal(gone.error?.type, "/problems/withdrawn");
assert.equal(gone.error.reason, "重复登记");

// Follow: a page after what was known, then wait for what comes.
const describe = (change: Change): string =>
  change.type === "revision" ? `${change.action} ${change.id}` : change.type;
const known = String(before.position);
const page = await client.GET("/v1/changes", { params: { query: { after: known, kind: ["standard"] } } });
assert.ok(page.data, page.error?.detail);
assert.deepEqual(page.data.items.map(describe), [
  ...created.map(({ entry }) => `create ${entry.id}`),
  `update ${first.entry.id}`,
  `withdraw ${second.entry.id}`,
]);
const waiting = client.GET("/v1/changes", {
  params: { query: { after: page.data.next, wait: 30, kind: ["standard"] } },
});
const fourth = await create(4);
const arrived = await waiting;
assert.deepEqual(arrived.data?.items.map(describe), [`create ${fourth.entry.id}`]);

// The same as lines.
const lines = createClient<paths, "application/x-ndjson">({ baseUrl });
const { data: text } = await lines.GET("/v1/changes", {
  params: { query: { after: known } },
  headers: { Accept: "application/x-ndjson" },
  parseAs: "text",
});
assert.ok(text);
const closing = text.trimEnd().split("\n").at(-1) ?? "";
assert.match(closing, /"end":true/);
console.log(`openapi-fetch: ${created.length + 1} created, 1 patched, 1 withdrawn, followed to ${fourth.entry.position}`);
