// A year ahead: the sentence, the chart, its handle and its table.
import { expect, test } from "./page.mjs";

test("the chart spans a month, a season or a year, and a reload keeps which", async ({ app, page }) => {
  const day = page.locator("#day");
  await expect(day).toHaveAttribute("max", "120");
  await page.getByRole("button", { name: "1 y" }).click();
  await expect(day).toHaveAttribute("max", "365");
  await expect(page.locator(".dates span").last()).toHaveText("23 Nov 2027");
  await page.waitForTimeout(300);
  await page.reload();
  await app.settled();
  await expect(day).toHaveAttribute("max", "365");
  await day.focus();
  await page.keyboard.press("End");
  await expect(page.locator("#night")).toContainText("Tue, 23 Nov 2027");
  await expect(app.headline).toContainText("On Tuesday, 23 November 2027");
  await page.getByRole("button", { name: "30 d" }).click();
  await expect(day).toHaveValue("30");
});

test("dragging over the chart chooses the night, and the table follows", async ({ app, page }) => {
  const chart = await page.locator("svg.bars").boundingBox();
  const at = (part) => [chart.x + chart.width * part, chart.y + 40];
  await page.mouse.move(...at(0.5));
  await expect(page.locator("#night")).toContainText("Left: ");
  await expect(page.locator("#day")).toHaveValue("0");
  await page.mouse.down();
  // The middle of a night.
  await page.mouse.move(...at(89.5 / 121), { steps: 4 });
  await page.mouse.up();
  await expect(page.locator("#day")).toHaveValue("89");
  await expect(app.headline).toContainText("On Saturday, 20 February 2027");
});

test("the table of nights says what the chart draws, and adds up with the counts", async ({ app, page }) => {
  await page.getByText("As a table").click();
  const rows = page.locator(".as-table tbody tr");
  const first = await rows.first().locator("td").allInnerTexts();
  const counts = await app.counts();
  expect(Number(first[0])).toBe(counts.DEPRECATE);
  expect(Number(first[1])).toBe(counts.DISABLE);
  expect(Number(first[2]) + Number(first[3])).toBe(counts.DELETE);
});

test("a policy that deletes later says when first", async ({ app, page }) => {
  await app.field("/policyDetails/2/filter/value").fill("500");
  await expect(app.headline).toContainText(/Nothing is deleted before \w+,? \d+ \w+( \d{4})?, when \d+ images? goe?s?[. ]/);
});

test("a later first deletion says what goes with it, and why its size is a bound", async ({ app, page }) => {
  await app.field("/policyDetails/2/filter/value").fill("500");
  await expect(app.headline).toContainText(/goe?s? with [\d,]+ AMIs?/);
  await expect(page.locator("#scope")).toContainText(/Storage is at most|Freed storage is not known/);
});

test("an edit on a later night redraws the chart", async ({ app, page }) => {
  await page.locator("#day").fill("3");
  await expect(app.headline).toHaveText(/^On /);
  await app.settled();
  const drawn = await page.locator(".bars path.delete").getAttribute("d");
  await app.field("/policyDetails/2/filter/value").fill("500");
  await expect(page.locator(".bars path.delete")).not.toHaveAttribute("d", drawn);
});

for (const width of [1440, 1024, 390, 320]) {
  test(`at ${width} pixels each date stands below its night, and so does the handle`, async ({ app, page }) => {
    await page.setViewportSize({ width, height: 900 });
    for (const [name, last] of [["30 d", 30], ["120 d", 120], ["1 y", 365]]) {
      await page.getByRole("button", { name, exact: true }).click();
      await expect(page.locator("#day")).toHaveAttribute("max", String(last));
      const found = await page.evaluate((last) => {
        const box = (element) => element.getBoundingClientRect();
        const bars = box(document.querySelector(".bars"));
        const day = box(document.querySelector("#day"));
        const middle = (night) => bars.left + ((night + 0.5) / (last + 1)) * bars.width;
        const dates = [...document.querySelectorAll(".dates span")].map((date, at) => ({ date, night: Math.floor((at * last) / 4) }));
        const seen = dates.filter(({ date }) => date.offsetParent !== null);
        const tick = (date) => {
          const { insetInlineStart, insetInlineEnd } = getComputedStyle(date, "::before");
          return date === dates.at(-1).date ? box(date).right - parseFloat(insetInlineEnd) : box(date).left + parseFloat(insetInlineStart);
        };
        return {
          off: Math.max(...seen.map(({ date, night }) => Math.abs(tick(date) - middle(night))), Math.abs(day.left + 8 - middle(0)), Math.abs(day.right - 8 - middle(last))),
          gap: Math.min(...seen.slice(1).map(({ date }, at) => box(date).left - box(seen[at].date).right)),
          over: box(seen.at(-1).date).right - box(document.querySelector(".chart")).right,
        };
      }, last);
      expect(found.off, name).toBeLessThan(1.5);
      expect(found.gap, `${name}: dates do not touch`).toBeGreaterThan(2);
      expect(found.over, name).toBeLessThanOrEqual(0);
    }
  });
}

for (const width of [1440, 390]) {
  test(`at ${width} pixels the chart stays where it is while nights are chosen`, async ({ app, page }) => {
    await page.setViewportSize({ width, height: 900 });
    const day = page.locator("#day");
    const place = async (night) => {
      await day.fill(String(night));
      await expect(page.locator("#result")).toHaveAttribute("data-day", String(night));
      return page.locator(".bars").evaluate((bars) => bars.getBoundingClientRect().top - document.querySelector("#result").getBoundingClientRect().top);
    };
    const nights = [0, 1, 2, 5, 9, 14, 30, 44, 60, 119];
    for (const night of nights) await place(night);
    const places = [];
    for (const night of nights) places.push(await place(night));
    expect(Math.max(...places) - Math.min(...places)).toBeLessThan(1.5);
  });
}

test("a drag over the chart goes on outside of it", async ({ app, page }) => {
  const chart = await page.locator("svg.bars").boundingBox();
  await page.mouse.move(chart.x + chart.width * 0.3, chart.y + 10);
  await page.mouse.down();
  await page.mouse.move(chart.x + (chart.width * 60.5) / 121, chart.y - 60, { steps: 4 });
  await expect(page.locator("#day")).toHaveValue("60");
  await page.mouse.move(chart.x + chart.width + 15, chart.y + 300, { steps: 4 });
  await expect(page.locator("#day")).toHaveValue("120");
  await page.mouse.up();
  await page.mouse.move(chart.x + 50, chart.y + 20);
  await expect(page.locator("#day")).toHaveValue("120");
});
