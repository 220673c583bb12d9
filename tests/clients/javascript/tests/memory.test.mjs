// What nothing refers to any more gives its memory back; what stops the module is told.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { ImageBuilderService, Inventory, parsePolicy } from "afterimage-wasm";
import { initSync } from "../node_modules/afterimage-wasm/glue/afterimage.js";
import { ask, use } from "../node_modules/afterimage-wasm/module.js";
import * as glue from "../node_modules/afterimage-wasm/glue/afterimage.js";

const now = "2026-11-23T12:00:00Z";
/** Of the module that is loaded already. */
const { memory } = initSync();
const size = () => memory.buffer.byteLength;
const images = JSON.parse(readFileSync(new URL("../../../fixtures/images.json", import.meta.url)));
const many = Array.from({ length: 60 }, (_, i) =>
  images.imageSummaryList.map((image) => ({ ...image, arn: image.arn?.replace("/web-base", `/web-base-${i}`) })),
);
const data = Buffer.from(JSON.stringify({ imageSummaryList: many.flat() }));

/** Bytes of the memory that has room for some inventories; it never shrinks. */
let room;

before(async () => {
  assert.equal(typeof globalThis.gc, "function", "Node is to be started with --expose-gc");
  const empty = size();
  const kept = [];
  for (let i = 0; i < 10; i += 1) kept.push(await Inventory.load(data));
  room = size();
  assert.ok(room > empty + 10 * 65_536, "the inventories are too small to be seen");
  kept.forEach((inventory) => inventory.free());
});

/** Does something more often than there is room for what it takes. */
async function fits(make, between) {
  for (let i = 0; i < 40; i += 1) {
    await make();
    await between();
  }
  assert.equal(size(), room);
}

test("what is forgotten is freed", () => {
  const forget = async () => void new ImageBuilderService({ now, inventory: await Inventory.load(data) });
  const collect = async () => {
    globalThis.gc();
    // Finalisers run between tasks.
    await new Promise((resolve) => setTimeout(resolve));
  };
  return fits(forget, collect);
});

test("what is freed is freed at once", () => {
  const make = async () => {
    const inventory = await Inventory.load(data);
    const service = new ImageBuilderService({ now, inventory });
    inventory.free();
    service.free();
  };
  return fits(make, () => {});
});

test("a loading that fails leaves nothing behind", () => {
  const half = data.subarray(0, data.length / 2);
  const fail = () => assert.rejects(Inventory.load([data, half]), { name: "AfterimageError" });
  return fits(fail, () => {});
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
