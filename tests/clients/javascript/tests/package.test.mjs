// What is in the package, and what is not.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as afterimage from "afterimage-wasm";

const packaged = new URL("../node_modules/afterimage-wasm/", import.meta.url);
const names = readdirSync(packaged, { recursive: true }).filter((name) => statSync(new URL(name, packaged)).isFile());

test("it holds the builds, their types, and nothing else", () => {
  const modules = ["api", "data", "engine", "inventory", "module", "service"];
  const builds = ["bundler", "node", "web"];
  const expected = [
    ...["LICENSE", "README.md", "package.json", "index.d.ts", "types.d.ts"],
    ...modules.flatMap((name) => [`${name}.js`, `${name}.d.ts`]),
    ...builds.map((name) => `${name}.js`),
    ...["afterimage.js", "afterimage_bg.js", "afterimage_bg.wasm", "bundler.js"].map((name) => `glue/${name}`),
  ];
  assert.deepEqual(names.sort(), expected.sort());
  const manifest = JSON.parse(readFileSync(new URL("package.json", packaged), "utf8"));
  assert.match(manifest.version, /^\d+\.\d+\.\d+$/);
  assert.equal(manifest.dependencies, undefined);
});

test("no type is `any`", () => {
  for (const name of names.filter((name) => name.endsWith(".d.ts"))) {
    const types = readFileSync(new URL(name, packaged), "utf8").replace(/\/\*.*?\*\/|\/\/.*$/gms, "");
    assert.doesNotMatch(types, /\bany\b/, name);
  }
});

test("require gives the same module where Node allows it", () => {
  const required = () => createRequire(import.meta.url)("afterimage-wasm").simulate;
  if (process.features.require_module) assert.equal(required(), afterimage.simulate);
  else assert.throws(required, { code: "ERR_REQUIRE_ESM" });
});

test("the module asks JavaScript for nothing: no clock, no random numbers, no network", () => {
  const module = new WebAssembly.Module(readFileSync(new URL("glue/afterimage_bg.wasm", packaged)));
  // What a library of JavaScript is asked for has a name like `__wbg_now_…`.
  for (const { name } of WebAssembly.Module.imports(module)) assert.match(name, /^(__wbg_)?__wbindgen_/);
});
