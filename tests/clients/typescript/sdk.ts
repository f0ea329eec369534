// A day's work with the registry through the functions that @hey-api/openapi-ts made of the specification.

import assert from "node:assert/strict";
import { client } from "./generated/sdk/client.gen.js";
import { createStandard, getStandard, listChanges, listStandards, patchStandard } from "./generated/sdk/sdk.gen.js";
import type { Change, StandardContent } from "./generated/sdk/types.gen.js";

client.setConfig({
  baseUrl: process.env["REGISTRY_URL"] ?? assert.fail("REGISTRY_URL is not set"),
  auth: process.env["TOKEN"],
});
const owner = "370214";
const batch = `sdk-${Date.now()}`;
const content = (serial: number): StandardContent => ({
  external_id: `${batch}-${serial}`,
  title: `青岛市公共服务规范 ${serial}`,
  origin: "self_built",
  level: "local",
});

const before = await listStandards({ query: { limit: 1 } });
assert.ok(before.data);

const ids: string[] = [];
let tag = "";
for (const serial of [1, 2, 3]) {
  const { data, error, response } = await createStandard({ body: { owner, content: content(serial) } });
  assert.ok(data && response, error?.detail);
  ids.push(data.id);
  tag = response.headers.get("ETag") ?? assert.fail("no ETag");
}
const repeated = { body: { owner, content: content(4) }, headers: { "Idempotency-Key": batch } };
const once = await createStandard(repeated);
const twice = await createStandard(repeated);
assert.ok(once.data);
assert.equal(twice.data?.id, once.data.id);
assert.equal(twice.response?.headers.get("Idempotency-Replayed"), "true");

const listed: string[] = [];
let cursor: string | undefined;
do {
  const { data, error } = await listStandards({
    query: {
      external_id: [1, 2, 3].map((serial) => `${batch}-${serial}`),
      sort: "-position",
      limit: 2,
      ...(cursor === undefined ? {} : { cursor }),
    },
  });
  assert.ok(data, error?.detail);
  listed.push(...data.items.map((item) => item.id));
  cursor = data.next ?? undefined;
} while (cursor !== undefined);
assert.deepEqual(listed, ids.toReversed());

const id = ids[2] ?? assert.fail();
const change = (title: string) =>
  patchStandard({ path: { id }, headers: { "If-Match": tag }, body: { reason: "名称有误", action: "correct", content: { title } } });
assert.equal((await change("更正后的名称")).data?.revision, 2);
const stale = await change("又一个名称");
assert.equal(stale.error?.type, "/problems/precondition-failed");
assert.equal(stale.error.current_revision, 2);
assert.equal((await getStandard({ path: { id } })).data?.content?.title, "更正后的名称");

const actionOf = (change: Change): string => {
  switch (change.type) {
    case "revision":
      return change.action;
    case "leave":
      return `leave ${change.id}`;
    default:
      return change.type;
  }
};
const changes = await listChanges({ query: { after: String(before.data.position), kind: ["standard"], wait: 5 } });
assert.deepEqual(changes.data?.items.map(actionOf), ["create", "create", "create", "create", "correct"]);
console.log(`@hey-api/openapi-ts: ${ids.length + 1} created, 1 corrected, followed to ${changes.data.position}`);
