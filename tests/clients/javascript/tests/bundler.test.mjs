// The build for bundlers, in Node, which can import WebAssembly as they do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import init, { Inventory, simulate } from "afterimage-wasm/bundler";

const file = (name) => readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url));

test("a module that is imported is ready", async () => {
  await init();
  const inventory = await Inventory.load(file("images.json"));
  const { runs } = simulate(file("policy.json").toString(), inventory, { now: "2026-11-23T12:00:00Z" });
  assert.equal(runs[0].images.length, inventory.images);
});
