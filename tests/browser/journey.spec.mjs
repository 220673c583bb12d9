// From the first visit with a real export to a policy that may leave.
import { readFileSync } from "node:fs";
import { expect, fixture, test } from "./page.mjs";
import { serve } from "./server.mjs";

const FILES = ["images.json", "amis.json", "launch-permissions.json"];

test("an export is simulated, explained and exported, and a reload finds the work", async ({ app, page }) => {
  await expect(page.locator("#load")).toContainText("Sample data");

  await page.locator("#open-document").click();
  await page.locator("#document-panel input[type=file]").setInputFiles(fixture("policy.json"));
  await expect(app.field("/name")).toHaveValue(JSON.parse(readFileSync(fixture("policy.json"))).name);
  await page.keyboard.press("Escape");
  await app.load(...FILES);
  await expect(page.locator("#load")).not.toContainText("Sample data");
  await expect(app.count("DELETE")).toHaveText("11");
  expect(await app.counts()).toEqual({ DEPRECATE: 8, DISABLE: 3, DELETE: 11, SKIP: 1, KEEP: 26, IGNORE: 9 });
  await expect(app.headline).toContainText("Tonight 8 images are deprecated, 3 disabled and 10 deleted.");
  await expect(app.headline).toContainText("1 deletion is expected to fail");

  // Every keystroke simulates: no button, no waiting for a blur.
  await page.locator("button[data-verdict=DEPRECATE]").click();
  await expect(page.locator("#matching")).toHaveText("8 images");
  await app.field("/policyDetails/0/filter/value").fill("1");
  await expect(app.count("DEPRECATE")).not.toHaveText("8");
  await app.field("/policyDetails/0/filter/value").fill("100");
  await expect(app.count("DEPRECATE")).toHaveText("7");
  await expect(page.locator("#matching")).toHaveText("7 images");
  await expect(app.rows.filter({ hasText: "◔ deprecated" }).first().locator(".chip")).toHaveClass(/deprecate/);

  await page.locator("button[data-verdict=DELETE]").click();
  await expect(page.locator("#matching")).toHaveText("11 images");
  await app.rows.first().click();
  await expect(app.detail).toContainText("Acts");
  await expect(app.detail.locator(".output").first()).toContainText("ami-");

  await page.keyboard.press("Control+s");
  await expect(page.locator("#export-panel .loss")).toContainText(/^Within 30 days it deletes \d+ of \d+ images in scope \(\d+ %\), \d+ AMIs and \d+ snapshots, /);
  const expected = readFileSync(new URL("expected-policy.json", import.meta.url), "utf8");
  await expect(page.locator("#export-text")).toHaveText(expected);
  await page.getByRole("button", { name: "Copy JSON" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();

  await page.locator("#as-of").fill("2027-01-31T08:30");
  await page.locator("#search").fill("web");
  await page.waitForTimeout(400);
  await page.reload();
  await app.settled();
  await expect(app.field("/policyDetails/0/filter/value")).toHaveValue("100");
  await expect(app.field("/name")).toHaveValue("golden-ami-retention");
  await expect(page.locator("#as-of")).toHaveValue("2027-01-31T08:30");
  await expect(page.locator("#search")).toHaveValue("web");
  await expect(page.getByText("Load images.json, amis.json, launch-permissions.json again")).toBeVisible();
});

test("a policy with an error keeps the last result and cannot leave", async ({ app, page }) => {
  const headline = await app.headline.innerText();
  const value = app.field("/policyDetails/2/filter/value");
  await value.fill("180 d");
  await expect(app.validity).toHaveText("✕ 1 error");
  await expect(page.locator("#result")).toHaveClass(/stale/);
  await expect(app.headline).toHaveText(headline);
  await expect(value).toHaveAttribute("aria-invalid", "true");
  await expect(value).toHaveValue("180 d");

  await page.locator("#export").click();
  await expect(page.locator("#export-panel")).toContainText("The policy has errors");
  await expect(page.getByRole("button", { name: /Copy JSON|Download/ })).toHaveCount(0);
  await page.keyboard.press("Escape");

  await app.problems.getByRole("button", { name: "Delete rule, age or number" }).click();
  await expect(value).toBeFocused();
  await value.fill("180");
  await expect(app.validity).toHaveText(/✓ valid/);
  await expect(page.locator("#result")).not.toHaveClass(/stale/);
});

test("the night is chosen with the slider and by a click", async ({ app, page }) => {
  await page.locator("#day").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator("#night")).toHaveText(/^Tue, 24 Nov 2026/);
  await expect(app.headline).toHaveText(/^On Tuesday 24 November/);
  const bars = page.locator("svg.bars");
  const box = await bars.boundingBox();
  await bars.click({ position: { x: box.width - 3, y: 20 } });
  await expect(page.locator("#day")).toHaveValue("120");
  await page.keyboard.press("Home");
  await expect(app.headline).toHaveText(/^Tonight/);
});

test("counts filter the table, reasons narrow it further", async ({ app, page }) => {
  await page.locator("button[data-verdict=KEEP]").click();
  const kept = Number(await app.count("KEEP").innerText());
  await expect(page.locator("#matching")).toHaveText(`${kept} images`);
  const reason = page.locator("button[data-reason=TOO_YOUNG]");
  const young = Number(await reason.locator("b").innerText());
  expect(young).toBeLessThan(kept);
  await reason.click();
  await expect(page.locator("#matching")).toHaveText(`${young} images`);
  await page.locator("#search").fill("worker-gpu");
  await expect(app.rows.filter({ hasText: "web-base" })).toHaveCount(0);
  await page.locator("button[data-verdict=KEEP]").click();
  await page.locator("#search").fill("no such image");
  await expect(app.grid).toContainText("No image passes");
});

test("another order begins at the top of the table", async ({ app, page }) => {
  await app.grid.evaluate((grid) => (grid.scrollTop = 1e6));
  await expect(page.locator("#row-63")).toBeInViewport();
  await page.getByRole("columnheader", { name: "Age", exact: true }).getByRole("button").click();
  await expect(page.locator("#row-0")).toBeInViewport();
  await app.grid.evaluate((grid) => (grid.scrollTop = 1e6));
  await page.locator("#search").fill("web-base");
  await expect(page.locator("#row-0")).toBeInViewport();
});

test("a row is explained while the policy has an error", async ({ app, page }) => {
  await app.rows.nth(1).click();
  await expect(app.detail.locator(".step")).toHaveCount(3);
  await app.field("/policyDetails/2/filter/value").fill("x");
  await expect(page.locator("#result")).toHaveClass(/stale/);
  await expect(app.detail).not.toContainText("Deleted before");
  await page.keyboard.press("Control+z");
  await expect(page.locator("#result")).not.toHaveClass(/stale/);
  await expect(app.detail.locator(".step")).toHaveCount(3);
});

test("a deletion that fails is explained as one", async ({ app }) => {
  await app.rows.filter({ hasText: "will fail" }).first().click();
  await expect(app.detail.locator("h2 .chip")).toHaveText(/will fail/);
});

test("undo in the search leaves the policy alone", async ({ app, page }) => {
  await app.field("/name").fill("renamed");
  await page.locator("#search").pressSequentially("web");
  await page.keyboard.press("Control+z");
  await expect(app.field("/name")).toHaveValue("renamed");
});

test("closing gives the keyboard back to what opened", async ({ app, page }) => {
  for (const id of ["load", "export", "open-document"]) {
    await page.locator(`#${id}`).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("button", { name: "Close", exact: true })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.locator(`#${id}`)).toBeFocused();
  }
  await app.rows.first().click();
  await page.getByRole("button", { name: "Close the explanation" }).click();
  await expect(app.grid).toBeFocused();
});

test("a panel opens below policy and result, which stay where they are", async ({ app, page }) => {
  const places = () => Promise.all([app.headline, page.locator(".chart"), app.field("/name")].map((part) => part.boundingBox()));
  const before = await places();
  for (const opener of ["load", "policies", "open-document", "assumptions", "executions", "export", "keys"]) {
    await page.locator(`#${opener}`).click();
    const panel = page.locator("section.panel");
    await expect(panel.locator("h2").first()).toBeFocused();
    await expect(panel.locator("h2").first()).toBeInViewport();
    expect(await places(), opener).toEqual(before);
    expect((await panel.boundingBox()).y, opener).toBeGreaterThan(before[1].y + before[1].height);
    await page.keyboard.press("Escape");
    await expect(panel).toHaveCount(0);
    await expect(page.locator(`#${opener}`)).toBeFocused();
  }
  // Rows are within reach while a panel is open.
  await page.locator("#load").click();
  await app.rows.first().click();
  await expect(app.detail).toBeInViewport();
});

test("the grid is walked with the keyboard", async ({ app, page }) => {
  await app.grid.focus();
  await expect(app.grid).toHaveAttribute("aria-activedescendant", "row-0");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(app.detail).toBeVisible();
  await expect(page.locator("#row-2")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await expect(app.detail).toHaveCount(0);
  await page.keyboard.press("End");
  await expect(app.grid).toHaveAttribute("aria-activedescendant", "row-63");
  await expect(page.locator("#row-63")).toBeInViewport();
  await expect(app.grid).toHaveAttribute("aria-rowcount", "65");
  await page.keyboard.press("/");
  await expect(page.locator("#search")).toBeFocused();
});

test("a worker that is slow to answer keeps nobody from the policy", async ({ page, server }) => {
  await page.addInitScript(() => {
    const { postMessage } = Worker.prototype;
    const held = [];
    // The first message is the module.
    Worker.prototype.postMessage = function (...message) {
      if (this.begun) held.push(() => postMessage.apply(this, message));
      else postMessage.apply(this, message);
      this.begun = true;
    };
    window.answer = () => held.splice(0).forEach((send) => send());
  });
  await page.goto(server.url);
  await expect(page.locator(`[id="/name"]`)).toBeVisible();
  await expect(page.locator("#headline")).toHaveCount(0);
  await page.evaluate(() => window.answer());
  await expect(page.locator("#headline")).toBeVisible();
});

test("the page asks no other host, not even from its worker", { tag: "@chromium" }, async ({ app, page }) => {
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).not.toContain("unsafe-inline");
  const other = await serve();
  const ask = (url) => fetch(url, { mode: "no-cors" }).then(() => "answered", () => "refused");
  for (const part of [page, page.workers()[0]]) expect(await part.evaluate(ask, other.url)).toBe("refused");
  // Without the policy the same question is answered, so it is the policy that refuses.
  const free = await page.context().newPage();
  expect(await free.evaluate(ask, other.url)).toBe("answered");
  other.close();
  await expect(app.headline).toBeVisible();
  // No text becomes markup or a script's address.
  const refused = await page.evaluate(() => {
    const tries = [
      () => (document.createElement("div").innerHTML = "<b>x</b>"),
      () => new Worker("elsewhere.js"),
      () => (document.createElement("script").src = "boot.mjs"),
      () => (document.createElement("script").text = "1"),
    ];
    return tries.map((act) => {
      try {
        act();
        return "taken";
      } catch (error) {
        return error.name;
      }
    });
  });
  expect(refused).toEqual(["TypeError", "TypeError", "TypeError", "TypeError"]);
  // The browser reports the refusals as faults of the page; here they are what is wanted.
  page.faults.length = 0;
});
