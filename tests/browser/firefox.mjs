// The page in Firefox, from the first visit to a policy that may leave: one journey, since the views are looked at
// one by one in Chromium. Playwright drives a Firefox of its own only; this is the system's, over WebDriver BiDi.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { serve } from "./server.mjs";

const fixture = (name) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const looks = fileURLToPath(new URL("test-results/looks/", import.meta.url));
const server = await serve();
const browser = await puppeteer.launch({ browser: "firefox", executablePath: process.env.FIREFOX, headless: true });
const faults = [];

try {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.setViewport({ width: 1440, height: 900 });
  page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    const local = ["blob:", "data:"].includes(protocol) || origin === new URL(server.url).origin;
    if (!local) faults.push(`request to another host: ${request.url()}`);
  });
  const text = (selector) => page.$eval(selector, (element) => element.textContent);
  const until = (selector, words) =>
    page.waitForFunction(
      (selector, words) => document.querySelector(selector)?.textContent.includes(words),
      {},
      selector,
      words,
    );
  const count = (verdict) => text(`button[data-verdict=${verdict}] b`);
  const typed = (selector, value) =>
    page.$eval(
      selector,
      (input, value) => {
        input.value = value;
        input.dispatchEvent(new InputEvent("input", { bubbles: true }));
      },
      value,
    );

  await page.goto(server.url);
  await page.waitForSelector("#result");
  await until("#load", "Sample data");

  await page.click("#load");
  const files = await page.waitForSelector("#load-files");
  await files.uploadFile(fixture("images.json"), fixture("amis.json"));
  await until("#load-panel .outcome", "58 images");
  await page.keyboard.press("Escape");
  await until("#load", "58 images");
  console.log("ok  exports are read from files");

  const value = '[id="/policyDetails/0/filter/value"]';
  const before = await count("DEPRECATE");
  await page.click(value, { count: 3 });
  await page.keyboard.type("1");
  await page.waitForFunction((before) => document.querySelector("button[data-verdict=DEPRECATE] b").textContent !== before, {}, before);
  console.log("ok  a key simulates anew");

  await page.click("button[data-verdict=DEPRECATE]");
  await until("#matching", await count("DEPRECATE"));
  await page.focus("#images");
  await page.keyboard.press("Enter");
  await until("#detail", "arn:aws:imagebuilder:");
  mkdirSync(looks, { recursive: true });
  await page.screenshot({ path: `${looks}firefox-wide.png` });
  await page.keyboard.press("Escape");
  console.log("ok  a count filters, a row is explained");

  await typed("#search", "no such image");
  await until("#matching", "0 images");
  await typed("#search", "");
  console.log("ok  the search narrows");

  await page.keyboard.down("Control");
  await page.keyboard.press("s");
  await page.keyboard.up("Control");
  await until("#export-panel", "nightly-ami-retention");
  await page.keyboard.press("Escape");
  console.log("ok  the policy is written");

  await new Promise((resolve) => setTimeout(resolve, 500));
  await page.reload();
  await page.waitForSelector("#result");
  assert.equal(await page.$eval(value, (input) => input.value), "1");
  console.log("ok  a reload finds the work");

  await page.setViewport({ width: 390, height: 844 });
  await page.screenshot({ path: `${looks}firefox-narrow.png` });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, "nothing sticks out sideways");
  assert.deepEqual(faults, [], "what the page must not do");
  console.log("ok  nothing sticks out, no error, no other host");
} finally {
  await browser.close();
  server.close();
}
