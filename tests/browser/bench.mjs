// How the page feels with a large fleet, against the release build in Chromium. Prints a table and asserts nothing.
// Arguments: folders of generated fleets.
import { chromium } from "@playwright/test";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { args } from "./playwright.config.mjs";
import { serve } from "./server.mjs";

const EDITS = 200;
const FRAME = 1000 / 60;

const quantile = (values, part) => [...values].sort((a, b) => a - b)[Math.ceil(values.length * part) - 1];
const row = (name, values) => {
  const parts = [0.5, 0.95, 1].map((part) => quantile(values, part).toFixed(1).padStart(8));
  console.log(`${name.padEnd(62)} ${parts.join(" ")}`);
};

/** Navigation to the first sentence of the sample, painted, with a fresh cache each time. The page notes the time by
 * itself: a script that looks for the sentence from outside would be slowed down as well, and hold the page up. */
async function visits(browser, url, slower) {
  const times = [];
  for (let visit = 0; visit < 9; visit++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript(() => {
      const painted = (_, observer) => {
        if (!document.getElementById("headline")) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => (window.painted = performance.now())));
      };
      new MutationObserver(painted).observe(document, { childList: true, subtree: true });
    });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: slower });
    await page.goto(url, { waitUntil: "commit" });
    await pause(4_000);
    times.push(await page.evaluate(() => window.painted));
    await context.close();
  }
  return times;
}

/** Edits of a rule's age, each as early in a frame as a key can come. */
async function edits(page) {
  return page.evaluate(async (edits) => {
    const field = document.getElementById("/policyDetails/0/filter/value");
    const result = document.getElementById("result");
    const samples = [];
    const frame = () => new Promise(requestAnimationFrame);
    for (let edit = 0; edit < edits; edit++) {
      const generation = Number(result.dataset.generation);
      await frame();
      const start = performance.now();
      let frames = 0;
      let counting = true;
      const count = () => counting && (frames++, requestAnimationFrame(count));
      requestAnimationFrame(count);
      field.value = String(60 + (edit % 60));
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      while (Number(result.dataset.generation) <= generation) {
        await new Promise((resolve) => {
          const observer = new MutationObserver(() => resolve(observer.disconnect()));
          observer.observe(result, { attributes: true });
        });
      }
      // Layout is the rest of the work before the frame is painted.
      document.getElementById("images").getBoundingClientRect();
      const drawn = performance.now();
      counting = false;
      // The frame that paints it is the next one.
      samples.push([Number(result.dataset.workerMs), drawn - start, frames + 1]);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    return samples;
  }, EDITS);
}

async function scrolling(page) {
  return page.evaluate(async () => {
    const grid = document.getElementById("images");
    const frames = [];
    let last = await new Promise(requestAnimationFrame);
    for (let step = 0; step < 300; step++) {
      grid.scrollTop += 170;
      const now = await new Promise(requestAnimationFrame);
      frames.push(now - last);
      last = now;
    }
    return frames;
  });
}

async function fleet(browser, url, folder) {
  const count = Number(basename(folder));
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(0);
  page.on("pageerror", (error) => console.error(error));
  await page.goto(url);
  await page.locator("#headline").waitFor();
  await page.locator("#open-document").click();
  await page.locator("#document-text").fill(readFileSync(join(folder, "policy.json"), "utf8"));
  await page.keyboard.press("Escape");
  await page.locator("#as-of").fill("2026-11-23T12:00");
  await page.evaluate(() => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map((task) => task.duration))).observe({ type: "longtask" });
  });
  const start = performance.now();
  await page.locator("#load").click();
  await page.locator("#load-files").setInputFiles(["images.json", "amis.json"].map((name) => join(folder, name)));
  await page.locator("#load-panel .outcome").getByText(`Loaded from images.json, amis.json: ${count.toLocaleString("en")} images`).waitFor();
  const loading = performance.now() - start;
  await page.keyboard.press("Escape");
  await page.waitForTimeout(3_000);
  const long = await page.evaluate(() => window.long);
  const samples = await edits(page);
  const frames = await scrolling(page);
  console.log(`\n${count.toLocaleString("en")} images, milliseconds`.padEnd(63) + ["median", "p95", "most"].map((name) => name.padStart(8)).join(" "));
  row("reading both exports", [loading]);
  row("main-thread tasks over 50 ms while reading (0: none)", long.length ? long : [0]);
  row("edit to finished run, in the worker", samples.map((sample) => sample[0]));
  row("key press to changed and laid out page", samples.map((sample) => sample[1]));
  row("key press to painted result, in frames of 16.7 ms", samples.map((sample) => sample[2]));
  row("frame while scrolling", frames);
  const slow = frames.filter((frame) => frame > 20).length;
  console.log(`${"frames while scrolling slower than 50 a second".padEnd(62)} ${String(slow).padStart(8)} of ${frames.length}`);
  await page.close();
}

const server = await serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
try {
  console.log(`milliseconds; a frame is ${FRAME.toFixed(1)}`.padEnd(63) + ["median", "p95", "most"].map((name) => name.padStart(8)).join(" "));
  row("first visit to first simulated sample", await visits(browser, server.url, 1));
  row("the same, main thread slowed down four times", await visits(browser, server.url, 4));
  for (const folder of process.argv.slice(2)) await fleet(browser, server.url, folder);
} finally {
  await browser.close();
  server.close();
}
