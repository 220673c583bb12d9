// The package in a page: bundled with the AWS SDK, and as it is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { Inventory, simulate } from "afterimage-wasm";
import { launch } from "../../../browser/chromium.mjs";
import { withPipeline } from "../scenario.mjs";

const origin = "http://afterimage.test";
const now = "2026-11-23T12:00:00Z";
const file = (name) => readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url));
const packaged = new URL("../node_modules/afterimage-wasm/", import.meta.url);
const images = withPipeline(file("images.json"));
const policy = file("policy.json").toString();
const wasm = { type: "application/wasm", body: readFileSync(new URL("glue/afterimage_bg.wasm", packaged)) };
const files = new Map([
  ["/", { type: "text/html", body: "<!doctype html><title>test</title><link rel=icon href=data:>" }],
  ["/images.json", { type: "application/json", body: Buffer.from(images) }],
  ["/amis.json", { type: "application/json", body: file("amis.json") }],
  ["/launch-permissions.json", { type: "application/json", body: file("launch-permissions.json") }],
]);
const input = { images: "/images.json", others: ["/amis.json", "/launch-permissions.json"], policy, now };
/** What a careful site allows: no evaluation but that of WebAssembly, and no other host. */
const headers = {
  "content-security-policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:",
};

let browser;
let expected;
before(async () => {
  browser = await launch();
  const inventory = await Inventory.load([images, file("amis.json"), file("launch-permissions.json")]);
  expected = JSON.stringify(simulate(policy, inventory, { now }));
});
after(() => browser?.close());

/** A page whose requests are answered from here, and whatever it complains of or asks elsewhere. */
async function open() {
  const page = await browser.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.route("**/*", (route) => {
    const address = new URL(route.request().url());
    const found = address.origin === origin ? asset(address.pathname) : undefined;
    if (found) return route.fulfill({ contentType: found.type, body: found.body, headers });
    complaints.push(`asked for ${address}`);
    return route.abort();
  });
  await page.goto(`${origin}/`);
  return { page, complaints };
}

function asset(path) {
  if (!path.startsWith("/package/")) return files.get(path);
  const type = path.endsWith(".wasm") ? "application/wasm" : "text/javascript";
  return { type, body: readFileSync(new URL(path.slice("/package/".length), packaged)) };
}

test("bundled with the AWS SDK, everything works in a page, and no request leaves it", async () => {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL("../page.mjs", import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  files.set("/app.js", { type: "text/javascript", body: Buffer.from(bundle.outputFiles[0].contents) });
  // The module stands beside the script, where bundlers that know `new URL` put it.
  files.set("/afterimage_bg.wasm", wasm);
  const { page, complaints } = await open();
  const result = await page.evaluate(async (input) => (await import("/app.js")).run(input), input);
  assert.equal(result.early, "the WebAssembly module is not loaded");
  assert.equal(result.report, expected);
  assert.equal(result.conversation, "done");
  assert.deepEqual(complaints, []);
});

test("without a bundler, a page imports it as it is, from an address or from bytes", async () => {
  for (const source of [undefined, "/package/glue/afterimage_bg.wasm", "bytes"]) {
    const { page, complaints } = await open();
    const report = await page.evaluate(
      async ({ source, images, others, policy, now }) => {
        const { Inventory, default: init, simulate } = await import("/package/web.js");
        const bytes = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());
        await init(source === "bytes" ? await bytes("/package/glue/afterimage_bg.wasm") : source);
        const inventory = await Inventory.load(await Promise.all([images, ...others].map(bytes)));
        return JSON.stringify(simulate(policy, inventory, { now }));
      },
      { ...input, source },
    );
    assert.equal(report, expected);
    assert.deepEqual(complaints, []);
  }
});

test("an init that fails can be repeated", async () => {
  const { page, complaints } = await open();
  const outcome = await page.evaluate(async () => {
    const { default: init, parsePolicy } = await import("/package/web.js");
    const failed = await init(new Uint8Array([1, 2, 3])).catch((error) => error.name);
    await init();
    return [failed, typeof parsePolicy];
  });
  assert.deepEqual(outcome, ["CompileError", "function"]);
  assert.deepEqual(complaints, []);
});
