// The local service: a clock that is moved, what has run on it, and images changed by hand.
import { expect, fixture, test } from "./page.mjs";

const panel = (page) => page.locator("#executions-panel");
const clock = (page) => page.locator("#local-clock");
const rows = (page) => panel(page).locator("tbody tr");
const title = (page) => page.locator("#execution-title");

async function open(page) {
  await page.locator("#executions").click();
  await expect(page.locator("#executions-panel-title")).toBeFocused();
  await expect(clock(page)).toHaveText("It is Mon, 23 Nov 2026, 11:59 UTC here.");
}

/** Opens the form that changes an image with a verdict, and tells the image's name. */
async function byHand(app, page, verdict) {
  await app.count(verdict).click();
  await expect(app.rows.first()).toHaveAttribute("data-verdict", verdict);
  await app.rows.first().click();
  await page.getByText("Change this image by hand").click();
  await expect(app.detail.locator(".by-hand .help")).toContainText("where it is Mon, 23 Nov 2026, 11:59 UTC");
}

const said = (app) => app.detail.locator(".by-hand .said");

test("a day is run, and its execution is what the page says of tonight", async ({ app, page }) => {
  const before = await app.counts();
  const headline = await app.headline.innerText();
  await open(page);
  await expect(panel(page)).toContainText("Nothing has run yet.");
  await expect(page.locator("#runs")).toContainText("nightly-ami-retention runs next on Mon, 23 Nov 2026, 12:00 UTC.");
  await page.locator("#run-day").click();
  await expect(clock(page)).toContainText("Tue, 24 Nov 2026, 11:59 UTC");
  await expect(rows(page)).toHaveCount(1);
  // Two of the sample's images cannot be deleted.
  expect(headline).toContain("2 deletions are expected to fail");
  await expect(rows(page)).toContainText("⚠ failed");
  await expect(rows(page)).toContainText(/36 succeeded \(.*\), 2 failed, 2 skipped/);
  await expect(rows(page)).toContainText("Mon, 23 Nov 2026, 12:00 UTC");
  for (const [verdict, word] of [["DEPRECATE", "deprecated"], ["DISABLE", "disabled"], ["DELETE", "deleted"]]) {
    await expect(rows(page)).toContainText(`${before[verdict] - (verdict === "DELETE" ? 2 : 0)} ${word}`);
  }
  expect(await app.counts()).toEqual(before);
  await expect(app.headline).toHaveText(headline);
});

test("an execution is gone into down to its snapshots, and back, with the keyboard", async ({ app, page }) => {
  await open(page);
  await page.locator("#run-day").focus();
  await page.keyboard.press("Enter");
  await expect(clock(page)).toContainText("Tue, 24 Nov");
  await expect(page.locator("#run-day")).toBeFocused();
  await rows(page).getByRole("button", { name: /^nightly-ami-retention, / }).focus();
  await page.keyboard.press("Enter");
  await expect(title(page)).toBeFocused();
  await expect(title(page)).toContainText("nightly-ami-retention, Mon, 23 Nov");
  const deleted = rows(page).filter({ hasText: "● deleted" });
  await expect(deleted.first()).toContainText("the image has reached the age of the rule");
  const image = await deleted.first().getByRole("button").innerText();
  await deleted.first().getByRole("button").click();
  await expect(title(page)).toBeFocused();
  await expect(title(page)).toHaveText(image);
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).first()).toContainText(/ami-[0-9a-f]{17}/);
  await expect(rows(page).first().getByRole("listitem")).toContainText(/snap-[0-9a-f]+ ● deleted/);
  await panel(page).getByRole("button", { name: "nightly-ami-retention", exact: true }).click();
  await expect(panel(page).getByRole("table", { name: "Images of the execution" })).toBeVisible();
  await panel(page).getByRole("button", { name: "All executions" }).click();
  await expect(panel(page).getByRole("table", { name: "Executions", exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("#executions")).toBeFocused();
});

test("runs to a date go on over months, are listed fifty at a time, and start over", async ({ app, page }) => {
  await open(page);
  await page.locator("#run-to").fill("2027-06-30T12:00");
  await page.keyboard.press("Enter");
  await expect(clock(page)).toHaveText("It is Wed, 30 Jun 2027, 12:00 UTC here.");
  await expect(rows(page)).toHaveCount(50);
  await expect(rows(page).first()).toContainText("Wed, 30 Jun 2027, 12:00 UTC");
  await panel(page).getByRole("button", { name: "Show 50 more" }).click();
  await expect(rows(page)).toHaveCount(100);
  await page.locator("#run-to").fill("2027-01-01T12:00");
  await page.locator("#run").click();
  await expect(panel(page).getByRole("alert")).toContainText("cannot go back to 2027-01-01T12:00:00");
  await page.locator("#start-over").click();
  await expect(page.locator("#run-day")).toBeFocused();
  await expect(clock(page)).toContainText("Mon, 23 Nov 2026, 11:59 UTC");
  await expect(panel(page)).toContainText("Nothing has run yet.");
});

test("a long run is stopped on its way", async ({ app, page }) => {
  await open(page);
  await page.locator("#run-to").fill("2031-11-01T12:00");
  await page.evaluate(
    () =>
      new Promise((stopped) => {
        new MutationObserver((_, observer) => {
          const stop = document.getElementById("stop");
          if (!stop) return;
          observer.disconnect();
          stop.click();
          stopped();
        }).observe(document.body, { subtree: true, childList: true });
        document.getElementById("run").click();
      }),
  );
  await expect(page.locator("#start-over")).toBeVisible();
  await expect(clock(page)).toHaveText(/^It is \w+, \d+ \w+ 20(27|28|29|30), 11:59 UTC here\.$/);
});

test("an execution that takes its time is cancelled", async ({ app, page }) => {
  await open(page);
  await page.locator("#pace").selectOption({ label: "an hour" });
  await page.locator("#run-day").click();
  await expect(rows(page)).toContainText("◐ in progress");
  await expect(page.locator("#runs")).toContainText("An execution takes an hour for each image.");
  await page.getByRole("button", { name: "Cancel the execution of nightly-ami-retention" }).click();
  await expect(rows(page).getByRole("button", { name: /^nightly-ami-retention, / })).toBeFocused();
  await expect(rows(page)).toContainText("✕ cancelling");
  await page.locator("#run-day").click();
  await expect(rows(page).last()).toContainText("✕ cancelled");
  await expect(rows(page).last()).toContainText("skipped");
  await expect(rows(page).last().getByRole("button", { name: /^Cancel/ })).toHaveCount(0);
  await rows(page).last().getByRole("button").click();
  await expect(rows(page).last()).toContainText("the execution was cancelled before it came to this resource");
});

test("policies with errors are named and left out, and the others run", async ({ app, page }) => {
  await page.locator("#policies").click();
  await page.getByRole("button", { name: "New policy" }).click();
  await page.getByRole("button", { name: "Run them day by day" }).click();
  await expect(page.locator(".refusals")).toContainText("new-policy is left out, for the service refuses it: InvalidRequestException: ");
  await expect(page.locator(".refusals")).toContainText("/executionRole");
  await page.locator("#run-day").click();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText("nightly-ami-retention");
});

test("executions are listed of one policy, as long as it is there", async ({ app, page }) => {
  await page.locator("#policies").click();
  await page.getByRole("button", { name: "Duplicate nightly-ami-retention" }).click();
  await page.getByRole("button", { name: "Run them day by day" }).click();
  await page.locator("#run-day").click();
  await expect(rows(page)).toHaveCount(2);
  await page.locator("#executions-of").selectOption({ label: "nightly-ami-retention copy" });
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText("nightly-ami-retention copy");
  await app.field("/name").fill("another");
  await expect(page.locator("#runs")).toContainText("another and nightly-ami-retention run next");
  await expect(rows(page)).toHaveCount(2);
});

test("another inventory starts the service over and says so", async ({ app, page }) => {
  await open(page);
  await page.locator("#run-day").click();
  await expect(rows(page)).toHaveCount(1);
  await app.load("images.json");
  await page.locator("#executions").click();
  await expect(panel(page).locator(".notice")).toContainText("Another inventory was loaded");
  await expect(panel(page)).toContainText("Nothing has run yet.");
});

test("an image is deleted by hand, which says first what goes along, and its execution is shown", async ({ app, page }) => {
  const before = await app.counts();
  await byHand(app, page, "KEEP");
  await app.detail.getByRole("button", { name: "Delete", exact: true }).click();
  const loud = app.detail.locator(".by-hand .bad b");
  await expect(loud).toHaveText(/^Deletes .* with [12] AMIs? and [12] snapshots?; nothing brings it back\.$/);
  await app.detail.getByLabel("and their snapshots").uncheck();
  await expect(loud).toContainText("Left without an image:");
  await app.detail.getByLabel("with its AMIs").uncheck();
  const go = app.detail.getByRole("button", { name: "Delete on the local service" });
  await go.click();
  await expect(said(app)).toContainText("InvalidRequestException: 1 problem in the request: /includeResources: ");
  await app.detail.getByLabel("with its AMIs").check();
  await app.detail.getByLabel("and their snapshots").check();
  await go.click();
  await expect(said(app)).toContainText(/Execution lce-[0-9a-f-]+ has begun\./);
  await expect(app.detail.locator(".by-hand .help")).toContainText("the image is not there");
  expect(await app.counts()).toEqual(before);
  await app.detail.getByRole("button", { name: "Show it" }).click();
  await expect(title(page)).toContainText("by hand");
  await expect(rows(page)).toContainText("● deleted");
  await rows(page).getByRole("button").click();
  await expect(rows(page).first().getByRole("listitem")).toContainText("● deleted");
});

test("a deprecation is scheduled, called off, and done at once", async ({ app, page }) => {
  await byHand(app, page, "KEEP");
  await app.detail.locator("#update-at").fill("2026-12-01T09:00");
  await app.detail.getByRole("button", { name: "Deprecate on the local service" }).click();
  await expect(said(app)).toContainText("has begun");
  await app.detail.getByRole("button", { name: "Show it" }).click();
  await expect(panel(page).locator("#execution .chip").first()).toHaveText("◌ pending");
  await panel(page).getByRole("button", { name: /^Cancel the execution of .*, by hand$/ }).click();
  await expect(panel(page).locator("#execution .chip").first()).toHaveText("✕ cancelled");
  await page.keyboard.press("Escape");
  await app.detail.locator("#update-at").fill("");
  await app.detail.getByLabel("with its AMIs").uncheck();
  await app.detail.getByRole("button", { name: "Deprecate on the local service" }).click();
  await expect(said(app)).toHaveText("Done at once, without an execution.");
  await expect(app.detail.locator(".by-hand .help")).toContainText("the image is deprecated.");
  await app.detail.getByRole("button", { name: "Restore", exact: true }).click();
  await app.detail.getByRole("button", { name: "Restore on the local service" }).click();
  await expect(app.detail.locator(".by-hand .help")).toContainText("the image is available.");
});

test("AMIs are spared by their Region", async ({ app, page }) => {
  await byHand(app, page, "KEEP");
  await app.detail.getByRole("button", { name: "Disable", exact: true }).click();
  await app.detail.getByText("Spare some of its AMIs").click();
  await app.detail.getByLabel("in Regions").fill("eu-west-1");
  await app.detail.getByRole("button", { name: "Disable on the local service" }).click();
  await app.detail.getByRole("button", { name: "Show it" }).click();
  await rows(page).getByRole("button").click();
  await expect(rows(page).filter({ hasText: "eu-west-1" })).toContainText("⊘ skipped");
  await expect(rows(page).filter({ hasText: "us-west-2" })).toContainText("◑ disabled");
});

test("nothing sticks out at 320 pixels", async ({ app, page }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  await page.locator("#executions").click();
  await page.locator("#run-day").click();
  const sticks = () =>
    page.evaluate(() => {
      const inside = document.getElementById("executions-panel");
      return Math.max(document.documentElement.scrollWidth - innerWidth, inside.scrollWidth - inside.clientWidth);
    });
  await expect(rows(page)).toHaveCount(1);
  expect(await sticks(), "executions").toBeLessThanOrEqual(0);
  await rows(page).getByRole("button").click();
  await expect(title(page)).toBeInViewport();
  expect(await sticks(), "images").toBeLessThanOrEqual(0);
  await rows(page).first().getByRole("button").click();
  await expect(panel(page).getByRole("table", { name: "Outputs of the image" })).toBeInViewport();
  expect(await sticks(), "outputs").toBeLessThanOrEqual(0);
  expect(await page.evaluate(() => document.documentElement.scrollTop), "the panel scrolls, not the page").toBe(0);
});
