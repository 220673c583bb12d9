// Loads and evaluates one generated fleet in Chromium, once with the page's own worker and once with the
// JavaScript evaluator, and prints both as JSON. The page is built with the feature `bench`.
import { chromium } from "@playwright/test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { args } from "./playwright.config.mjs";
import { serve } from "./server.mjs";

const folder = process.argv[2];
const NOW = Date.parse("2026-11-23T12:00:00Z");
const rivals = fileURLToPath(new URL("../../crates/bench/rivals/", import.meta.url));
const policy = readFileSync(join(folder, "policy.json"), "utf8");
const files = ["images.json", "amis.json"].map((name) => join(folder, name));

/** A page of its own with the exports in a file input, which is how a browser gets at them. */
async function open(browser, url) {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  page.on("pageerror", (error) => console.error(error));
  page.on("crash", () => console.error("the page has crashed"));
  await page.route("**/rivals/*", (route) => {
    const name = new URL(route.request().url()).pathname.split("/").pop();
    return name
      ? route.fulfill({ path: join(rivals, name), contentType: "text/javascript" })
      : route.fulfill({ body: "<!doctype html><body>", contentType: "text/html" });
  });
  await page.goto(url);
  await page.evaluate(() => {
    const input = Object.assign(document.createElement("input"), { type: "file", multiple: true, id: "fleet" });
    document.body.append(input);
  });
  await page.locator("#fleet").setInputFiles(files);
  return page;
}

/** The page's worker, spoken to as the page does. */
async function afterimage(browser, url) {
  const page = await open(browser, url);
  await page.locator("#headline").waitFor();
  const result = await page.evaluate(
    async ([policy, now]) => {
      const worker = globalThis.afterimageWorker;
      const heard = (name) =>
        new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => {
            if (typeof data !== "string") return;
            const message = JSON.parse(data);
            if (message === name || message[name]) resolve(message[name]);
          };
          worker.onerror = (event) => reject(new Error(event.message));
        });
      const ask = (request, answer, files = []) => {
        const answered = heard(answer);
        worker.postMessage({ text: JSON.stringify(request), files });
        return answered;
      };
      const start = performance.now();
      const loaded = await ask({ Load: { replace: true, texts: [] } }, "Loaded", [...document.getElementById("fleet").files]);
      const load = performance.now() - start;
      if (loaded.errors.length || loaded.skipped.length) throw new Error(JSON.stringify(loaded.errors));
      const measured = await ask({ Measure: { policy, now } }, "Measured");
      return { load, ...measured };
    },
    [policy, NOW],
  );
  await page.close();
  return result;
}

async function javascript(browser, url) {
  const page = await open(browser, `${url}rivals/`);
  const result = await page.evaluate(
    async ([policy, now]) => {
      const worker = new Worker("worker.mjs", { type: "module" });
      const [images, amis] = document.getElementById("fleet").files;
      worker.postMessage({ images, amis, policy: JSON.parse(policy), now });
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
      });
    },
    [policy, NOW],
  );
  await page.close();
  return result;
}

const server = await serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
try {
  const rows = {};
  rows.chromium = await afterimage(browser, server.url);
  rows.javascript = await javascript(browser, server.url);
  console.log(JSON.stringify(rows));
} finally {
  await browser.close();
  server.close();
}
