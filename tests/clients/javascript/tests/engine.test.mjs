// The engine in Node: it answers what the command answers, and fails as errors should.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createReadStream, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import init, {
  AfterimageError,
  Inventory,
  checkPolicy,
  compare,
  convertPolicy,
  explain,
  forecast,
  parsePolicy,
  simulate,
} from "afterimage-wasm";

const fixtures = new URL("../../../fixtures/", import.meta.url);
const exports = ["images.json", "amis.json", "launch-permissions.json"];
const now = "2026-11-23T12:00:00Z";
const file = (name) => readFileSync(new URL(name, fixtures));
const policy = file("policy.json").toString();
const stricter = policy.replace('"value": 180', '"value": 150');
const load = (options) => Inventory.load(exports.map((name) => ({ name, data: file(name) })), options);

/** What the command prints as JSON. */
function command(name, args, input = policy) {
  const inventory = exports.flatMap((name) => ["--inventory", name]);
  const all = [name, "--policy", "-", ...args, ...(name === "convert" ? [] : inventory)];
  try {
    return execFileSync(process.env.AFTERIMAGE, all, { cwd: fixtures, input, stdio: ["pipe", "pipe", "ignore"] });
  } catch (error) {
    // A policy with errors ends the command with 1, and is reported all the same.
    return error.stdout;
  }
}
const asked = (name, ...args) => JSON.parse(command(name, [...args, "--format", "json"]));

test("answers are those of the command", async () => {
  const inventory = await load();
  const prices = ["--price-snapshot", "0.05", "--price-ecr", "0.1"];
  assert.deepEqual(
    simulate(policy, inventory, { now: new Date(now), days: 3, prices: { snapshot: 0.05, ecr: 0.1 } }),
    asked("simulate", "--now", now, "--days", "3", ...prices),
  );
  const assume = { "tie-break": "lower-build", "month-arithmetic": "fixed-days" };
  const assumed = Object.entries(assume).flatMap(([name, value]) => ["--assume", `${name}=${value}`]);
  assert.deepEqual(simulate(policy, inventory, { now, assume }), asked("simulate", "--now", now, ...assumed));
  const builds = { general: "observed", recipes: { "web-base": 7, "data-node": "none" } };
  const expected = ["observed", "web-base=7d", "data-node=none"].flatMap((cadence) => ["--builds", cadence]);
  assert.deepEqual(
    forecast(policy, inventory, { now, days: 200, builds }),
    asked("forecast", "--now", now, "--days", "200", ...expected),
  );
  const later = await Inventory.load({ name: "images.json", data: file("images.json") });
  assert.deepEqual(
    compare({ policy, inventory }, { policy, inventory: later }, { now }),
    asked("compare", "--with-inventory", "images.json", "--now", now),
  );
  assert.deepEqual(
    checkPolicy(policy, { inventory, now }).diagnostics,
    asked("check", "--now", now).diagnostics,
  );
  for (const to of ["create", "cli", "cloudformation", "cloudformation-yaml", "terraform", "cdk"]) {
    assert.equal(convertPolicy(policy, { to }).text, command("convert", ["--to", to]).toString(), to);
  }
});

test("another policy is compared", async () => {
  const inventory = await load();
  const { summary, images } = compare({ policy, inventory }, { policy: stricter, inventory }, { now });
  assert.ok(summary.changed > 0 && images.length === summary.changed);
  assert.ok(images.every((image) => image.changes.length > 0));
});

test("every verdict of the report is explained alike", async () => {
  const inventory = await load();
  const { runs } = simulate(policy, inventory, { now, days: 2 });
  for (const [days, run] of runs.entries()) {
    for (const image of run.images) {
      const why = explain(policy, inventory, { now, days, image: image.arn });
      assert.deepEqual([why.at, why.image], [run.at, image]);
      assert.equal("not" in why.considered, image.verdict === "IGNORE");
      const acting = why.rules.filter((rule) => rule.finding === "ACTS");
      assert.deepEqual(acting.map((rule) => rule.action), image.rule === null || ["KEEP", "SKIP"].includes(image.verdict) ? [] : [image.verdict]);
    }
  }
  const [gone] = runs[0].images.filter((image) => image.verdict === "DELETE" && image.status === "SUCCESS");
  assert.throws(() => explain(policy, inventory, { now, days: 1, image: gone.arn }), {
    name: "AfterimageError",
    message: `an earlier run deletes \`${gone.arn}\``,
  });
});

test("a policy is parsed from any notation, and from an object", () => {
  const parsed = parsePolicy(policy);
  assert.deepEqual(parsed.policy, JSON.parse(policy));
  for (const to of ["cli", "cloudformation-yaml", "terraform"]) {
    assert.deepEqual(parsePolicy(convertPolicy(policy, { to }).text).policy, parsed.policy, to);
  }
  assert.deepEqual(parsePolicy(parsed.policy), parsed);
  assert.equal(parsed.notation, "API JSON");
  const two = convertPolicy(policy, { to: "terraform" }).text;
  assert.deepEqual(parsePolicy(two + two.replace(/"golden_ami_retention"/, '"other"'), { resource: "other" }).policy, parsed.policy);
});

test("a policy with errors is an error with its diagnostics, but to check it is an answer", async () => {
  const inventory = await load();
  const wrong = policy.replace('"unit": "DAYS"', '"unit": "DAY"');
  const { diagnostics } = checkPolicy(wrong);
  const [first] = diagnostics;
  assert.equal(first.severity, "error");
  const questions = [
    () => parsePolicy(wrong),
    () => convertPolicy(wrong, { to: "cli" }),
    () => simulate(wrong, inventory, { now }),
    () => forecast(wrong, inventory, { now }),
    () => compare({ policy, inventory }, { policy: wrong, inventory }, { now }),
    () => explain(wrong, inventory, { now, image: "arn" }),
  ];
  for (const question of questions) {
    assert.throws(question, (error) => {
      assert.ok(error instanceof AfterimageError && error instanceof Error);
      assert.deepEqual(error.diagnostics, diagnostics);
      assert.equal(error.message, `${first.path}: ${first.message}`);
      assert.equal(error.help, first.help);
      return true;
    });
  }
});

test("options that cannot be used are named, and what is no policy is a TypeError", async () => {
  const inventory = await load();
  const refused = (message) => ({ name: "AfterimageError", message });
  assert.throws(() => simulate(policy, inventory, {}), refused("the options cannot be used: missing field `now`"));
  assert.throws(() => simulate(policy, inventory, { now: new Date(NaN) }), refused(/`now` cannot be used/));
  assert.throws(() => simulate(policy, inventory, { now, dayz: 1 }), refused(/`dayz` cannot be used/));
  assert.throws(() => simulate(policy, inventory, { now, days: 0.5 }), refused(/`days` cannot be used/));
  assert.throws(() => convertPolicy(policy, { to: "yaml" }), refused(/`to` cannot be used/));
  assert.throws(() => simulate(undefined, inventory, { now }), TypeError);
  assert.throws(() => simulate(policy, {}, { now }), TypeError);
});

test("exports come as bytes, blobs, streams of the web and of Node, packed or not", async () => {
  const bytes = file("images.json");
  const once = (data) => new ReadableStream({ start: (stream) => (stream.enqueue(data), stream.close()) });
  const all = [
    bytes,
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    new Blob([bytes]),
    new File([gzipSync(bytes)], "images.json.gz"),
    once(bytes),
    createReadStream(new URL("images.json", fixtures), { highWaterMark: 100 }),
    (async function* () {
      for (let at = 0; at < bytes.length; at += 997) yield bytes.subarray(at, at + 997);
    })(),
  ];
  const { runs } = asked("simulate", "--now", now, "--inventory", "images.json");
  const images = runs[0].images.map(({ arn }) => arn);
  for (const data of all) {
    const inventory = await Inventory.load({ name: "images.json", data });
    const [run] = simulate(policy, inventory, { now }).runs;
    assert.deepEqual(run.images.map(({ arn }) => arn), images);
    assert.deepEqual(inventory.skipped.map(({ source }) => source), ["images.json"]);
  }
  // A file has a name of its own.
  assert.equal((await Inventory.load(new File([bytes], "own.json"))).skipped[0].source, "own.json");
  await assert.rejects(Inventory.load("images.json"), TypeError);
  await assert.rejects(Inventory.load(undefined), TypeError);
  await assert.rejects(Inventory.load(createReadStream(new URL("images.json", fixtures), "utf8")), TypeError);
});

test("an export that cannot be read is named, and broken elements are listed", async () => {
  const source = { name: "broken.json", data: Buffer.from('{"imageSummaryList": [') };
  await assert.rejects(Inventory.load([file("images.json"), source]), (error) => {
    assert.ok(error instanceof AfterimageError);
    assert.equal(error.source, "broken.json");
    assert.match(error.message, /^broken\.json: /);
    assert.ok(error.help.length > 0);
    return true;
  });
  const skipping = { name: "some.json", data: Buffer.from('{"imageSummaryList": [{"arn": 7}]}') };
  const inventory = await Inventory.load([file("images.json"), skipping]);
  assert.deepEqual(
    inventory.skipped.map(({ source, path }) => ({ source, path })),
    [
      { source: "export 1", path: "/imageSummaryList/31" },
      { source: "some.json", path: "/imageSummaryList/0" },
    ],
  );
  assert.equal(inventory.images, 58);
});

test("loading tells how far it is", async () => {
  const images = file("images.json");
  const long = Buffer.concat([Buffer.alloc(9 * 1024 * 1024, " "), images]);
  const seen = [];
  const sources = [{ name: "long", data: long }, createReadStream(new URL("amis.json", fixtures))];
  await Inventory.load(sources, { onProgress: (progress) => seen.push(progress) });
  const first = seen.filter(({ source }) => source === "long");
  assert.deepEqual(first.map(({ bytes }) => bytes), [4 << 20, 8 << 20, long.length]);
  assert.ok(first.every(({ total }) => total === long.length));
  assert.deepEqual([first[0].rows, first[2].rows > 0], [0, true]);
  const second = seen.filter(({ source }) => source === "export 2");
  assert.ok(second.length > 0 && second.every(({ total }) => total === undefined));
  assert.equal(second.at(-1).bytes, file("amis.json").length);
});

test("loading is cancelled: before it begins, between pieces, and while no bytes come", async () => {
  const reason = new Error("enough");
  await assert.rejects(load({ signal: AbortSignal.abort(reason) }), reason);
  const between = new AbortController();
  const seen = [];
  const onProgress = ({ bytes }) => {
    seen.push(bytes);
    setTimeout(() => between.abort(reason));
  };
  const long = new Uint8Array(64 << 20).fill(32);
  await assert.rejects(Inventory.load(long, { signal: between.signal, onProgress }), reason);
  assert.ok(seen.length < 16, `${seen.length} pieces were read`);
  const waiting = new AbortController();
  let closed;
  const silent = new ReadableStream({ cancel: (why) => (closed = why) });
  setTimeout(() => waiting.abort(reason));
  await assert.rejects(Inventory.load(silent, { signal: waiting.signal }), reason);
  assert.equal(closed, reason);
});

test("a freed inventory is refused, and freeing twice does nothing", async () => {
  const inventory = await load();
  inventory.free();
  inventory.free();
  assert.throws(() => simulate(policy, inventory, { now }), { message: "the inventory was freed" });
});

test("there is nothing to initialise in Node", () => init());
