// Compiled in a project that holds nothing but the package.

import init, {
  AfterimageError,
  ImageBuilderService,
  Inventory,
  checkPolicy,
  compare,
  convertPolicy,
  explain,
  forecast,
  parsePolicy,
  simulate,
} from "afterimage-wasm";
import type { Diagnostic, LoadProgress, Reason, Report, RequestHandler, Verdict } from "afterimage-wasm";
import * as bundler from "afterimage-wasm/bundler";
import * as web from "afterimage-wasm/web";

/** Neither `any` nor `unknown` is exactly something else. */
type Exactly<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<T extends true>(): T | undefined {
  return undefined;
}

await init();
const now = new Date("2026-11-23T12:00:00Z");
const bytes = new Uint8Array();
const stream = new Blob([bytes]).stream();
using inventory = await Inventory.load([bytes, { name: "amis.json", data: stream }, new File([], "a.json")], {
  onProgress: (progress) => is<Exactly<typeof progress, LoadProgress>>(),
  signal: AbortSignal.timeout(1000),
});
const parsed = parsePolicy("{}", { resource: "Nightly" });
const report = simulate(parsed.policy, inventory, { now, days: 3, prices: { snapshot: 0.05 } });
is<Exactly<typeof report, Report>>();
const image = report.runs[0]?.images[0];
if (image) {
  is<Exactly<typeof image.verdict, Verdict>>();
  is<Exactly<typeof image.rule, number | null>>();
  const why = explain("{}", inventory, { now: "2026-11-23T12:00:00Z", image: image.arn });
  if ("not" in why.considered) is<Exactly<typeof why.considered.not, Reason>>();
}
is<Exactly<keyof typeof report.runs[0] & "summary", "summary">>();
const foreseen = forecast("{}", inventory, { now, builds: { general: "observed", recipes: { web: 7 } } });
is<Exactly<(typeof foreseen.images)[0]["deleted"], string | null>>();
const compared = compare({ policy: "{}", inventory }, { policy: parsed.policy, inventory }, { now });
is<Exactly<typeof compared.onlyAfter, string[]>>();
is<Exactly<ReturnType<typeof convertPolicy>["text"], string>>();
checkPolicy("{}", { inventory, now, assume: { "tie-break": "lower-build" } });
try {
  convertPolicy("{}", { to: "terraform" });
} catch (error) {
  if (error instanceof AfterimageError) is<Exactly<typeof error.diagnostics, readonly Diagnostic[]>>();
}
const service = new ImageBuilderService({ inventory, now, secondsPerResource: 60, resourcesPerRun: 5 });
is<Exactly<typeof service.requestHandler, RequestHandler>>();
service.advance({ days: 3 });
service.advanceTo(now);
is<Exactly<typeof service.now, string>>();
ImageBuilderService.restore(service.state()).free();
is<Exactly<typeof web.simulate, typeof simulate>>();
is<Exactly<typeof bundler.simulate, typeof simulate>>();

// @ts-expect-error An instant is wanted.
simulate("{}", inventory, {});
// @ts-expect-error There is no such option.
simulate("{}", inventory, { now, dayz: 1 });
// @ts-expect-error There is no such notation.
convertPolicy("{}", { to: "yaml" });
// @ts-expect-error There is no such answer.
simulate("{}", inventory, { now, assume: { "tie-break": "coin" } });
// @ts-expect-error With an inventory, an instant is wanted.
checkPolicy("{}", { inventory });
// @ts-expect-error Text is no export.
await Inventory.load("images.json");
// @ts-expect-error An inventory is loaded, not made.
new Inventory();
