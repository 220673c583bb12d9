// Every view in both themes, wide and narrow: no accessibility violation, and a picture to look at.
import AxeBuilder from "@axe-core/playwright";
import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, fixture, read, test } from "./page.mjs";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const bad = { name: "x", policyDetails: [{ action: { type: "DELETE" }, filter: { type: "AGE", value: 0 } }] };

const views = {
  result: async () => {},
  explanation: async (app, page, size) => {
    if (size === "narrow") await page.getByRole("button", { name: "Images" }).click();
    await app.rows.nth(1).click();
    await expect(app.detail.locator(".step")).toHaveCount(3);
  },
  load: async (app, page) => {
    await page.locator("#load").click();
    await page.locator("#load-files").setInputFiles(fixture("images.json"));
    await expect(page.locator("#load-panel .skipped li")).toHaveCount(1);
  },
  export: async (app, page) => {
    await page.locator("#export").click();
    await expect(page.locator("#export-text")).toBeVisible();
  },
  keys: async (app, page) => {
    await page.locator("#keys").click();
  },
  assumptions: async (app, page, size) => {
    await page.locator("#assumptions").click();
    await expect(page.locator("#assume-age-at-threshold")).toBeVisible();
  },
  policies: async (app, page) => {
    await page.locator("#policies").click();
    await page.getByRole("button", { name: "Duplicate nightly-ami-retention" }).click();
    await page.getByRole("button", { name: "New policy" }).click();
    await page.getByRole("button", { name: "Delete new-policy" }).click();
    await expect(page.locator("#kept")).toContainText("Deleted new-policy");
  },
  executions: async (app, page) => {
    await page.locator("#executions").click();
    await page.locator("#pace").selectOption("600");
    for (const day of ["Tue", "Wed", "Thu"]) {
      await page.locator("#run-day").click();
      await expect(page.locator("#local-clock")).toContainText(day);
    }
    await page.locator("#executions-panel-title").focus();
  },
  execution: async (app, page) => {
    await page.locator("#executions").click();
    await page.locator("#run-day").click();
    await page.locator("#executions-panel tbody button").first().click();
    await expect(page.locator("#execution-title")).toBeFocused();
  },
  outputs: async (app, page) => {
    await views.execution(app, page);
    await page.locator("#executions-panel tbody tr", { hasText: "deleted" }).getByRole("button").first().click();
    await expect(page.locator("#executions-panel tbody li").first()).toBeVisible();
  },
  byhand: async (app, page, size) => {
    await views.explanation(app, page, size);
    await page.getByText("Change this image by hand").click();
    await app.detail.getByRole("button", { name: "Delete", exact: true }).click();
    await app.detail.getByText("Spare some of its AMIs").click();
    await app.detail.getByRole("button", { name: "Delete on the local service" }).click();
    await expect(app.detail.locator(".said")).toContainText("has begun");
    await app.detail.locator(".said").scrollIntoViewIfNeeded();
  },
  document: async (app, page, size) => {
    if (size === "narrow") await page.getByRole("button", { name: "Policy", exact: true }).click();
    await page.locator("#open-document").click();
  },
  import: async (app, page, size) => {
    await page.locator("#export").click();
    await page.getByRole("tab", { name: "Terraform" }).click();
    await expect(page.locator("#export-text")).toContainText("resource");
    const text = await page.locator("#export-text").innerText();
    await page.keyboard.press("Escape");
    if (size === "narrow") await page.getByRole("button", { name: "Policy", exact: true }).click();
    await page.locator("#open-document").click();
    await page.locator("#document-text").fill(text.replace('"DAYS"', '"DAY"'));
    await expect(page.locator("#document-status")).toContainText("1 error");
  },
  compare: async (app, page, size) => {
    if (size === "narrow") await page.getByRole("button", { name: "Policy", exact: true }).click();
    await app.field("/policyDetails/2/filter/value").fill("150");
    if (size === "narrow") await page.getByRole("button", { name: "Result", exact: true }).click();
    await page.locator("#differs").click();
    if (size === "narrow") await page.getByRole("button", { name: "Images", exact: true }).click();
    await page.locator("#columns summary").click();
    await expect(app.rows.first()).toBeVisible();
  },
  policy: async (app, page, size) => {
    if (size === "narrow") await page.getByRole("button", { name: "Policy", exact: true }).click();
    await app.import(read("policy.json"));
    await app.field("/policyDetails/2").scrollIntoViewIfNeeded();
  },
  errors: async (app, page, size) => {
    if (size === "narrow") await page.getByRole("button", { name: "Policy", exact: true }).click();
    await app.import(JSON.stringify(bad));
    await expect(app.problems).toBeVisible();
  },
};

for (const [size, viewport] of Object.entries(sizes)) {
  for (const scheme of ["light", "dark"]) {
    test.describe(`${size} ${scheme}`, { tag: "@chromium" }, () => {
      test.use({ viewport, colorScheme: scheme });
      for (const [view, open] of Object.entries(views)) {
        test(view, async ({ app, page }) => {
          await open(app, page, size);
          await page.screenshot({ path: file(`test-results/looks/${view}-${size}-${scheme}.png`) });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(wide, "nothing sticks out sideways").toBeLessThanOrEqual(0);
          const axe = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
          expect(axe.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
        });
      }
    });
  }
}

test("the picture in the README", { tag: "@chromium" }, async ({ app, page }) => {
  await page.locator("#search").fill("web-base 1.3");
  await page.getByRole("columnheader", { name: "Image", exact: true }).getByRole("button").click();
  await expect(page.locator("#matching")).toHaveText("14 images");
  const picture = file("test-results/looks/readme.png");
  await page.screenshot({ path: picture });
  if (process.env.AFTERIMAGE_UPDATE_SCREENSHOT) copyFileSync(picture, file("../../docs/screenshot.png"));
});
