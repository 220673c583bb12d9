// The examples of the package's README, each run as a program in the project that has only the package.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const project = process.env.PROJECT;
const clients = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(new URL("../node_modules/afterimage-wasm/README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

test("the README has examples", () => assert.ok(examples.length >= 3));

for (const [index, code] of examples.entries()) {
  // Where the SDK is needed, the package is beside it.
  const folder = code.includes("@aws-sdk/") ? join(clients, "node_modules/.examples") : project;
  test(`example ${index + 1} does what its comments say`, () => {
    mkdirSync(folder, { recursive: true });
    for (const name of ["images.json", "amis.json", "policy.json"]) {
      copyFileSync(new URL(`../../../fixtures/${name}`, import.meta.url), join(folder, name));
    }
    writeFileSync(join(folder, "example.mjs"), code);
    const printed = execFileSync(process.execPath, ["example.mjs"], { cwd: folder, encoding: "utf8" });
    const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
    assert.ok(promised.length > 0, "an example that shows nothing");
    assert.deepEqual(printed.trimEnd().split("\n"), promised);
  });
}
