// Exports come by paste, file and drop; what is broken is named and loses nothing else.
import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, fixture, read, test } from "./page.mjs";

const image = (build, more) => ({
  arn: `arn:aws:imagebuilder:us-west-2:123456789012:image/pasted/1.0.0/${build}`,
  name: "pasted",
  type: "AMI",
  version: `1.0.0/${build}`,
  state: { status: "AVAILABLE" },
  dateCreated: "2026-01-01T00:00:00Z",
  ...more,
});

const FULL = "does not keep the exports for the next visit: its storage for this site is full";

test("a pasted export replaces the sample, a second one is added", async ({ app, page }) => {
  await page.locator("#load").click();
  await page.locator("#load-text").fill(JSON.stringify({ imageSummaryList: [image(1), image(2), { arn: 7 }] }));
  await page.getByRole("button", { name: "Read the pasted text" }).click();
  const outcome = page.locator("#load-panel .outcome");
  await expect(outcome).toContainText("Loaded from pasted text: 2 images");
  await expect(outcome).toContainText("pasted text /imageSummaryList/2");
  await expect(page.locator("#load-text"), "what was skipped is still there").toHaveValue(/"arn":7/);
  await page.getByLabel("add to it").check();
  await page.locator("#load-text").fill(JSON.stringify({ image: image(3) }));
  await page.getByRole("button", { name: "Read the pasted text" }).click();
  await expect(outcome).toContainText("3 images");
  await expect(page.locator("#load-text"), "room for the next").toHaveValue("");
  await page.locator("#load-text").fill("{ no export }");
  await page.getByRole("button", { name: "Read the pasted text" }).click();
  await expect(outcome.locator(".bad")).toContainText("pasted text");
  await expect(page.locator("#load-text")).toHaveValue("{ no export }");
  const cutOff = outcome.getByText("pasted text ends with a token, so more pages of it follow.");
  for (const [nextToken, times] of [["x", 1], [undefined, 0]]) {
    await page.locator("#load-text").fill(JSON.stringify({ imageSummaryList: [], nextToken }));
    await page.getByRole("button", { name: "Read the pasted text" }).click();
    await expect(cutOff).toHaveCount(times);
    await expect(page.locator('[data-code="export-cut-off"]').getByRole("button", { name: "the inventory" })).toHaveCount(times);
  }
  await page.keyboard.press("Escape");
  await expect(page.locator("#matching")).toHaveText("3 images");
});

test("a broken export and list-images are refused, and what was loaded stays", async ({ app, page }) => {
  const before = await app.counts();
  await page.locator("#load").click();
  const outcome = page.locator("#load-panel .outcome");
  await page.locator("#load-files").setInputFiles([
    { name: "broken.json", mimeType: "application/json", buffer: Buffer.from('{"imageSummaryList": [') },
  ]);
  await expect(outcome.locator(".bad")).toContainText("broken.json");
  await page.locator("#load-files").setInputFiles([
    {
      name: "list.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify({ imageVersionList: [{ arn: "arn:aws:imagebuilder:us-west-2:123456789012:image/a/1.0.0", name: "a" }] })),
    },
  ]);
  await expect(outcome.locator(".bad")).toContainText("list-image-build-versions");
  await page.keyboard.press("Escape");
  expect(await app.counts()).toEqual(before);
});

test("files dropped anywhere are read, gzip too", async ({ app, page }) => {
  const packed = gzipSync(read("images.json")).toString("base64");
  const data = await page.evaluateHandle((packed) => {
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "images.json.gz"));
    return data;
  }, packed);
  await page.dispatchEvent("body", "dragover", { dataTransfer: data });
  await expect(page.locator(".page")).toHaveClass(/dragging/);
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
  await expect(page.locator("#load-panel .outcome")).toContainText("Loaded from images.json.gz: 58 images");
  await expect(page.locator(".page")).not.toHaveClass(/dragging/);
});

test("hostile names are shown as text", async ({ app, page }) => {
  const evil = "<img src=x onerror=alert(1)>\u202e";
  await page.locator("#load").click();
  const tags = { [evil]: "v".repeat(100_000) };
  await page.locator("#load-text").fill(JSON.stringify({ imageSummaryList: [image(1, { name: evil, tags })] }));
  await page.getByRole("button", { name: "Read the pasted text" }).click();
  await expect(page.locator("#matching")).toHaveText("1 image");
  await page.keyboard.press("Escape");
  await app.rows.first().click();
  await expect(app.detail).toContainText("<img src=x");
  expect(await page.locator("#app img").count()).toBe(0);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
});

test("a folder is read with what is in it, the system's own files apart", { tag: "@chromium" }, async ({ app, page }, info) => {
  const folder = info.outputPath("exports");
  mkdirSync(`${folder}/more`, { recursive: true });
  writeFileSync(`${folder}/images.json`, read("images.json"));
  writeFileSync(`${folder}/more/amis.json`, read("amis.json"));
  writeFileSync(`${folder}/.DS_Store`, "\0\0");
  await page.locator("#load").click();
  await page.locator("#load-folder").setInputFiles(folder);
  const outcome = page.locator("#load-panel .outcome");
  await expect(outcome).toContainText("Loaded from ");
  await expect(outcome).toContainText("amis.json");
  await expect(outcome).toContainText("58 images");
  await expect(outcome.locator(".bad")).toHaveCount(0);
});

test("the commands name the Regions and the profile, and a reload keeps them", async ({ app, page }) => {
  await page.locator("#load").click();
  await page.locator("#load-regions").fill("us-west-2 eu-west-1");
  await page.locator("#load-profile").fill("prod");
  const commands = page.locator("#load-panel .command pre");
  await expect(commands.first()).toHaveText(
    "aws imagebuilder list-image-build-versions --region us-west-2 --profile prod --output json > images-prod.json",
  );
  await expect(commands.nth(1)).toContainText("for region in us-west-2 eu-west-1; do");
  await page.waitForTimeout(300);
  await page.reload();
  await page.locator("#load").click();
  await expect(page.locator("#load-regions")).toHaveValue("us-west-2 eu-west-1");
  await page.getByText("More: who uses the AMIs").click();
  await expect(commands.nth(3)).toContainText("describe-launch-template-versions");
  await page.getByRole("button", { name: "Copy" }).first().click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("--profile prod");
});

test("exports are kept for the next visit when the user says so, and removed when not", async ({ app, page }) => {
  await page.addInitScript(() => {
    const { add } = IDBObjectStore.prototype;
    window.written = [];
    IDBObjectStore.prototype.add = function (file) {
      window.written.push(file.name);
      return add.call(this, file);
    };
  });
  await app.load("images.json", "amis.json");
  await page.waitForTimeout(400);
  await page.reload();
  await app.settled();
  await expect(page.locator("#load")).toContainText("Sample data");
  await app.keepExports();
  await app.load("images.json", "amis.json");
  const counts = await app.counts();
  const kept = () =>
    page.evaluate(
      () =>
        new Promise((done) => {
          const open = indexedDB.open("afterimage");
          open.onsuccess = () => {
            const all = open.result.transaction("exports").objectStore("exports").getAll();
            all.onsuccess = () => done(all.result.map((file) => file.name));
          };
        }),
    );
  await expect.poll(kept).toEqual(["images.json", "amis.json"]);
  await page.reload();
  await expect(page.locator("#load")).toContainText("58 images");
  await app.settled();
  await expect.poll(() => app.counts()).toEqual(counts);
  // A pasted export that is added is kept beside them.
  await page.locator("#load").click();
  await page.getByLabel("add to it").check();
  await page.locator("#load-text").fill(JSON.stringify({ imageSummaryList: [image(1, { name: "more" })] }));
  await page.getByRole("button", { name: "Read the pasted text" }).click();
  await expect(page.locator("#load")).toContainText("59 images");
  await expect.poll(kept).toEqual(["images.json", "amis.json", "pasted text"]);
  expect(await page.evaluate(() => window.written), "what is kept already is not written again").toEqual(["pasted text"]);
  await page.locator("#load-keeps").click();
  await expect.poll(kept).toEqual([]);
  await page.waitForTimeout(400);
  await page.reload();
  await app.settled();
  await expect(page.locator("#load")).toContainText("Sample data");
});

test("a browser that is full says so, and the exports stay loaded", async ({ app, page }) => {
  await page.evaluate(() => {
    IDBObjectStore.prototype.add = () => {
      throw new DOMException("no room", "QuotaExceededError");
    };
  });
  await app.keepExports();
  await app.load("images.json");
  await expect(page.locator(".notice")).toContainText(FULL);
  await expect(page.locator("#load")).toContainText("58 images");
});

test("a browser that is found full only while it writes says so too", { tag: "@chromium" }, async ({ app, page, server }) => {
  await app.keepExports();
  const session = await page.context().newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(server.url).origin, quotaSize: 100_000 });
  await app.load("images.json", "amis.json");
  await expect(page.locator(".notice")).toContainText(FULL);
  await expect(page.locator("#load")).toContainText("58 images");
});

test("a browser that gives up what it writes says so, and the exports stay loaded", async ({ app, page }) => {
  await page.evaluate(() => {
    const { add } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.add = function (file) {
      const request = add.call(this, file);
      this.transaction.abort();
      return request;
    };
  });
  await app.keepExports();
  await app.load("images.json");
  await expect(page.locator(".notice")).toContainText("does not keep the exports for the next visit: its database answers: ");
  await expect(page.locator("#load")).toContainText("58 images");
});

test("a hostile name, tag and file leave the table, the explanation and the report as they are", async ({ app, page }) => {
  const evil = '<script>alert(1)</script>"&\u202e\u2066 \u0000';
  await page.locator("#load").click();
  const images = [1, 2, 3].map((build) => image(build, { name: `web-base ${evil}`, tags: { "Team <b>": evil, long: "x".repeat(100_000) } }));
  const file = { name: "<img src=x onerror=alert(1)>.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify({ imageSummaryList: images })) };
  await page.locator("#load-files").setInputFiles(file);
  await expect(page.locator("#load-panel .outcome")).toContainText("<img src=x");
  await page.keyboard.press("Escape");
  await page.locator("#search").fill("web");
  await app.rows.first().click();
  await expect(app.detail.locator(".tagline")).toContainText("<script>alert(1)</script>");
  await page.getByRole("button", { name: "Group by version" }).click();
  expect(await page.locator("#app img, #app script").count()).toBe(0);
  // What runs from right to left ends with the name that brought it.
  const isolated = await app.rows.first().locator(".img b").evaluate((name) => getComputedStyle(name).unicodeBidi);
  expect(isolated).toBe("isolate");
  const shown = await app.detail.locator(".tagline .tag").nth(1).innerText();
  expect(shown.length).toBeLessThan(2000);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test("a file of AMIs alone takes nobody's place, and is added when asked", async ({ app, page }) => {
  await app.load("images.json");
  await expect(page.locator("#load")).toContainText("58 images");
  await page.locator("#load").click();
  await page.locator("#load-files").setInputFiles(fixture("amis.json"));
  const outcome = page.locator("#load-panel .outcome");
  await expect(outcome.locator(".bad")).toContainText("no images are in it");
  await expect(page.locator("#load")).toContainText("58 images");
  await page.getByLabel("add to it").check();
  await page.locator("#load-files").setInputFiles(fixture("amis.json"));
  await expect(outcome.locator(".bad")).toHaveCount(0);
  await expect(outcome).toContainText("images.json, amis.json");
});

test("a policy that is chosen as an export is shown as a policy", async ({ app, page }) => {
  await page.locator("#load").click();
  await page.locator("#load-files").setInputFiles(fixture("policy.json"));
  await expect(page.locator("#document-panel")).toBeVisible();
  await expect(page.locator("#document-status")).toContainText("This is the policy that is edited");
});

test("a refusal is not hidden behind the policy that was chosen with it", async ({ app, page }) => {
  await page.locator("#load").click();
  const broken = { name: "broken.json", mimeType: "application/json", buffer: Buffer.from("{ no export }") };
  const file = (name) => ({ name, mimeType: "application/json", buffer: Buffer.from(read(name)) });
  await page.locator("#load-files").setInputFiles([file("images.json"), file("policy.json"), broken]);
  await expect(page.locator("#document-status")).toContainText("This is the policy that is edited");
  await expect(page.locator("#load")).toContainText("58 images");
  const refused = page.locator("#refused");
  await expect(refused).toContainText("broken.json");
  await refused.getByRole("button", { name: "See what was loaded" }).click();
  await expect(page.locator("#load-panel .outcome .bad")).toContainText("broken.json");
  await expect(refused).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(refused).toHaveCount(0);
});

test("a policy among exports is opened, and the exports are loaded", async ({ app, page }) => {
  await page.locator("#load").click();
  await page.locator("#load-files").setInputFiles(["images.json", "policy.json", "amis.json"].map(fixture));
  await expect(page.locator("#document-status")).toContainText("This is the policy that is edited");
  await expect(app.field("/name")).toHaveValue(JSON.parse(read("policy.json")).name);
  await expect(page.locator("#load")).toContainText("58 images");
  // Another policy is not compared with the sample's.
  await expect(app.headline).toContainText("3 disabled");
  await expect(page.locator("#compare")).toHaveCount(0);
  await app.field("/policyDetails/0/filter/value").fill("1");
  await expect(page.locator("#compare")).toContainText("as you opened it");
});
