// One image explained: who uses what it made, what may fail, and what hangs on an assumption.
import { expect, test } from "./page.mjs";

const ACCOUNT = "123456789012";
const AMI = "ami-00000000000000001";
const arn = `arn:aws:imagebuilder:us-west-2:${ACCOUNT}:image/web-base/1.0.0/1`;

const exports = [
  {
    imageVersionList: undefined,
    imageSummaryList: [
      {
        arn,
        name: "web-base",
        type: "AMI",
        version: "1.0.0/1",
        state: { status: "DISABLED" },
        owner: ACCOUNT,
        dateCreated: "2026-01-05T03:00:00.000Z",
        outputResources: { amis: [{ region: "us-west-2", image: AMI, accountId: ACCOUNT }] },
      },
    ],
  },
  {
    Images: [
      {
        ImageId: AMI,
        OwnerId: ACCOUNT,
        State: "available",
        Public: false,
        CreationDate: "2026-01-05T03:30:00.000Z",
        BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { SnapshotId: "snap-00000000000000001", VolumeSize: 8 } }],
        Tags: [{ Key: "Team", Value: "web" }],
      },
    ],
  },
  {
    LaunchTemplateVersions: [
      {
        LaunchTemplateId: "lt-00000000000000001",
        LaunchTemplateName: "web <fleet>",
        VersionNumber: 7,
        DefaultVersion: true,
        LaunchTemplateData: { ImageId: AMI },
      },
    ],
  },
];

test("an explanation names users, risks, sizes and other readings, and copies what it names", async ({ app, page }) => {
  await page.locator("#load").click();
  await page.locator("#load-files").setInputFiles(
    exports.map((document, at) => ({ name: `${at}.json`, mimeType: "application/json", buffer: Buffer.from(JSON.stringify(document)) })),
  );
  await expect(page.locator("#load-panel .outcome")).toContainText("1 image,");
  await page.keyboard.press("Escape");
  await app.field("/policyDetails/2/filter/retainAtLeast").fill("");
  await app.rows.first().click();
  await expect(app.detail).toContainText("● deleted");
  await expect(app.detail.locator(".output")).toContainText("in use by launch template web <fleet> (default");
  await expect(app.detail.locator(".output")).toContainText("⚠ may fail: lacks the tag CreatedBy=EC2 Image Builder");
  await expect(app.detail.locator(".snapshot")).toContainText("snap-00000000000000001 deleted");
  await expect(app.detail.locator(".snapshot")).toContainText("at most 8 GiB");
  await app.detail.getByRole("button", { name: `copy ${AMI}` }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(AMI);
});

test("an image whose verdict hangs on what AWS leaves open says what another answer makes of it", async ({ app, page }) => {
  await page.locator("#search").fill("state:FAILED is:kept");
  await app.rows.first().click();
  const readings = app.detail.locator(".readings");
  await expect(readings).toContainText(/take failed and cancelled builds before they reach the age\? yes: ● deleted, failed build/);
});

test("an image near a threshold says between which days it is old enough", async ({ app, page }) => {
  await page.locator("#search").fill("boundary");
  await expect(app.rows.first()).toBeVisible();
  await app.rows.first().click();
  await expect(app.detail).toContainText("▲ Near a threshold");
  await expect(app.detail).toContainText(/old enough on .* at the earliest, .* at the latest/);
});

test("an image that is kept shows its outputs as well", async ({ app, page }) => {
  await page.locator("button[data-verdict=KEEP]").click();
  await app.rows.first().click();
  await expect(app.detail.locator(".output code").first()).toHaveText(/^ami-/);
  await expect(app.detail.locator(".output .chip").first()).toContainText("kept");
});

const load = async (page, files) => {
  await page.locator("#load").click();
  await page.locator("#load-files").setInputFiles(
    files.map((document, at) => ({ name: `${at}.json`, mimeType: "application/json", buffer: Buffer.from(JSON.stringify(document)) })),
  );
  await expect(page.locator("#load-panel .outcome")).toContainText("image");
  await page.keyboard.press("Escape");
};

test("AMIs that go although they are in use stand out, and list their images", async ({ app, page }) => {
  await load(page, exports);
  await app.field("/policyDetails/2/filter/retainAtLeast").fill("");
  const warning = page.getByRole("button", { name: "1 AMI in use is disabled or deleted" });
  await expect(warning).toBeVisible();
  await page.locator("#search").fill("nothing-like-it");
  await warning.click();
  await expect(warning).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator("#search")).toHaveValue("in-use:taken");
  await expect(page.locator("#matching")).toHaveText("1 image");
  for (const width of [1440, 1024, 920, 390, 320]) {
    await page.setViewportSize({ width, height: 844 });
    if (width < 900) await page.getByRole("button", { name: "Images", exact: true }).click();
    const mark = app.rows.first().locator(".dots .warn");
    await expect(mark).toContainText("▲1");
    const cell = app.rows.first().locator(".dots");
    expect(await cell.evaluate((cell) => cell.scrollWidth - cell.clientWidth), `${width}`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await warning.click();
  await expect(page.locator("#search")).toHaveValue("");
});

test("an explanation has its height, in view, and its row stays in view above it", async ({ app, page }) => {
  await page.locator("button[data-verdict=DELETE]").click();
  for (const place of [1, 4]) {
    const row = app.rows.nth(place);
    await row.click();
    await expect(app.detail.locator(".step")).toHaveCount(3);
    await expect.poll(() => app.detail.evaluate((detail) => innerHeight - detail.getBoundingClientRect().bottom)).toBeGreaterThanOrEqual(0);
    const height = await app.detail.evaluate((detail) => Math.min(detail.scrollHeight, 330) - detail.clientHeight);
    expect(height, "room for what it says").toBeLessThanOrEqual(2);
    const between = async () => {
      const [line, table, drawer] = await Promise.all([page.locator("[aria-selected=true]"), app.grid, app.detail].map((part) => part.boundingBox()));
      return line.y >= table.y + 34 && line.y + line.height <= drawer.y + 1;
    };
    await expect.poll(between).toBe(true);
  }
});

test("an explanation says when the table leaves its image out", async ({ app, page }) => {
  await app.rows.first().click();
  await expect(app.detail.locator(".step")).toHaveCount(3);
  await expect(app.detail).not.toContainText("Not in the table");
  await page.locator("#search").fill("is:kept");
  await expect(app.detail).toContainText("Not in the table");
});

test("the keyboard goes from the top to the images, into an explanation and back", async ({ app, page }) => {
  await page.keyboard.press("Tab");
  const skip = page.getByRole("button", { name: "Skip to the table" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(app.grid).toBeFocused();
  await expect(page.locator("#row-0 [aria-expanded]")).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("Enter");
  await expect(page.locator("#row-0 [aria-expanded]")).toHaveAttribute("aria-expanded", "true");
  await expect(page.getByRole("status").filter({ hasText: "Enter in the table goes there" })).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page.locator("#detail-title")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(app.grid).toBeFocused();
  await expect(page.getByRole("heading", { name: /^Tonight/ })).toHaveCount(1);
});

test("on a phone the images can be gone to as well", async ({ app, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(app.grid).toBeFocused();
});
