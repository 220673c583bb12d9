// The AWS SDK against the service, in Node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { test } from "node:test";
import * as sdk from "@aws-sdk/client-imagebuilder";
import * as afterimage from "afterimage-wasm";
import { converse, withPipeline } from "../scenario.mjs";

const file = (name) => readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url));
const policy = JSON.parse(file("policy.json"));

test("every operation, paginator and class of error works in Node", async () => {
  const exports = [withPipeline(file("images.json")), file("amis.json"), file("launch-permissions.json")];
  assert.equal(await converse(afterimage, sdk, { exports, policy }), "done");
});

test("bodies come as text, bytes and streams, and queries with their peculiarities", async () => {
  const service = new afterimage.ImageBuilderService({ now: "2026-11-23T12:00:00Z" });
  const body = JSON.stringify({ ...policy, clientToken: "token" });
  const half = Math.floor(body.length / 2);
  const bodies = [
    body,
    Buffer.from(body),
    new Blob([body]),
    new Blob([body]).stream(),
    Readable.from([Buffer.from(body.slice(0, half)), Buffer.from(body.slice(half))]),
  ];
  const arns = new Set();
  for (const body of bodies) {
    const request = { method: "PUT", path: "/CreateLifecyclePolicy", body };
    const { response } = await service.requestHandler.handle(request);
    const answer = Buffer.from(response.body).toString();
    assert.equal(response.statusCode, 200, answer);
    assert.equal(response.headers["content-type"], "application/json");
    arns.add(JSON.parse(answer).lifecyclePolicyArn);
  }
  assert.equal(arns.size, 1);
  const [lifecyclePolicyArn] = arns;
  const get = { method: "GET", path: "/GetLifecyclePolicy" };
  for (const query of [{ lifecyclePolicyArn }, { lifecyclePolicyArn: [lifecyclePolicyArn] }]) {
    assert.equal((await service.requestHandler.handle({ ...get, query })).response.statusCode, 200);
  }
  const none = await service.requestHandler.handle({ ...get, query: { lifecyclePolicyArn: null } });
  assert.equal(none.response.statusCode, 400);
});

test("a body that never ends is given up with its call", async () => {
  const service = new afterimage.ImageBuilderService({ now: "2026-11-23T12:00:00Z" });
  const abort = new AbortController();
  const body = new ReadableStream({});
  const request = { method: "PUT", path: "/CreateLifecyclePolicy", body };
  const waiting = service.requestHandler.handle(request, { abortSignal: abort.signal });
  setTimeout(() => abort.abort());
  await assert.rejects(waiting, { name: "AbortError" });
});

test("account and Region are those of most images, unless they are given", async () => {
  const elsewhere = file("images.json").toString().replaceAll("us-west-2:123456789012", "eu-north-1:111122223333");
  const inventory = await afterimage.Inventory.load(Buffer.from(elsewhere));
  const now = "2026-11-23T12:00:00Z";
  const create = async (options) => {
    const service = new afterimage.ImageBuilderService({ now, ...options });
    const body = JSON.stringify({ ...policy, clientToken: "token" });
    const { response } = await service.requestHandler.handle({ method: "PUT", path: "/CreateLifecyclePolicy", body });
    return JSON.parse(Buffer.from(response.body).toString()).lifecyclePolicyArn.split(":").slice(3, 5);
  };
  assert.deepEqual(await create({ inventory }), ["eu-north-1", "111122223333"]);
  assert.deepEqual(await create({ inventory, region: "eu-west-1" }), ["eu-west-1", "111122223333"]);
  assert.deepEqual(await create({}), ["us-west-2", "123456789012"]);
});

test("options and clocks that cannot be used are refused", () => {
  const start = (options) => new afterimage.ImageBuilderService(options);
  const now = "2026-11-23T12:00:00Z";
  const refused = (message) => ({ name: "AfterimageError", message });
  assert.throws(() => start({ now, account: "1" }), refused(/`1` is not twelve digits/));
  assert.throws(() => start({ now, regions: [] }), refused(/`regions` cannot be used/));
  assert.throws(() => start({}), refused(/missing field `now`/));
  const service = start({ now, account: "210987654321", region: "eu-west-1", seed: 7, dailyRunAt: 3600 });
  service.advance({ days: 1, hours: 2, minutes: 3, seconds: 4 });
  assert.equal(service.now, "2026-11-24T14:03:04Z");
  assert.throws(() => service.advanceTo(now), refused(/cannot go back/));
  assert.throws(() => service.advanceTo("tomorrow"), refused(/`tomorrow` is not a timestamp/));
  assert.throws(() => service.advance({ years: 1 }), refused(/`years` cannot be used/));
  assert.throws(() => afterimage.ImageBuilderService.restore("{"), refused(/broken/));
  const newer = service.state().replace(/"version": ?\d+/, '"version": 999');
  assert.throws(() => afterimage.ImageBuilderService.restore(newer), refused(/999/));
});
