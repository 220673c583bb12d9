// The page under test: served below a sub-path, and failing on any console error, page error or request to
// another host.
import { expect, test as base } from "@playwright/test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serve } from "./server.mjs";

export { expect };

export const NOW = "2026-11-23T12:00";

export const fixture = (name) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
export const read = (name) => readFileSync(fixture(name), "utf8");

export const test = base.extend({
  server: [
    async ({}, use) => {
      const server = await serve();
      await use(server);
      server.close();
    },
    { scope: "worker" },
  ],

  page: async ({ page, server }, use) => {
    const faults = [];
    page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
    page.context().on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      const local = ["blob:", "data:"].includes(protocol) || hostname === new URL(server.url).hostname;
      if (!local) faults.push(`request to another host: ${request.url()}`);
    });
    // Ages in the sample and the default instant are those of this day on any day; timers run on.
    await page.clock.setFixedTime(new Date(`${NOW}:00Z`));
    page.faults = faults;
    await use(page);
    expect(faults, "what the page must not do").toEqual([]);
  },

  app: async ({ page, server }, use) => {
    const app = new App(page, server.url);
    await app.open();
    await use(app);
  },
});

/** What a person does on the page, in their words. */
export class App {
  constructor(page, url) {
    this.page = page;
    this.url = url;
    this.headline = page.locator("#headline");
    this.validity = page.locator("#validity");
    this.problems = page.locator("#problems");
    this.grid = page.getByRole("grid", { name: "Images" });
    this.rows = page.locator("[role=row][data-verdict]");
    this.detail = page.getByRole("region", { name: "Explanation" });
  }

  async open() {
    await this.page.goto(this.url);
    await this.settled();
  }

  /** Waits until the worker has answered and has looked ahead. */
  async settled() {
    await expect(this.page.locator("#result")).toBeVisible();
    await expect(this.page.locator(".chart")).toHaveAttribute("data-foreseen", "true");
  }

  /** A control by the JSON pointer of its member. */
  field(pointer) {
    return this.page.locator(`[id="${pointer}"]`);
  }

  count(verdict) {
    return this.page.locator(`button[data-verdict=${verdict}] b`);
  }

  async counts() {
    const counts = {};
    for (const button of await this.page.locator("button[data-verdict]").all()) {
      counts[await button.getAttribute("data-verdict")] = Number(await button.locator("b").innerText());
    }
    return counts;
  }

  async load(...names) {
    await this.page.locator("#load").click();
    await this.page.locator("#load-files").setInputFiles(names.map(fixture));
    await expect(this.page.locator("#load-panel .outcome")).toContainText(names[0]);
    await this.page.keyboard.press("Escape");
    await expect(this.page.locator("#load-panel")).toHaveCount(0);
  }

  /** Loads are kept for the next visit from now on. */
  async keepExports() {
    await this.page.locator("#load").click();
    await this.page.locator("#load-keeps").click();
    await this.page.keyboard.press("Escape");
  }

  async import(text) {
    await this.page.locator("#open-document").click();
    await this.page.locator("#document-text").fill(text);
    await this.page.keyboard.press("Escape");
  }
}
