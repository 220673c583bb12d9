// Work is kept: over a reload, beside other policies, in two tabs at once, in a link, and where the browser refuses.
import { expect, fixture, test } from "./page.mjs";

const SAVED = 400;
const notice = (page) => page.locator("#kept");
const names = (page) => page.locator(".policies-list b").allInnerTexts();
const row = (page, name) => page.locator(".policies-list li").filter({ has: page.locator("b").getByText(name, { exact: true }) });

/** A second tab of the same browser. */
async function tab(app, context) {
  const page = await context.newPage();
  await page.clock.setFixedTime(new Date("2026-11-23T12:00:00Z"));
  await page.goto(app.url);
  await expect(page.locator("#result")).toBeVisible();
  return page;
}

const field = (page, pointer) => page.locator(`[id="${pointer}"]`);

test("policies are made, copied, renamed, switched and deleted, and all of it is there after a reload", async ({ app, page }) => {
  await page.locator("#policies").click();
  await expect(page.locator("#policies-panel")).toContainText("● enabled · AMI images · 3 rules");
  await page.getByRole("button", { name: "Duplicate nightly-ami-retention" }).click();
  await expect(app.field("/name")).toHaveValue("nightly-ami-retention copy");
  await row(page, "nightly-ami-retention").getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("New name of nightly-ami-retention").fill("kept");
  await page.keyboard.press("Enter");
  await row(page, "kept").getByRole("button", { name: "Disable" }).click();
  await expect(row(page, "kept")).toContainText("○ disabled");
  await page.getByRole("button", { name: "New policy" }).click();
  await expect(app.field("/name")).toHaveValue("new-policy");
  await expect(app.validity).toHaveText("○ 3 to fill in");
  await expect(page.locator("#result")).toHaveCount(0);
  await row(page, "new-policy").getByRole("button", { name: "Delete" }).click();
  await expect(notice(page)).toContainText("Deleted new-policy.");
  expect(await names(page)).toEqual(["kept", "nightly-ami-retention copy"]);

  await row(page, "kept").getByRole("button", { name: "kept", exact: true }).click();
  await page.waitForTimeout(SAVED);
  await page.reload();
  await app.settled();
  await expect(app.field("/name")).toHaveValue("kept");
  await expect(app.field("/status")).toHaveValue("DISABLED");
  await page.locator("#policies").click();
  expect((await names(page)).sort()).toEqual(["kept", "nightly-ami-retention copy"]);
});

test("a copy and another name of a policy from AWS are new policies", async ({ app, page }) => {
  await page.locator("#open-document").click();
  const policy = JSON.parse(await page.locator("#document-text").inputValue());
  const arn = "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/nightly-ami-retention";
  const document = { ...policy, arn, dateCreated: "2026-09-09T19:34:38Z", tags: {} };
  await page.keyboard.press("Escape");
  await app.import(JSON.stringify({ lifecyclePolicy: document }));
  await expect(app.validity).toContainText("valid");
  await page.keyboard.press("Control+s");
  await expect(page.getByRole("tab", { name: "Update request" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await page.locator("#policies").click();
  await page.getByRole("button", { name: "Duplicate nightly-ami-retention" }).click();
  await expect(app.field("/name")).toHaveValue("nightly-ami-retention copy");
  await expect(app.validity).toContainText("valid");
  await page.getByRole("button", { name: "Rename nightly-ami-retention copy" }).click();
  await page.getByLabel("New name of nightly-ami-retention copy").fill("weekly");
  await page.keyboard.press("Enter");
  await expect(app.field("/name")).toHaveValue("weekly");
  await page.getByRole("button", { name: "Run them day by day" }).click();
  await expect(page.locator("#run-day")).toBeVisible();
  await expect(page.locator(".refusals li")).toHaveCount(0);
  await page.keyboard.press("Control+s");
  await expect(page.getByRole("tab", { name: "Create request" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  // A name typed into the form is no way to rename what is at AWS, but leads to one.
  await page.locator("#policies").click();
  await row(page, "nightly-ami-retention").getByRole("button", { name: "nightly-ami-retention", exact: true }).click();
  await app.field("/lifecyclePolicy/name").fill("monthly");
  await app.problems.getByRole("button", { name: "Fix: make it a new policy" }).click();
  await expect(app.validity).toContainText("valid");
});

test("a deleted policy comes back with one click, and steps are those of the open policy", async ({ app, page }) => {
  await app.field("/name").fill("edited");
  await page.locator("#policies").click();
  await page.getByRole("button", { name: "Duplicate edited" }).click();
  await expect(page.getByRole("button", { name: "undo", exact: true })).toBeDisabled();
  await row(page, "edited").getByRole("button", { name: "edited", exact: true }).click();
  await page.getByRole("button", { name: "undo", exact: true }).click();
  await expect(app.field("/name")).toHaveValue("nightly-ami-retention");
  await page.getByRole("button", { name: "Delete nightly-ami-retention" }).click();
  await expect(app.field("/name")).toHaveValue("edited copy");
  await notice(page).getByRole("button", { name: "Undo" }).click();
  await expect(app.field("/name")).toHaveValue("nightly-ami-retention");
});

test("what was kept by an older version of the page is found", async ({ app, page }) => {
  await page.waitForTimeout(SAVED);
  await page.evaluate(() => {
    const policy = JSON.parse(Object.entries(localStorage).find(([key]) => key.includes("policies/"))[1]).text;
    localStorage.clear();
    sessionStorage.clear();
    localStorage.setItem("afterimage/1/policy", JSON.stringify(policy.replace("nightly-ami-retention", "from before")));
    Storage.prototype.setItem = () => {};
  });
  await page.reload();
  await app.settled();
  await expect(app.field("/name")).toHaveValue("from before");
  await page.waitForTimeout(SAVED);
  expect(await page.evaluate(() => localStorage.getItem("afterimage/1/policy"))).toBe(null);
});

test("another tab sees what is saved", async ({ app, page, context }) => {
  await page.waitForTimeout(SAVED);
  const other = await tab(app, context);
  await app.field("/name").fill("seen by both");
  await expect(field(other, "/name")).toHaveValue("seen by both");
  await expect(notice(other)).toBeEmpty();
});

test("a policy that two tabs change is kept twice", async ({ app, page, context }) => {
  await page.waitForTimeout(SAVED);
  const other = await tab(app, context);
  // The other tab does not hear of this one before it writes, as when it was asleep.
  await other.evaluate(() => addEventListener("storage", (event) => event.stopImmediatePropagation(), true));
  await other.evaluate(() => {
    const get = Storage.prototype.getItem;
    window.before = Object.fromEntries(Object.entries(localStorage));
    window.asleep = true;
    Storage.prototype.getItem = function (key) {
      return window.asleep && key.includes("policies/") ? window.before[key] ?? null : get.call(this, key);
    };
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
      if (window.asleep && key.includes("policies/")) throw new DOMException("asleep", "QuotaExceededError");
      return set.call(this, key, value);
    };
  });
  await field(other, "/name").fill("theirs was mine");
  await expect(other.locator(".notice")).toContainText("its storage for this site is full");
  await app.field("/name").fill("from the first tab");
  await page.waitForTimeout(SAVED);
  await other.evaluate(() => (window.asleep = false));
  await field(other, "/description").fill("awake again");
  await expect(notice(other)).toContainText("from the first tab was changed in another tab as well. Yours is saved as theirs was mine copy.");
  await expect(field(other, "/name")).toHaveValue("theirs was mine copy");
  await expect(app.field("/name")).toHaveValue("from the first tab");
  await expect(page.locator("#policies .cnt")).toHaveText("2");
  await notice(other).getByRole("button", { name: "Take theirs" }).click();
  await expect(field(other, "/name")).toHaveValue("from the first tab");
  await expect(notice(other)).toContainText("Deleted theirs was mine copy.");
  await expect(page.locator("#policies .cnt")).toHaveText("1");
});

test("a link opens the policy, the instant and the assumptions beside what is saved", async ({ app, page, context }) => {
  await app.field("/name").fill("shared");
  await page.locator("#as-of").fill("2027-01-31T08:30");
  await page.locator("#share").click();
  await expect(notice(page)).toContainText("Link copied. It holds the policy");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/afterimage\/#p1=[A-Za-z0-9_-]+$/);
  await app.field("/name").fill("mine");
  await page.locator("#as-of").fill("2026-12-01T08:30");
  await page.waitForTimeout(SAVED);

  await page.goto(link);
  await page.reload();
  await app.settled();
  await page.evaluate((fragment) => (location.hash = fragment), new URL(link).hash);
  await expect(page.locator("#draft")).toContainText("shared comes from a link and is not saved");
  await expect(app.field("/name")).toHaveValue("shared");
  await expect(page.locator("#as-of")).toHaveValue("2027-01-31T08:30");
  await expect.poll(() => page.url()).toBe(app.url);
  await page.waitForTimeout(SAVED);
  await page.getByRole("button", { name: "Back to mine" }).click();
  await expect(app.field("/name")).toHaveValue("mine");
  await expect(page.locator("#as-of")).toHaveValue("2026-12-01T08:30");

  // In a browser that has nothing yet, and kept as soon as it is edited.
  const fresh = await context.browser().newContext();
  const other = await fresh.newPage();
  await other.goto(link);
  await expect(field(other, "/name")).toHaveValue("shared");
  await expect.poll(() => other.url()).toBe(app.url);
  await field(other, "/name").fill("edited");
  await expect(other.locator("#draft")).toHaveCount(0);
  await other.waitForTimeout(SAVED);
  await other.reload();
  await expect(field(other, "/name")).toHaveValue("edited");
  await fresh.close();
});

test("a link to what is on screen already shows what it does", async ({ app, page }) => {
  await app.settled();
  await page.locator("#share").click();
  await expect(notice(page)).toContainText("Link copied");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const sentence = await page.locator("#headline").textContent();
  await page.evaluate((fragment) => (location.hash = fragment), new URL(link).hash);
  await expect(page.locator("#draft")).toContainText("comes from a link and is not saved");
  await expect(page.locator("#headline")).toHaveText(sentence);
  await expect(page.locator(".chart")).toHaveAttribute("data-foreseen", "true");
});

test("a damaged link says so and changes nothing", async ({ app, page }) => {
  await page.locator("#share").click();
  await expect(notice(page)).toContainText("Link copied");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const broken = [link.slice(0, -9), link.replace("#p1=", "#p1=x"), `${app.url}#p1=`, `${app.url}#p1=%%%`];
  for (const damaged of broken) {
    await page.goto("about:blank");
    await page.goto(damaged);
    await app.settled();
    await expect(notice(page), damaged).toContainText("This link is damaged");
    await expect(app.field("/name")).toHaveValue("nightly-ami-retention");
    await expect.poll(() => page.url()).toBe(app.url);
  }
  await page.goto("about:blank");
  await page.goto(`${app.url}#p2=abc`);
  await expect(notice(page)).toContainText("made by a newer version");
});

for (const [what, refuse, words] of [
  ["is full", () => { Storage.prototype.setItem = () => { throw new DOMException("no room", "QuotaExceededError"); }; }, "its storage for this site is full"],
  ["is closed", () => { Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("no", "SecurityError"); } }); }, "it allows this site no storage"],
]) {
  test(`a storage that ${what} is spoken of, and the page works`, async ({ app, page }) => {
    await page.addInitScript(refuse);
    await page.reload();
    await app.settled();
    await expect(page.locator(".notice")).toContainText(words);
    await app.field("/policyDetails/0/filter/value").fill("1");
    await expect(app.count("DEPRECATE")).not.toHaveText("11");
  });
}

test("images that several enabled policies select are named, and lead to the table", async ({ app, page }) => {
  await page.locator("#policies").click();
  await expect(page.locator("#overlaps")).toHaveCount(0);
  await page.getByRole("button", { name: "Guarded delete", exact: true }).click();
  const overlaps = page.locator("#overlaps");
  await expect(overlaps).toContainText("images are selected by more than one of them");
  await expect(overlaps).toContainText("AWS does not document in which order");
  await expect(overlaps.getByRole("columnheader")).toHaveText(["Image", "nightly-ami-retention", "guarded-delete"]);
  const first = overlaps.getByRole("row").nth(1);
  await expect(first.getByRole("cell").nth(1)).toContainText("deprecated tonight");
  await expect(first.getByRole("cell").nth(2)).toContainText("deleted tonight");
  await first.getByRole("button").click();
  await expect(page.locator("#matching")).toHaveText("1 image");
  await page.locator("#policies").click();
  await page.getByRole("button", { name: "Disable guarded-delete" }).click();
  await expect(overlaps).toHaveCount(0);
});
