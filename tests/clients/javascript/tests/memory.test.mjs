// What nothing refers to any more gives its memory back; what stops the module is told.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ImageBuilderService, Inventory, parsePolicy } from "afterimage-wasm";
import { initSync } from "../node_modules/afterimage-wasm/glue/afterimage.js";
import { ask, use } from "../node_modules/afterimage-wasm/module.js";
import * as glue from "../node_modules/afterimage-wasm/glue/afterimage.js";

const now = "2026-11-23T12:00:00Z";
/** Of the module that is loaded already. */
const { memory } = initSync();
const size = () => memory.buffer.byteLength;
const images = JSON.parse(readFileSync(new URL("../../../fixtures/images.json", import.meta.url)));
const many = Array.from({ length: 200 }, (_, i) =>
  images.imageSummaryList.map((image) => ({ ...image, arn: image.arn?.replace("/web-base", `/web-base-${i}`) })),
);
const data = Buffer.from(JSON.stringify({ imageSummaryList: many.flat() }));

/** Makes something many times, and says how often the memory would hold what it takes. */
async function grown(make, between) {
  await make();
  const before = size();
  await make();
  const each = Math.max(size() - before, 1 << 20);
  for (let i = 0; i < 40; i += 1) {
    await make();
    await between();
  }
  return (size() - before) / each;
}

const collect = async () => {
  globalThis.gc();
  // Finalisers run between tasks.
  await new Promise((resolve) => setTimeout(resolve));
};

test("what is forgotten is freed", async () => {
  assert.equal(typeof globalThis.gc, "function", "Node is to be started with --expose-gc");
  const forget = async () => void new ImageBuilderService({ now, inventory: await Inventory.load(data) });
  const kept = [];
  const keep = async () => void kept.push(await Inventory.load(data));
  const growth = await grown(forget, collect);
  assert.ok(growth < 10, `the memory grew by ${growth} inventories`);
  // Without this the test would say nothing.
  assert.ok((await grown(keep, collect)) > 20);
  kept.forEach((inventory) => inventory.free());
});

test("what is freed is freed at once", async () => {
  const use = async () => {
    const inventory = await Inventory.load(data);
    const service = new ImageBuilderService({ now, inventory });
    inventory.free();
    service.free();
  };
  const growth = await grown(use, () => {});
  assert.ok(growth < 3, `the memory grew by ${growth} inventories`);
});

test("a loading that fails or is cancelled leaves nothing behind", async () => {
  const half = data.subarray(0, data.length / 2);
  const fail = () => assert.rejects(Inventory.load([data, half]), { name: "AfterimageError" });
  const growth = await grown(fail, () => {});
  assert.ok(growth < 3, `the memory grew by ${growth} inventories`);
});

test("a module that has stopped says so, once and for all", async () => {
  const panics = [
    [() => { throw JSON.stringify({ panic: "panicked at here" }); }, /has stopped: panicked at here$/],
    [() => { throw new WebAssembly.RuntimeError("unreachable"); }, /has stopped: .*unreachable$/],
    [() => { const deep = () => deep() + 1; return deep(); }, /has stopped: RangeError/],
  ];
  for (const [stop, message] of panics) {
    use({ ...glue, parsePolicy: stop });
    assert.throws(() => parsePolicy("{}"), { name: "AfterimageError", message });
    assert.throws(() => ask((module) => module.checkPolicy("{}", "{}")), { message });
  }
  const stop = () => { throw new WebAssembly.RuntimeError("unreachable"); };
  use({ ...glue, Loading: class extends glue.Loading { push = stop; free = stop; } });
  await assert.rejects(Inventory.load(data), { name: "AfterimageError", message: /unreachable$/ });
  use({ ...glue, parsePolicy: () => { throw new TypeError("not its fault"); } });
  assert.throws(() => parsePolicy("{}"), TypeError);
  assert.ok(ask((module) => module.checkPolicy("{}", "{}")).length > 0);
  use(glue);
});
