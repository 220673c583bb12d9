// The table: search, order, groups.
import { expect, test } from "./page.mjs";

const search = (page, text) => page.locator("#search").fill(text);
const matching = (page) => page.locator("#matching");

test("conditions narrow the images, a minus turns one round", async ({ app, page }) => {
  const counts = await app.counts();
  const images = (count) => `${count} image${count === 1 ? "" : "s"}`;
  await search(page, "is:deleted");
  await expect(matching(page)).toHaveText(images(counts.DELETE));
  await search(page, "-is:deleted");
  await expect(matching(page)).toHaveText(images(64 - counts.DELETE));
  await search(page, "state:disabled is:deleted recipe:web");
  await expect(app.rows.first()).toContainText("disabled → deleted");
  for (const row of await app.rows.all()) await expect(row).toContainText(/web-base.*disabled → deleted/);
  await search(page, "age>180d why:age");
  await expect(app.rows.first()).toContainText("180 days old or older");
  await search(page, "age<0d");
  await expect(matching(page)).toHaveText("0 images");
  await search(page, "fails");
  await expect(matching(page)).toHaveText("2 images");
  const id = await app.rows.first().click().then(() => app.detail.locator(".output code").first().innerText());
  await search(page, id.toUpperCase());
  await expect(matching(page)).toHaveText("1 image");
});

test("a condition that cannot be read is named, and the rest holds", async ({ app, page }) => {
  await search(page, "is:deleted stat:DISABLED");
  await expect(page.locator("#unread")).toContainText("stat: is not known");
  await expect(matching(page)).toHaveText(`${(await app.counts()).DELETE} images`);
  await search(page, "why:nothing");
  await expect(page.locator("#unread")).toContainText("there is no reason nothing");
  await search(page, "age>soon");
  await expect(page.locator("#unread")).toContainText("write for instance age<90d");
  await search(page, "web");
  await expect(page.locator("#unread")).toHaveCount(0);
});

test("the examples fill the field", async ({ app, page }) => {
  await page.locator("#syntax summary").click();
  await page.getByRole("button", { name: "state:DISABLED" }).click();
  await expect(page.locator("#search")).toHaveValue("state:DISABLED");
  await expect(app.rows.first()).toContainText("disabled");
});

test("each head orders by its column, again turns it round, once more goes back", async ({ app, page }) => {
  for (const name of ["Verdict", "Image", "Age", "State", "Why", "Outputs"]) {
    const head = page.getByRole("columnheader", { name, exact: true });
    const button = head.getByRole("button");
    if (name !== "Verdict") await button.click();
    await expect(head).toHaveAttribute("aria-sort", "ascending");
    const first = await app.rows.first().innerText();
    await button.click();
    await expect(head).toHaveAttribute("aria-sort", "descending");
    await expect(app.rows.first()).not.toHaveText(first, { useInnerText: true });
    await button.click();
    await expect(page.getByRole("columnheader", { name: "Verdict", exact: true })).toHaveAttribute("aria-sort", "ascending");
  }
  await page.getByRole("columnheader", { name: "Age", exact: true }).getByRole("button").click();
  await expect(page.getByRole("columnheader", { name: "Age", exact: true })).toHaveAttribute("aria-sort", "ascending");
  // The head changes at once, the rows with the worker's answer.
  const isOldestFirst = async () => {
    const ages = (await app.rows.locator(".age").allInnerTexts()).map(parseFloat);
    return ages.length > 5 && ages.every((age, at) => at === 0 || ages[at - 1] >= age);
  };
  await expect.poll(isOldestFirst).toBe(true);
});

test("groups tell a recipe version's images and the slots that are kept", async ({ app, page }) => {
  await page.locator("#group").click();
  const version = page.locator(".row.version");
  await expect(version.filter({ hasText: "web-base" }).first()).toContainText(/web-base \d+\.\d+\.\d+/);
  await expect(version.filter({ hasText: "keeps its newest" }).first()).toContainText(/[●○]/);
  const lines = Number(await app.grid.getAttribute("aria-rowcount")) - 1;
  expect(lines).toBeGreaterThan(64);
  await page.locator("#group").click();
  await expect(app.grid).toHaveAttribute("aria-rowcount", "65");
});

test("a group's own line is walked over and explains nothing", async ({ app, page }) => {
  await page.locator("#group").click();
  await page.locator(".row.version").first().waitFor();
  await app.grid.focus();
  await page.keyboard.press("Enter");
  await expect(app.detail).toHaveCount(0);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(app.detail).toContainText("arn:aws:imagebuilder");
});

test("a popup closes with Escape, which gives the keyboard back, and with a click elsewhere", async ({ app, page }) => {
  const opener = page.locator("#columns summary");
  const popup = page.getByLabel("Created");
  await app.rows.first().click();
  await opener.click();
  await popup.check();
  await page.keyboard.press("Escape");
  await expect(popup).toBeHidden();
  await expect(opener).toBeFocused();
  await expect(app.detail, "one press closes one thing").toBeVisible();
  await opener.click();
  await expect(popup).toBeVisible();
  await app.headline.click();
  await expect(popup).toBeHidden();
});

test("columns are shown and hidden, and a reload keeps the choice", async ({ app, page }) => {
  const heads = () => page.getByRole("columnheader").allInnerTexts();
  const names = async () => (await heads()).map((head) => head.replace(/ [▲▼]/, ""));
  expect(await names()).toEqual(["Verdict", "Image", "Age", "State", "Why", "Outputs"]);
  await page.locator("#columns summary").click();
  await page.getByLabel("Created").check();
  await page.getByLabel("State", { exact: true }).uncheck();
  await expect.poll(names).toEqual(["Verdict", "Image", "Age", "Created", "Why", "Outputs"]);
  await expect(app.grid).toHaveAttribute("aria-colcount", "6");
  await expect(app.rows.first().locator(".created")).toHaveText(/20\d\d$/);
  await page.waitForTimeout(400);
  await page.reload();
  await app.settled();
  await expect.poll(names).toEqual(["Verdict", "Image", "Age", "Created", "Why", "Outputs"]);
  // Cells stand below their heads.
  const left = async (row) => (await row.locator(".why").boundingBox()).x;
  expect(await left(app.rows.nth(3))).toBe(await left(page.locator(".table .head")));
  await page.locator("#columns summary").click();
  await page.getByRole("button", { name: "as it fits the width" }).click();
  await expect.poll(names).toEqual(["Verdict", "Image", "Age", "State", "Why", "Outputs"]);
});

test("what is deleted soon is found, and the keyboard goes from the search to the table", async ({ app, page }) => {
  const matching = async () => Number((await page.locator("#matching").innerText()).split(" ")[0]);
  const search = page.locator("#search");
  await search.fill("deleted<1d");
  const tonight = await app.count("DELETE").innerText();
  await expect(page.locator("#matching")).not.toHaveText("64 images");
  expect(await matching()).toBeLessThanOrEqual(Number(tonight));
  await search.fill("deleted<30d");
  await expect.poll(matching).toBe(22);
  await search.fill("deleted<400d");
  await expect.poll(matching).toBe(41);
  await search.fill("deleted<x");
  await expect(page.locator("#unread")).toContainText("cannot be read");
  await search.fill("web");
  await search.press("Enter");
  await expect(app.grid).toBeFocused();
  await page.keyboard.press("/");
  await page.keyboard.type("gpu");
  await expect(search).toHaveValue("gpu");
});

test("a long list has no gaps wherever it is scrolled, and scrolling asks for nothing but rows", async ({ app, page }) => {
  const image = (_, at) => ({
    arn: `arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/${at + 1}`,
    type: "AMI",
    state: { status: "AVAILABLE" },
    dateCreated: "2025-06-01T00:00:00Z",
  });
  const text = JSON.stringify({ imageSummaryList: Array.from({ length: 3_000 }, image) });
  await page.locator("#load").click();
  await page.locator("#load-files").setInputFiles({ name: "long.json", mimeType: "application/json", buffer: Buffer.from(text) });
  await expect(page.locator("#matching")).toHaveText("3,000 images");
  await page.keyboard.press("Escape");
  const generation = await page.locator("#result").getAttribute("data-generation");
  const gaps = (grid) => {
    const view = grid.getBoundingClientRect();
    const rows = [...grid.querySelectorAll(".rows [role=row]")].map((row) => row.getBoundingClientRect());
    let gaps = 0;
    for (let y = view.top + 40; y < view.bottom - 2; y += 17) gaps += !rows.some((row) => row.top <= y && y <= row.bottom);
    return gaps;
  };
  for (const top of [170, 5_000, 5_170, 60_000, 59_000, 1e6, 0]) {
    await app.grid.evaluate((grid, top) => (grid.scrollTop = top), top);
    await expect.poll(() => app.grid.evaluate(gaps)).toBe(0);
  }
  await app.grid.press("End");
  await expect(page.locator("#row-2999")).toBeInViewport();
  await expect(page.locator("#row-2999")).toHaveAttribute("aria-rowindex", "3001");
  await expect(page.locator("#result")).toHaveAttribute("data-generation", generation);
});

for (const width of [320, 390, 480]) {
  test(`at ${width} pixels the reason stands below the name`, async ({ app, page }) => {
    await page.setViewportSize({ width, height: 800 });
    await page.getByRole("button", { name: "Images", exact: true }).click();
    const row = app.rows.first();
    const [line, name, why] = await Promise.all([row, row.locator(".img"), row.locator(".why")].map((part) => part.boundingBox()));
    expect(line.height).toBe(34);
    expect(why.x).toBe(name.x);
    expect(why.y).toBeGreaterThanOrEqual(name.y + name.height);
    expect(why.y + why.height).toBeLessThanOrEqual(line.y + line.height);
    const cut = (part) => part.evaluate((cell) => cell.scrollWidth > cell.clientWidth);
    expect(await cut(row.locator(".img"))).toBe(false);
    expect(await cut(app.grid)).toBe(false);
    await page.getByRole("columnheader", { name: "Why" }).getByRole("button").click();
    await expect(page.getByRole("columnheader", { name: "Why" })).toHaveAttribute("aria-sort", "ascending");
  });
}

for (const width of [320, 390, 1024, 1440]) {
  test(`at ${width} pixels version and build are read whatever the name`, async ({ app, page }) => {
    const image = (name, build) => ({
      arn: `arn:aws:imagebuilder:us-west-2:123456789012:image/${name}/12.10.3/${build}`,
      name,
      type: "AMI",
      state: { status: "AVAILABLE" },
      dateCreated: "2025-06-01T00:00:00Z",
    });
    const text = JSON.stringify({ imageSummaryList: [image("golden-base", 16), image("a-recipe-with-a-name-that-is-much-too-long-for-a-phone", 112)] });
    await page.locator("#load").click();
    await page.locator("#load-files").setInputFiles({ name: "two.json", mimeType: "application/json", buffer: Buffer.from(text) });
    await expect(page.locator("#load-panel .outcome")).toContainText("2 images");
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width, height: 844 });
    if (width < 900) await page.getByRole("button", { name: "Images", exact: true }).click();
    await expect(app.rows).toHaveCount(2);
    for (const row of await app.rows.all()) {
      const [cell, version] = await Promise.all([row.locator(".img"), row.locator(".img code")].map((part) => part.boundingBox()));
      expect(version.x + version.width).toBeLessThanOrEqual(cell.x + cell.width + 0.5);
      expect(await row.locator(".img code").evaluate((code) => code.scrollWidth - code.clientWidth)).toBeLessThanOrEqual(0);
    }
  });
}

test("an empty list offers ways out of what empties it", async ({ app, page }) => {
  await page.locator("button[data-verdict=DELETE]").click();
  await search(page, "nothing-like-it");
  await expect(app.grid).toContainText("No image passes");
  await page.getByRole("button", { name: "Clear the search" }).click();
  await expect(page.locator("#search")).toHaveValue("");
  await expect(app.rows.first()).toContainText("deleted");
  await search(page, "is:kept");
  await page.getByRole("button", { name: "Show every verdict" }).click();
  await expect(app.rows.first()).toContainText("kept");
});

test("the header is one line, and some rows are in view, at 1024 by 768", async ({ app, page }) => {
  await page.setViewportSize({ width: 1024, height: 768 });
  expect((await page.locator("header").boundingBox()).height).toBeLessThan(60);
  await app.grid.evaluate((grid) => grid.scrollIntoView({ block: "end" }));
  const [table, row] = [await app.grid.boundingBox(), await app.rows.first().boundingBox()];
  expect((Math.min(table.y + table.height, 768) - row.y) / row.height).toBeGreaterThan(5);
});
