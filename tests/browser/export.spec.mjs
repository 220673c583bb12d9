// The policy leaves in every notation, and what it does leaves as a file or on paper.
import { readFileSync } from "node:fs";
import { expect, read, test } from "./page.mjs";

const open = async (page) => {
  await page.locator("#export").click();
  await expect(page.locator("#export-text")).toBeVisible();
  return page.locator("#export-panel");
};

const saved = async (page, button) => {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
};

test("what is downloaded and what is copied is the whole policy", { tag: "@chromium" }, async ({ app, page }) => {
  await app.import(read("policy.json"));
  await app.field("/policyDetails/0/filter/value").fill("100");
  const panel = await open(page);
  const expected = readFileSync(new URL("expected-policy.json", import.meta.url), "utf8");
  const { text } = await saved(page, panel.getByRole("button", { name: "Download golden-ami-retention.json" }));
  expect(text).toBe(expected);
  await panel.getByRole("button", { name: "Copy JSON" }).click();
  await expect(panel.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(expected);
});

test("each notation is shown, coloured and downloaded under a name of its own", { tag: "@chromium" }, async ({ app, page }) => {
  const panel = await open(page);
  const kinds = [
    ["Create request", ".json", '"name": "nightly-ami-retention"'],
    ["CloudFormation YAML", ".yaml", "Type: AWS::ImageBuilder::LifecyclePolicy"],
    ["CloudFormation JSON", ".template.json", '"Type": "AWS::ImageBuilder::LifecyclePolicy"'],
    ["Terraform", ".tf", 'resource "aws_imagebuilder_lifecycle_policy"'],
    ["CDK", ".ts", "CfnLifecyclePolicy"],
    ["AWS CLI", ".sh", "aws imagebuilder create-lifecycle-policy"],
  ];
  for (const [name, suffix, part] of kinds) {
    await panel.getByRole("tab", { name, exact: true }).click();
    const text = page.locator("#export-text");
    await expect(text).toContainText(part);
    await expect(text.locator(".t-text").first()).toBeVisible();
    const file = await saved(page, panel.getByRole("button", { name: /^Download / }));
    expect(file.name).toBe(`nightly-ami-retention${suffix}`);
    expect(file.text).toBe(await text.evaluate((pre) => pre.textContent));
  }
});

test("a disabled policy does what enabling it would do, and says so wherever it is read", { tag: "@chromium" }, async ({ app, page }) => {
  const words = await app.headline.innerText();
  await app.field("/status").selectOption("DISABLED");
  await expect(page.locator("#disabled")).toHaveText("This policy is disabled: AWS does nothing. This is what enabling it would do.");
  await expect(app.headline).toHaveText(words);
  const panel = await open(page);
  await expect(panel.locator(".loss")).toContainText("Disabled, it does nothing. Once enabled: within 30 days it deletes ");
  const { name, text } = await saved(page, panel.getByRole("button", { name: "Markdown" }));
  expect(name).toBe("nightly-ami-retention-report-once-enabled.md");
  expect(text).toContain("This policy is disabled: AWS does nothing.");
  await page.keyboard.press("Escape");
  await app.field("/status").selectOption("ENABLED");
  await expect(page.locator("#disabled")).toHaveCount(0);
});

test("tabs are gone through with the arrows", async ({ app, page }) => {
  const panel = await open(page);
  await panel.getByRole("tab", { name: "Create request" }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(panel.getByRole("tab", { name: "CDK" })).toBeFocused();
  await expect(panel.getByRole("tab", { name: "CDK" })).toHaveAttribute("aria-selected", "true");
  await expect(panel.getByRole("tabpanel")).toContainText("CfnLifecyclePolicy");
});

test("an update of a policy that came with its ARN knows it", async ({ app, page }) => {
  const arn = "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/golden-ami-retention";
  const policy = JSON.parse(read("policy.json"));
  await app.import(JSON.stringify({ requestId: "a", lifecyclePolicy: { ...policy, arn } }));
  const panel = await open(page);
  await panel.getByRole("tab", { name: "Update request" }).click();
  await expect(page.locator("#export-arn")).toHaveValue(arn);
  await expect(page.locator("#export-text")).toContainText(`"lifecyclePolicyArn": "${arn}"`);
});

test("an update asks for the ARN of this policy, and remembers it", async ({ app, page }) => {
  let panel = await open(page);
  await panel.getByRole("tab", { name: "Update request" }).click();
  await expect(panel).toContainText("An update names the policy by its ARN");
  const arn = "arn:aws:imagebuilder:us-west-2:111122223333:lifecycle-policy/";
  await page.locator("#export-arn").fill(`${arn}another`);
  await expect(panel.getByRole("alert")).toContainText("another");
  await page.locator("#export-arn").fill(`${arn}nightly-ami-retention`);
  await expect(page.locator("#export-text")).toContainText('"lifecyclePolicyArn"');
  await page.reload();
  await app.settled();
  panel = await open(page);
  await panel.getByRole("tab", { name: "AWS CLI" }).click();
  await expect(page.locator("#export-text")).toContainText("update-lifecycle-policy");
  await page.keyboard.press("Escape");
  await app.field("/name").fill("renamed");
  panel = await open(page);
  await panel.getByRole("tab", { name: "AWS CLI" }).click();
  await expect(page.locator("#export-text")).toContainText("create-lifecycle-policy");
});

test("what AWS fills in is told", async ({ app, page }) => {
  const panel = await open(page);
  await panel.getByText("What AWS fills in").click();
  await expect(panel.locator(".filled")).toContainText("public AMIs are not spared");
});

test("the report is saved as CSV, JSON and Markdown, and the CSV is an inventory again", { tag: "@chromium" }, async ({ app, page }) => {
  const before = await app.counts();
  const panel = await open(page);
  const csv = await saved(page, panel.getByRole("button", { name: "CSV" }));
  expect(csv.name).toBe("nightly-ami-retention-report.csv");
  await expect(panel.getByRole("status")).toContainText("Saved nightly-ami-retention-report.csv");
  const deleted = csv.text.split("\n").filter((line) => line.includes(",IMAGE,") && line.includes(",DELETE,"));
  expect(deleted.length).toBe(before.DELETE);
  const json = JSON.parse((await saved(page, panel.getByRole("button", { name: "JSON", exact: true }))).text);
  expect(json.runs.length).toBe(1);
  const markdown = await saved(page, panel.getByRole("button", { name: "Markdown" }));
  expect(markdown.text).toContain("| verdict | image |");
  await page.keyboard.press("Escape");
  await page.locator("#load").click();
  await page.locator("#load-files").setInputFiles({ name: csv.name, mimeType: "text/csv", buffer: Buffer.from(csv.text) });
  await expect(page.locator("#load-panel .outcome")).toContainText(csv.name);
  await page.keyboard.press("Escape");
  await expect.poll(() => app.counts()).toEqual(before);
});

test("a sheet with the policy in words and the verdicts is printed, and nothing else", { tag: "@chromium" }, async ({ app, page }) => {
  await page.evaluate(() => (window.print = () => (window.printed = true)));
  const panel = await open(page);
  await panel.getByRole("button", { name: "Print" }).click();
  await page.waitForFunction(() => window.printed);
  const sheet = page.locator(".sheet");
  await expect(sheet).toBeHidden();
  await page.emulateMedia({ media: "print" });
  await expect(sheet).toContainText("Delete images 180 days old or older, but keep the newest 2");
  await expect(sheet).toContainText("Of recipe web-base x.x.x.");
  await expect(sheet.locator("tbody tr").first()).toContainText("deleted");
  await expect(page.locator("header")).toBeHidden();
  await expect(panel.getByRole("tab").first()).toBeHidden();
  await page.screenshot({ path: "test-results/looks/sheet.png", fullPage: true });
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await expect(sheet).toHaveCount(0);
});
