// Every member of the document has a control, and nothing that is typed gets lost.
import { expect, read, test } from "./page.mjs";

const exported = async (page) => {
  await page.keyboard.press("Control+s");
  const text = await page.locator("#export-text").innerText();
  await page.keyboard.press("Escape");
  return JSON.parse(text);
};

test("a policy is written from nothing, member by member", async ({ app, page }) => {
  await app.import("{}");
  await expect(app.validity).toHaveText(/✕ \d+ errors/);
  await app.field("/name").fill("from-nothing");
  await app.field("/description").fill("Written by hand");
  await app.field("/executionRole").fill("ImageBuilderLifecycleRole");
  await app.field("/status").selectOption("DISABLED");
  await app.field("/resourceType").selectOption("AMI_IMAGE");
  await page.getByRole("button", { name: "image tags" }).click();
  await page.getByLabel("Key of selecting tag 1").fill("Team");
  await page.getByLabel("Value of selecting tag 1").fill("web");

  await page.getByRole("switch", { name: "Delete rule" }).check();
  const rule = page.locator("fieldset.delete:not(.off)");
  await rule.getByRole("button", { name: "beyond newest" }).click();
  await app.field("/policyDetails/0/filter/value").fill("7");
  await rule.getByRole("button", { name: "at least" }).click();
  await app.field("/policyDetails/0/filter/value").fill("6");
  await app.field("/policyDetails/0/filter/unit").selectOption("MONTHS");
  await app.field("/policyDetails/0/filter/retainAtLeast").fill("3");
  const add = rule.getByRole("combobox", { name: "delete: add an exception" });
  await add.selectOption("image-tag");
  await page.getByLabel("Key of delete: excluded image tag 1").fill("Pin");
  await page.getByLabel("Value of delete: excluded image tag 1").fill("yes");
  await add.selectOption("region");
  await page.getByRole("combobox", { name: "Region 1" }).fill("us-east-1");
  await rule.getByRole("button", { name: "+ Region" }).click();
  await page.getByRole("combobox", { name: "Region 2" }).fill("eu-west-1");
  await add.selectOption("public");
  await add.selectOption("ami-tag");
  await page.getByLabel("Key of delete: excluded AMI tag 1").fill("Environment");
  await page.getByLabel("Value of delete: excluded AMI tag 1").fill("production");
  await add.selectOption("shared");
  await page.getByRole("textbox", { name: "account 1" }).fill("444455556666");
  await add.selectOption("launched");
  await app.field("/policyDetails/0/exclusionRules/amis/lastLaunched/value").fill("2");
  await app.field("/policyDetails/0/exclusionRules/amis/lastLaunched/unit").selectOption("WEEKS");
  await expect(add).toHaveCount(0);

  await page.getByText("Tags of the policy and request options").click();
  await page.locator("details.more").getByRole("button", { name: "+ tag" }).click();
  await page.getByLabel("Key of tag of the policy 1").fill("Purpose");
  await page.getByLabel("Value of tag of the policy 1").fill("cleanup");
  await app.field("/clientToken").fill("token-1");
  await app.field("/dryRun").check();

  await expect(app.validity).toHaveText(/✓ valid/);
  expect(await exported(page)).toEqual({
    name: "from-nothing",
    description: "Written by hand",
    status: "DISABLED",
    executionRole: "ImageBuilderLifecycleRole",
    resourceType: "AMI_IMAGE",
    policyDetails: [
      {
        action: { type: "DELETE", includeResources: { amis: true, snapshots: true } },
        filter: { type: "AGE", value: 6, unit: "MONTHS", retainAtLeast: 3 },
        exclusionRules: {
          tagMap: { Pin: "yes" },
          amis: {
            isPublic: true,
            regions: ["us-east-1", "eu-west-1"],
            sharedAccounts: ["444455556666"],
            lastLaunched: { value: 2, unit: "WEEKS" },
            tagMap: { Environment: "production" },
          },
        },
      },
    ],
    resourceSelection: { tagMap: { Team: "web" } },
    tags: { Purpose: "cleanup" },
    clientToken: "token-1",
    dryRun: true,
  });
});

test("a filter, a selection and a rule come back as they were", async ({ app, page }) => {
  const before = await exported(page);
  const rule = page.locator("fieldset.delete:not(.off)");
  await rule.getByRole("button", { name: "beyond newest" }).click();
  await rule.getByRole("button", { name: "at least" }).click();
  await page.getByRole("button", { name: "image tags" }).click();
  await page.getByRole("button", { name: "recipes", exact: true }).click();
  await page.getByRole("switch", { name: "Delete rule" }).uncheck();
  await expect(rule).toHaveCount(0);
  await page.getByRole("switch", { name: "Delete rule" }).check();
  expect(await exported(page)).toEqual(before);
});

test("edits are undone and redone, an import too", async ({ app, page }) => {
  await app.field("/name").fill("renamed");
  await app.import(read("policy.json"));
  await expect(app.field("/name")).toHaveValue("golden-ami-retention");
  await page.locator("body").click({ position: { x: 5, y: 400 } });
  await page.keyboard.press("Control+z");
  await expect(app.field("/name")).toHaveValue("renamed");
  await page.keyboard.press("Control+z");
  await expect(app.field("/name")).toHaveValue("nightly-ami-retention");
  await page.keyboard.press("Control+Shift+z");
  await page.getByRole("button", { name: "redo" }).click();
  await expect(app.field("/name")).toHaveValue("golden-ami-retention");
});

test("of two selectors the one that is chosen stays", async ({ app, page }) => {
  const policy = JSON.parse(read("policy.json"));
  policy.resourceSelection.tagMap = { Team: "web" };
  await app.import(JSON.stringify(policy));
  await expect(app.problems).toContainText("only one of them");
  await page.getByRole("button", { name: "recipes", exact: true }).click();
  await expect(app.validity).toHaveText(/✓ valid/);
  await expect(page.getByLabel("Recipe 1 name")).toHaveValue("web-base");
});

test("the keyboard stays where it is when a rule or a choice changes", async ({ app, page }) => {
  const off = page.getByRole("switch", { name: "Disable rule" });
  await off.focus();
  await page.keyboard.press("Space");
  await expect(off).not.toBeChecked();
  await expect(off).toBeFocused();
  await page.keyboard.press("Space");
  await expect(off).toBeChecked();
  const unit = app.field("/policyDetails/0/filter/unit");
  await unit.focus();
  await unit.selectOption("WEEKS");
  await expect(unit).toBeFocused();
  await expect(unit).toHaveValue("WEEKS");
  await page.keyboard.press("Control+z");
  await expect(unit).toHaveValue("DAYS");
});

test("a half-typed double key keeps both tags", async ({ app, page }) => {
  await page.getByRole("button", { name: "image tags" }).click();
  await page.getByLabel("Key of selecting tag 1").fill("Team");
  await page.getByRole("button", { name: "+ tag" }).first().click();
  await page.getByLabel("Key of selecting tag 2").pressSequentially("Team");
  await page.getByLabel("Value of selecting tag 2").fill("b");
  await expect(app.problems).toContainText("Team");
  await page.getByLabel("Key of selecting tag 2").pressSequentially("2");
  await expect(page.getByLabel("Key of selecting tag 1")).toHaveValue("Team");
  await expect(page.getByLabel("Value of selecting tag 2")).toHaveValue("b");
});

test("a wrapped policy is edited in its wrapper", async ({ app, page }) => {
  const arn = "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/golden-ami-retention";
  await app.import(JSON.stringify({ lifecyclePolicy: { arn, ...JSON.parse(read("policy.json")) } }));
  await app.field("/lifecyclePolicy/policyDetails/0/filter/value").fill("0");
  await app.problems.getByRole("button", { name: "Deprecate rule, age or number" }).click();
  await expect(app.field("/lifecyclePolicy/policyDetails/0/filter/value")).toBeFocused();
});

test("a text that is no policy is said so with its place, and stays typed", async ({ app, page }) => {
  await page.locator("#open-document").click();
  await page.locator("#document-text").fill('{\n  "name": ]');
  await expect(page.locator("#document-findings")).toContainText("line 2, column 11: not valid JSON: expected value");
  await expect(page.locator("#document-status")).toContainText("No policy is found in this text");
  await expect(page.locator("#document-text")).toHaveValue('{\n  "name": ]');
  await expect(app.field("/name")).toHaveValue("nightly-ami-retention");
});

test("every problem leads to a place on the page", async ({ app, page }) => {
  await app.import(
    JSON.stringify({
      name: "x",
      executionRole: "arn:nothing",
      resourceType: "CONTAINER_IMAGE",
      unknown: 1,
      policyDetails: [
        {
          action: { type: "DELETE", includeResources: { snapshots: true } },
          filter: { type: "AGE", value: 0, retainAtLeast: 11 },
          exclusionRules: { tagMap: {}, amis: { regions: [""], sharedAccounts: ["1"], lastLaunched: { value: 366 } } },
        },
        { action: { type: "DEPRECATE" }, filter: { type: "COUNT", value: 3 } },
        { action: { type: "SHRED" }, filter: {} },
      ],
      resourceSelection: { recipes: [{ name: "a", semanticVersion: "1.0" }], tagMap: { "aws:x": "y" } },
    }),
  );
  await expect(app.problems.locator("li").nth(12)).toBeAttached();
  for (const where of await app.problems.locator(".where").all()) {
    const label = await where.innerText();
    await where.click();
    const focused = await page.evaluate(() => document.activeElement.id);
    // An unknown member of the whole document has no control of its own.
    expect(focused, label).toMatch(label === "unknown" ? /^open-document$/ : /^\//);
  }
});

test("fields offer what the inventory knows, with how many images it stands for", async ({ app, page }) => {
  await app.load("images.json");
  const list = await app.field("/resourceSelection/recipes/0/name").getAttribute("list");
  const option = page.locator(`datalist[id="${list}"] option`);
  const offered = await option.evaluateAll((options) => options.map((option) => [option.value, option.label]));
  expect(offered).toContainEqual(["web-base", expect.stringMatching(/^\d+ images$/)]);
});

test("a remedy is one click, and undo takes it back", async ({ app, page }) => {
  const rule = { action: { type: "DELETE" }, filter: { type: "AGE", value: 90, unit: "DAYS" } };
  await app.import(JSON.stringify({ name: "x", executionRole: "Role", resourceType: "AMI_IMAGE", resourceSelection: { tagMap: { Team: "web" } }, policyDetails: [{ ...rule, filter: { ...rule.filter, type: "COUNT" } }] }));
  const fix = app.problems.locator(".fix").first();
  await expect(fix).toContainText("Fix: ");
  const before = await app.problems.locator("li").count();
  await fix.click();
  await expect(app.problems.locator("li")).not.toHaveCount(before);
  await page.getByRole("button", { name: "undo" }).click();
  await expect(app.problems.locator("li")).toHaveCount(before);
});

test("an exception is chosen by the keyboard, and its first field has it", async ({ app, page }) => {
  const add = page.getByRole("combobox", { name: "deprecate: add an exception" });
  await add.focus();
  await page.keyboard.press("ArrowDown");
  await expect(app.field("/policyDetails/0/exclusionRules/tagMap")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await add.selectOption("image-tag");
  await expect(page.getByLabel("Key of deprecate: excluded image tag 1")).toBeFocused();
  await page.keyboard.type("Retain");
  await expect(page.getByLabel("Key of deprecate: excluded image tag 1")).toHaveValue("Retain");
});

test("a policy that selects nothing takes over the recipes of the inventory", async ({ app, page }) => {
  await app.load("images.json");
  await app.field("/resourceSelection/recipes/0/name").fill("no-such-recipe");
  await page.locator("#select-known").getByRole("button").click();
  await expect(page.locator("#select-known")).toHaveCount(0);
  await expect(app.headline).not.toContainText("nothing happens");
  await expect(page.locator("[id='/resourceSelection/recipes'] .selector").first().locator(".cnt")).toHaveText(/\d+ images?/);
  // Neither those of containers nor of imported images, which the policy cannot select.
  await expect(app.problems).not.toContainText("was built from a recipe");
  await page.getByRole("button", { name: "undo", exact: true }).click();
  await expect(app.field("/resourceSelection/recipes/0/name")).toHaveValue("no-such-recipe");
});

test("undo takes an edit back from wherever nothing is typed", async ({ app, page }) => {
  const value = app.field("/policyDetails/0/filter/value");
  const undo = async (where, key = "Control+z") => {
    await where.focus();
    await page.keyboard.press(key);
  };
  const before = await value.inputValue();
  await page.locator("#search").fill("web");
  await value.fill("77");
  await undo(page.getByRole("slider").first());
  await expect(value).toHaveValue(before);
  await expect(page.locator("#search")).toHaveValue("web");
  await undo(page.getByRole("slider").first(), "Control+Shift+Z");
  await expect(value).toHaveValue("77");
  await undo(page.locator("#export"));
  await expect(value).toHaveValue(before);
  await value.fill("78");
  // Typed, for what a script fills in is no step for every browser.
  await page.locator("#search").press("End");
  await page.keyboard.type("-db");
  await undo(page.locator("#search"));
  await expect(page.locator("#search"), "a text has an undo of its own").not.toHaveValue("web-db");
  await expect(value).toHaveValue("78");
});

test("versions of the recipe and values of the key are offered, of AMIs those of AMIs", async ({ app, page }) => {
  await app.load("images.json", "amis.json");
  const offered = async (input) => {
    const list = await input.getAttribute("list");
    return page.locator(`[id="${list}"] option`).evaluateAll((options) => options.map((option) => option.value));
  };
  await app.field("/resourceSelection/recipes/0/name").fill("web-base");
  const version = app.field("/resourceSelection/recipes/0/semanticVersion");
  await expect.poll(async () => (await offered(version))[0]).toBe("x.x.x");
  expect(await offered(version)).toContain("1.x.x");
  await page.getByRole("combobox", { name: "delete: add an exception" }).selectOption("ami-tag");
  const key = page.getByLabel("Key of delete: excluded AMI tag 1");
  await expect.poll(() => offered(key)).toContain("CreatedBy");
  await key.fill("CreatedBy");
  await expect.poll(() => offered(page.getByLabel("Value of delete: excluded AMI tag 1"))).toContain("EC2 Image Builder");
});

test("a new policy is to be filled in, and what is emptied is an error", async ({ app, page }) => {
  await page.locator("#policies").click();
  await page.getByRole("button", { name: "New policy" }).click();
  await page.keyboard.press("Escape");
  await expect(app.validity).toHaveText("○ 3 to fill in");
  await expect(app.problems.locator(".bad")).toHaveCount(0);
  await expect(app.problems).toContainText("the IAM role that the policy runs as");
  await expect(page.locator(".see .lead")).toContainText("as soon as it is filled in");
  await app.field("/executionRole").fill("Role");
  await expect(app.validity).toHaveText("○ 2 to fill in");
  await app.field("/executionRole").fill("");
  await expect(app.validity).toHaveText("✕ 1 error");
});

test("two exceptions that are lost alike are told apart", async ({ app, page }) => {
  const age = (action, value, amis) => ({
    action: { type: action, includeResources: action === "DELETE" ? { amis: true, snapshots: true } : { amis: true } },
    filter: { type: "AGE", value, unit: "DAYS", ...(action === "DELETE" ? { retainAtLeast: 1 } : {}) },
    ...(amis ? { exclusionRules: { amis } } : {}),
  });
  const amis = { isPublic: true, sharedAccounts: ["123456789012"] };
  await app.import(JSON.stringify({ name: "told-apart", executionRole: "Role", resourceType: "AMI_IMAGE", resourceSelection: { recipes: [{ name: "web-base", semanticVersion: "x.x.x" }] }, policyDetails: [age("DISABLE", 90), age("DELETE", 180, amis)] }));
  await expect(app.problems.getByRole("button", { name: "Delete rule, exception for public AMIs" })).toBeVisible();
  await expect(app.problems.getByRole("button", { name: "Delete rule, exception for shared AMIs" }).first()).toBeVisible();
  await page.keyboard.press("Control+s");
  const warnings = page.locator("#export-panel .loss + .warnings li");
  await expect(warnings.filter({ hasText: "takes launch permissions away" })).toHaveCount(2);
  const told = await warnings.allInnerTexts();
  expect(new Set(told).size).toBe(told.length);
});
