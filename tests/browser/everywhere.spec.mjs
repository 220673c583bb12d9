// What holds in every view: keys, assumptions, narrow screens, languages, forced colours.
import { expect, test } from "./page.mjs";

test("`?` shows the keys, and Escape gives the keyboard back", async ({ app, page }) => {
  await page.locator("#keys").focus();
  await page.keyboard.press("?");
  await expect(page.locator("#keys-panel-title")).toBeFocused();
  await expect(page.locator("#keys-panel dt")).toHaveCount(12);
  await page.keyboard.press("Escape");
  await expect(page.locator("#keys")).toBeFocused();
  await page.locator("#search").focus();
  await page.keyboard.press("?");
  await expect(page.locator("#keys-panel")).toHaveCount(0);
  await expect(page.locator("#search")).toHaveValue("?");
});

test("the keyboard finds a panel where it stands, below policy and result", async ({ app, page }) => {
  await page.locator("#keys").click();
  await expect(page.locator("#keys-panel-title")).toBeFocused();
  await page.locator("#keys-panel-title").press("Shift+Tab");
  await expect(page.locator("main :focus")).toHaveCount(1);
  await page.locator("#keys").press("Tab");
  await expect(page.locator("main :focus")).toHaveCount(1);
});

test("another answer to what AWS leaves open simulates anew, is kept, and can be taken back", async ({ app, page }) => {
  const before = await app.counts();
  await page.locator("#assumptions").click();
  const question = page.locator("#assume-age-at-threshold");
  await expect(question).toBeVisible();
  await page.locator("#assume-failed-ignores-age").selectOption("true");
  await expect(page.locator("#assumptions")).toHaveText("What is assumed: 1 not the default");
  await expect.poll(() => app.counts()).not.toEqual(before);
  await page.waitForTimeout(300);
  await page.reload();
  await expect(page.locator("#assumptions")).toHaveText("What is assumed: 1 not the default");
  await page.locator("#assumptions").click();
  await page.getByRole("button", { name: "Back to the defaults" }).click();
  await expect(page.locator("#assumptions")).toHaveText("What is assumed");
});

test.describe("elsewhere on earth", () => {
  test.use({ locale: "en-US", timezoneId: "Pacific/Auckland" });
  test("dates are written as there, and stay UTC", async ({ app, page }) => {
    await expect(page.locator("#night")).toContainText("Mon, Nov 23, 2026");
  });
  for (const width of [320, 390]) {
    test(`at ${width} pixels the instant is read with its half of the day`, async ({ app, page }) => {
      await page.setViewportSize({ width, height: 844 });
      await page.getByRole("button", { name: "Policy", exact: true }).click();
      await app.field("/policyDetails/2/filter/value").fill("1");
      await expect(page.locator("header .ok")).toContainText("2 warnings");
      const lacks = await page.locator("#as-of").evaluate((input) => {
        const width = input.getBoundingClientRect().width;
        Object.assign(input.style, { flex: "none", width: "max-content" });
        return input.getBoundingClientRect().width - width;
      });
      expect(lacks).toBeLessThanOrEqual(0);
    });
  }
});

for (const width of [320, 640]) {
  test(`nothing sticks out at ${width} pixels`, async ({ app, page }) => {
    await page.setViewportSize({ width, height: 700 });
    for (const tab of ["Policy", "Result", "Images"]) {
      await page.getByRole("button", { name: tab, exact: true }).click();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, tab).toBeLessThanOrEqual(0);
    }
    for (const panel of ["#load", "#export", "#keys"]) {
      await page.locator(panel).click();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, panel).toBeLessThanOrEqual(0);
      await page.keyboard.press("Escape");
    }
  });
}

for (const width of [720, 910, 1024, 1280]) {
  test(`at ${width} pixels the bar is whole and images have their names`, async ({ app, page }) => {
    await app.field("/policyDetails/0/filter/value").fill("400");
    await expect(app.validity).toContainText("warning");
    await page.setViewportSize({ width, height: 768 });
    for (const part of ["#policies", "#as-of", "#load", "#export", "#keys"]) {
      await expect(page.locator(part)).toBeInViewport({ ratio: 1 });
    }
    expect((await page.locator("#policies").boundingBox()).width).toBeGreaterThan(120);
    if (width < 900) await page.getByRole("button", { name: "Images", exact: true }).click();
    expect((await app.rows.first().locator(".img").boundingBox()).width).toBeGreaterThan(120);
  });
}

test("right to left, the page is mirrored and nothing sticks out", async ({ app, page }) => {
  await page.evaluate(() => (document.documentElement.dir = "rtl"));
  const editor = await page.locator(".edit").boundingBox();
  const result = await page.locator("#result").boundingBox();
  expect(editor.x).toBeGreaterThan(result.x);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
});

test("in forced colours every verdict keeps its word and its shape", { tag: "@chromium" }, async ({ app, page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await expect(app.rows.first().locator(".chip")).toHaveText(/[◔◑●⊘○·⚠] \w+/);
  const borders = await page.locator("button[data-verdict=DELETE]").evaluate((button) => getComputedStyle(button).borderStyle);
  expect(borders).toBe("solid");
});

test("with reduced motion nothing moves", { tag: "@chromium" }, async ({ app, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")].filter((element) => parseFloat(getComputedStyle(element).transitionDuration) > 0).length,
  );
  expect(moving).toBe(0);
});

test("a screen reader hears the totals once, after the typing", async ({ app, page }) => {
  const said = page.locator("#announce");
  await expect(said).toHaveText("");
  const heard = await page.evaluateHandle(() => {
    const heard = [];
    const notice = document.getElementById("announce");
    new MutationObserver(() => heard.push(notice.textContent)).observe(notice, { childList: true, characterData: true, subtree: true });
    return heard;
  });
  await app.field("/policyDetails/0/filter/value").pressSequentially("000", { delay: 60 });
  await app.field("/policyDetails/0/filter/value").fill("1");
  await expect(said).toContainText(/^Tonight .* images listed\.$/);
  expect((await heard.jsonValue()).filter(Boolean)).toHaveLength(1);
});

test.describe("in a language with digits of its own", () => {
  test.use({ locale: "ar-EG" });

  test("the page has one kind of digits, those of the policy", async ({ app, page }) => {
    await expect(app.headline).toContainText(/\d/);
    expect(await page.locator(".page").innerText()).not.toMatch(/[\u0660-\u0669\u06f0-\u06f9]/);
  });
});
