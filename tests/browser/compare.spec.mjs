// What an edit changes, beside what it was before.
import { expect, fixture, read, test } from "./page.mjs";

const line = (page) => page.locator("#compare");
const done = (page) => expect(line(page)).toHaveAttribute("data-comparing", "false");

test("an edit says what it changes, lists only that, and goes back", async ({ app, page }) => {
  await expect(line(page)).toHaveCount(0);
  await app.field("/policyDetails/2/filter/value").fill("150");
  await expect(line(page)).toContainText("Against the policy as you opened it:");
  await done(page);
  await expect(line(page)).toHaveText(/\d+ deleted earlier/);
  await page.locator("#differs").click();
  await expect(page.locator("#differs")).toHaveAttribute("aria-pressed", "true");
  await expect(app.rows.first().locator(".why")).toHaveText(/deleted .* instead of /);
  const why = await app.rows.first().locator(".why").innerText();
  await expect(page.locator("#matching")).not.toContainText("64 images");
  // The list follows a further edit.
  await app.field("/policyDetails/2/filter/value").fill("500");
  await expect(app.rows.first().locator(".why")).not.toHaveText(why);
  await line(page).getByRole("button", { name: "go back to it" }).click();
  await expect(app.field("/policyDetails/2/filter/value")).toHaveValue("180");
  await expect(line(page)).toHaveCount(0);
  await expect(page.locator("#matching")).toContainText("64 images");
  await page.getByRole("button", { name: "undo", exact: true }).click();
  await expect(app.field("/policyDetails/2/filter/value")).toHaveValue("500");
  await expect(line(page)).toBeVisible();
});

test("the comparison outlives a reload, and begins anew where it is marked", async ({ app, page }) => {
  await app.field("/policyDetails/2/filter/value").fill("150");
  await expect(line(page)).toBeVisible();
  await page.waitForTimeout(400);
  await page.reload();
  await app.settled();
  await expect(line(page)).toContainText("as you opened it");
  await line(page).getByRole("button", { name: "compare from here on" }).click();
  await expect(line(page)).toHaveCount(0);
  await app.field("/policyDetails/2/filter/value").fill("151");
  await expect(line(page)).toContainText("as you marked it");
});

test("undoing an import brings back what was compared with", async ({ app, page }) => {
  await app.field("/policyDetails/2/filter/value").fill("150");
  await done(page);
  await expect(line(page)).toHaveText(/\d+ deleted earlier/);
  const before = await line(page).innerText();
  await page.locator("#open-document").click();
  await page.locator("#document-file").setInputFiles(fixture("policy.json"));
  await expect(app.field("/name")).not.toHaveValue("nightly-ami-retention");
  await page.keyboard.press("Escape");
  await expect(line(page)).toHaveCount(0);
  await page.getByRole("button", { name: "undo", exact: true }).click();
  await expect(app.field("/policyDetails/2/filter/value")).toHaveValue("150");
  await done(page);
  await expect.poll(() => line(page).innerText()).toBe(before);
  await page.getByRole("button", { name: "redo", exact: true }).click();
  await expect(line(page)).toHaveCount(0);
});

test("a pasted policy of another name is compared with itself, one that is renamed with what it was", async ({ app, page }) => {
  await page.locator("#open-document").click();
  const box = page.locator("#document-text");
  const text = await box.inputValue();
  await box.fill(text.replace("nightly-ami-retention", "renamed"));
  await expect(line(page)).toContainText("Against the policy as you opened it");
  await box.fill(read("policy.json"));
  await expect(app.field("/name")).toHaveValue("golden-ami-retention");
  await app.settled();
  await expect(line(page)).toHaveCount(0);
  await page.keyboard.press("Escape");
  await app.field("/policyDetails/0/filter/value").fill("1");
  await expect(line(page)).toContainText("Against the policy as you opened it");
});

test("a policy is compared with another saved one", async ({ app, page }) => {
  await page.locator("#policies").click();
  await page.getByRole("button", { name: "Guarded delete", exact: true }).click();
  await expect(app.field("/name")).toHaveValue("guarded-delete");
  await page.getByRole("button", { name: "Compare nightly-ami-retention" }).click();
  await expect(line(page)).toContainText("Against nightly-ami-retention:");
  await expect(line(page)).toContainText("no longer deprecated");
  // Another policy never takes the place of the open one.
  await expect(line(page).getByRole("button", { name: "go back to it" })).toHaveCount(0);
  await line(page).getByRole("button", { name: "stop comparing" }).click();
  await expect(line(page)).toHaveCount(0);
  await expect(app.field("/name")).toHaveValue("guarded-delete");
  await expect(page.locator("#policies-panel")).toHaveCount(0);
});

test("both dates of a difference are read", async ({ app, page }) => {
  await app.field("/policyDetails/2/filter/value").fill("150");
  await page.locator("#differs").click();
  const why = app.rows.first().locator(".why");
  await expect(why).toHaveText(/deleted (tonight|on .*) instead of on /);
  for (const row of await app.rows.all()) {
    const cell = row.locator(".why");
    if (/;/.test(await cell.innerText())) continue;
    expect(await cell.evaluate((cell) => cell.scrollHeight - cell.clientHeight), await cell.innerText()).toBeLessThanOrEqual(0);
  }
});

for (const width of [320, 390, 480]) {
  test(`at ${width} pixels both dates of a difference are read`, async ({ app, page }) => {
    await app.field("/policyDetails/2/filter/value").fill("150");
    await done(page);
    await page.locator("#differs").click();
    await page.setViewportSize({ width, height: 844 });
    await page.getByRole("button", { name: "Images", exact: true }).click();
    const row = app.rows.first();
    const why = row.locator(".why");
    await expect(why).toHaveText(/^deleted (tonight|on .*) instead of on /);
    await why.evaluate((cell) => (cell.textContent = "deleted on 30 Nov 2027 instead of on 20 Nov 2027"));
    for (const part of [".img", ".why", ".verdict"]) {
      const cut = await row.locator(part).evaluate((cell) => cell.scrollWidth - cell.clientWidth);
      expect(cut, part).toBeLessThanOrEqual(0);
    }
    const [line, name, said, verdict] = await Promise.all(
      [row, row.locator(".img"), why, row.locator(".chip")].map((part) => part.boundingBox()),
    );
    expect(line.height).toBe(34);
    expect(verdict.x + verdict.width).toBeLessThanOrEqual(name.x);
    for (const above of [name, verdict]) expect(said.y).toBeGreaterThanOrEqual(above.y + above.height);
    expect(said.y + said.height).toBeLessThanOrEqual(line.y + line.height);
  });
}
