// A policy as text: edited while it is typed, and brought in from any notation by paste, file and drop.
import { gzipSync } from "node:zlib";
import { expect, test } from "./page.mjs";

const text = (page) => page.locator("#document-text");
const status = (page) => page.locator("#document-status");

/** The sample in one of the export's notations. */
async function written(page, notation) {
  await page.locator("#export").click();
  await page.getByRole("tab", { name: notation }).click();
  const shown = page.locator("#export-text");
  await expect(shown).toContainText(notation === "Terraform" ? "resource \"aws" : "LifecyclePolicy");
  const whole = await shown.innerText();
  await page.keyboard.press("Escape");
  return whole;
}

test("what is typed as JSON is the policy at once, and one undo takes the typing back", async ({ app, page }) => {
  await page.locator("#open-document").click();
  const before = await text(page).inputValue();
  const policy = JSON.parse(before);
  policy.policyDetails[0].filter.value = 45;
  await text(page).fill(JSON.stringify(policy));
  await expect(app.field("/policyDetails/0/filter/value")).toHaveValue("45");
  await expect(status(page)).toContainText("✓ This is the policy that is edited.");
  // Typed as it is typed: not laid out anew under the hands.
  await text(page).press("End");
  await text(page).pressSequentially("  ");
  expect(await text(page).inputValue()).toBe(`${JSON.stringify(policy)}  `);
  // An edit in the form shows in the text.
  await app.field("/policyDetails/0/filter/value").fill("46");
  await expect(text(page)).toHaveValue(/"value": 46/);
  const undo = page.getByRole("button", { name: "undo", exact: true });
  await undo.click();
  await undo.click();
  await expect(text(page)).toHaveValue(before);
  await expect(undo).toBeDisabled();
});

test("what is wrong in the text is named with its place, and leads there", async ({ app, page }) => {
  await page.locator("#open-document").click();
  const broken = (await text(page).inputValue()).replace('"ENABLED"', '"ON"');
  await text(page).fill(broken);
  const finding = page.locator("#document-findings li").filter({ hasText: "ON" });
  const line = broken.split("\n").findIndex((line) => line.includes('"ON"'));
  await finding.getByRole("button", { name: `line ${line + 1}, column 13` }).click();
  expect(await text(page).evaluate((area) => area.value.slice(area.selectionStart, area.selectionStart + 4))).toBe('"ON"');
  await expect(text(page)).toBeFocused();
  // And beside the field, in a few words.
  await page.keyboard.press("Escape");
  await expect(page.locator(".beside").filter({ hasText: "✕" })).toBeVisible();
});

for (const notation of ["CloudFormation YAML", "CloudFormation JSON", "Terraform"]) {
  test(`a policy in ${notation} is recognised and used`, async ({ app, page }) => {
    const whole = await written(page, notation);
    await app.field("/policyDetails/0/filter/value").fill("33");
    await page.locator("#open-document").click();
    await text(page).fill(whole);
    await expect(status(page)).toContainText(`✓ A policy in ${notation}.`);
    await expect(app.field("/policyDetails/0/filter/value")).toHaveValue("33");
    await expect(page.locator("#document-filled")).toContainText("What AWS fills in");
    await page.getByRole("button", { name: "Use it in place of the open policy" }).click();
    await expect(app.field("/policyDetails/0/filter/value")).toHaveValue("90");
    await page.getByRole("button", { name: "undo", exact: true }).click();
    await expect(app.field("/policyDetails/0/filter/value")).toHaveValue("33");
  });
}

test("a command that updates a policy is taken over with the ARN of that policy", async ({ app, page }) => {
  const arn = "arn:aws:imagebuilder:us-west-2:111122223333:lifecycle-policy/nightly-ami-retention";
  await page.locator("#export").click();
  await page.getByRole("tab", { name: "AWS CLI" }).click();
  await page.locator("#export-arn").fill(arn);
  await expect(page.locator("#export-text")).toContainText("update-lifecycle-policy");
  const command = await page.locator("#export-text").innerText();
  await page.locator("#export-arn").fill("");
  await page.keyboard.press("Escape");
  await page.locator("#open-document").click();
  await text(page).fill(command);
  await page.getByRole("button", { name: "Use it in place of the open policy" }).click();
  await expect(text(page)).toHaveValue(new RegExp(`"lifecyclePolicyArn": "${arn}"`));
  await page.keyboard.press("Escape");
  await expect(page.locator("#policies")).toContainText("nightly-ami-retention");
  await page.locator("#export").click();
  await expect(page.getByRole("tab", { name: "Update request" })).toHaveAttribute("aria-selected", "true");
  await expect(page.locator("#export-arn")).toHaveValue(arn);
});

test("of several policies in a configuration one is chosen, and kept beside the open one", async ({ app, page }) => {
  const one = await written(page, "Terraform");
  const label = one.match(/"aws_imagebuilder_lifecycle_policy" "([^"]+)"/)[1];
  const two = `${one}\n${one.replace(`"${label}"`, '"second"').replace("= 90", "= 77")}`;
  await page.locator("#open-document").click();
  await text(page).fill(two);
  await expect(page.locator("#document-choice option").last()).toHaveText(/^.+ \(.+\)$/);
  await page.locator("#document-choice").selectOption("second");
  await expect(status(page)).toContainText("✓ A policy in Terraform.");
  await page.getByRole("button", { name: "Keep it as a policy of its own" }).click();
  await expect(app.field("/policyDetails/0/filter/value")).toHaveValue("77");
  await expect(page.locator("#policies")).toContainText("2");
});

test("a policy that is dropped on the page is shown as one, and an export is still an inventory", async ({ app, page }) => {
  const whole = await written(page, "CloudFormation YAML");
  const drop = (name, content) =>
    page.evaluate(([name, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([Array.isArray(content) ? new Uint8Array(content) : content], name));
      window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }, [name, content]);
  await drop("policy.yaml", whole);
  await expect(page.locator("#document-panel")).toBeVisible();
  await expect(text(page)).toHaveValue(whole);
  await expect(status(page)).toContainText("✓ A policy in CloudFormation YAML.");
  await drop("images.json", '{"imageSummaryList": []}');
  await expect(page.locator("#load-panel")).toBeVisible();
  const named = (name) => whole.replace(/Name: .*/, `Name: ${name}`);
  await drop("utf-16.yaml", [...Buffer.from(`\ufeff${named("in-utf-16")}`, "utf16le")]);
  await expect(text(page)).toHaveValue(named("in-utf-16"));
  await drop("policy.yaml.gz", [...gzipSync(named("in-gzip"))]);
  await expect(text(page)).toHaveValue(named("in-gzip"));
  await page.locator("#document-file").setInputFiles({
    name: "utf-16.yaml", mimeType: "text/yaml", buffer: Buffer.from(`\ufeff${named("chosen")}`, "utf16le"),
  });
  await expect(text(page)).toHaveValue(named("chosen"));
});

test("a template is made with the role and the selection of the open policy", async ({ app, page }) => {
  const role = await app.field("/executionRole").inputValue();
  await page.locator("#policies").click();
  await page.getByRole("button", { name: "Guarded delete" }).click();
  await expect(app.field("/name")).toHaveValue("guarded-delete");
  await expect(app.field("/executionRole")).toHaveValue(role);
  await page.keyboard.press("Escape");
  await app.settled();
  await expect(app.validity).toContainText("valid");
  await expect(app.headline).toContainText("deleted");
  await page.locator("#policies").click();
  await page.getByRole("button", { name: "Guarded delete", exact: true }).click();
  await expect(app.field("/name")).toHaveValue("guarded-delete copy");
});

test("a role that only Terraform knows is stood for, and a text with errors is not taken over", async ({ app, page }) => {
  const whole = (await written(page, "Terraform")).replace(/execution_role\s*=.*/, "execution_role = var.role");
  await page.locator("#open-document").click();
  await text(page).fill(whole.replace('"DAYS"', '"DAY"'));
  await expect(status(page)).toContainText("with 1 error. Mend the text to use it.");
  await expect(page.getByRole("button", { name: "Use it in place of the open policy" })).toHaveCount(0);
  await text(page).fill(whole);
  await expect(status(page)).toContainText("PLACEHOLDER-execution-role stands for it");
  await page.getByRole("button", { name: "Use it in place of the open policy" }).click();
  await expect(app.field("/executionRole")).toHaveValue("PLACEHOLDER-execution-role");
  await expect(app.validity).toContainText("valid");
  // It stays in sight until it is replaced, in the export too.
  const problem = app.problems.locator("[data-code=stand-in]");
  await expect(problem).toContainText("PLACEHOLDER-execution-role stands for a value");
  await page.locator("#export").click();
  await expect(page.locator("#export-panel .warnings").first()).toContainText("PLACEHOLDER-execution-role stands for a value");
  await expect(page.locator("#export-panel .warnings li").first(), "not squeezed out by what is below").toBeInViewport();
  const origin = page.locator("#export-panel .origin");
  await expect(origin).toContainText("taken over from Terraform");
  await expect(origin.getByRole("listitem")).toContainText("var.role");
  await page.keyboard.press("Escape");
  await problem.locator(".where").click();
  await expect(app.field("/executionRole")).toBeFocused();
  await app.field("/executionRole").fill("Mine");
  await expect(problem).toHaveCount(0);
  await page.getByRole("button", { name: "undo", exact: true }).click();
  await page.getByRole("button", { name: "undo", exact: true }).click();
  await page.locator("#export").click();
  await expect(page.locator("#export-text")).toBeVisible();
  await expect(origin).toHaveCount(0);
  await page.getByRole("button", { name: "redo", exact: true }).click();
  await page.reload();
  await page.locator("#export").click();
  await expect(origin.getByRole("listitem"), "a reload keeps what was left out").toContainText("var.role");
});
