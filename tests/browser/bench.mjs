// Benchmarks in Chromium, against the release build: 100 000 images, three rules with exclusions. Prints a
// table and asserts nothing.
import { chromium } from "@playwright/test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { args } from "./playwright.config.mjs";
import { read } from "./page.mjs";
import { serve } from "./server.mjs";

const IMAGES = Number(process.argv[2] ?? 100_000);
const EDITS = 200;
const DAY = 86_400_000;
const NOW = Date.parse("2026-11-23T12:00:00Z");

/** Images of 40 recipe versions with two AMIs each, and the AMIs as EC2 lists them. */
function inventory(count) {
  const images = [];
  const amis = [];
  const recipes = ["web-base", "build-agent", "data-node", "bastion"];
  for (let index = 0; index < count; index++) {
    const recipe = recipes[index % recipes.length];
    const version = `${2 + (index % 2)}.${(index >> 2) % 10}.0`;
    const build = Math.floor(index / 40) + 1;
    const created = new Date(NOW - ((index * 7919) % (400 * DAY / 1000)) * 1000).toISOString();
    const ids = [0, 1].map((copy) => `ami-${(index * 2 + copy).toString(16).padStart(17, "0")}`);
    images.push({
      arn: `arn:aws:imagebuilder:us-west-2:123456789012:image/${recipe}/${version}/${build}`,
      name: recipe,
      type: "AMI",
      version: `${version}/${build}`,
      state: { status: ["AVAILABLE", "DEPRECATED", "DISABLED", "AVAILABLE", "FAILED"][index % 5] },
      owner: "123456789012",
      dateCreated: created,
      outputResources: { amis: ids.map((image, copy) => ({ region: ["us-west-2", "eu-west-1"][copy], image, accountId: "123456789012" })) },
      tags: index % 11 ? { Team: recipe } : { Team: recipe, LifecyclePin: "retain" },
    });
    for (const id of ids) {
      amis.push({
        ImageId: id,
        OwnerId: "123456789012",
        Public: index % 97 === 0,
        LastLaunchedTime: index % 3 ? created : undefined,
        Tags: index % 13 ? [] : [{ Key: "Environment", Value: "production" }],
        BlockDeviceMappings: [{ Ebs: { SnapshotId: id.replace("ami", "snap"), VolumeSize: 8 } }],
      });
    }
  }
  return { "images.json": { imageSummaryList: images }, "amis.json": { Images: amis } };
}

const quantile = (values, part) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * part)];
const row = (name, values) =>
  console.log(`${name.padEnd(46)} ${quantile(values, 0.5).toFixed(1).padStart(8)} ${quantile(values, 0.95).toFixed(1).padStart(8)}`);

const folder = mkdtempSync(join(tmpdir(), "afterimage-bench-"));
const files = Object.entries(inventory(IMAGES)).map(([name, value]) => {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
});
const server = await serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("pageerror", (error) => console.error(error));
  const first = [];
  for (let visit = 0; visit < 5; visit++) {
    const start = performance.now();
    await page.goto(server.url);
    await page.locator("#headline").waitFor();
    first.push(performance.now() - start);
  }
  await page.locator("#open-document").click();
  await page.locator("#document-text").fill(read("policy.json"));
  await page.getByRole("button", { name: "Use this document" }).click();
  await page.keyboard.press("Escape");
  await page.locator("#as-of").fill("2026-11-23T12:00");
  const start = performance.now();
  await page.locator("#load").click();
  await page.locator("#load-files").setInputFiles(files);
  await page.getByText(`${IMAGES.toLocaleString("en")} images`).first().waitFor({ timeout: 300_000 });
  const loading = performance.now() - start;
  await page.keyboard.press("Escape");
  await page.waitForTimeout(2_000);

  const edits = await page.evaluate(async (edits) => {
    const field = document.getElementById("/policyDetails/0/filter/value");
    const result = document.getElementById("result");
    const samples = [];
    for (let edit = 0; edit < edits; edit++) {
      const generation = Number(result.dataset.generation);
      const start = performance.now();
      field.value = String(60 + (edit % 60));
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      while (Number(result.dataset.generation) <= generation) {
        await new Promise((resolve) => {
          const observer = new MutationObserver(() => resolve(observer.disconnect()));
          observer.observe(result, { attributes: true });
        });
      }
      const answered = performance.now();
      // Two frames: the first is drawn by the end of it at the latest.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      samples.push([Number(result.dataset.workerMs), answered - start, performance.now() - start]);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return samples;
  }, EDITS);

  const scrolls = await page.evaluate(async () => {
    const grid = document.getElementById("images");
    const frames = [];
    let last = performance.now();
    for (let step = 0; step < 120; step++) {
      grid.scrollTop += 170;
      await new Promise(requestAnimationFrame);
      frames.push(performance.now() - last);
      last = performance.now();
    }
    return frames;
  });

  console.log(`${"milliseconds".padEnd(46)} ${"median".padStart(8)} ${"p95".padStart(8)}`);
  row("first visit to first simulated sample", first);
  row(`reading ${IMAGES} images and ${IMAGES * 2} AMIs`, [loading]);
  row("policy edit to finished run, in the worker", edits.map((sample) => sample[0]));
  row("key press to changed document", edits.map((sample) => sample[1]));
  row("key press to painted result", edits.map((sample) => sample[2]));
  row("frame while scrolling", scrolls);
} finally {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
}
