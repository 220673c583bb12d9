// The questions about policies.

import { type Inventory, raw } from "./inventory.js";
import { type Module, ask } from "./module.js";
import type {
  CheckInventoryOptions,
  CheckedPolicy,
  Comparison,
  ConvertOptions,
  ConvertedPolicy,
  ExplainOptions,
  Explanation,
  Forecast,
  ForecastOptions,
  ParsedPolicy,
  PolicyOptions,
  Report,
  SimulateOptions,
} from "./types.js";

/**
 * A policy: text in any notation (a request or a response of the API as JSON, a command of the AWS CLI, a
 * CloudFormation template, a Terraform configuration), or a request of the API as an object.
 */
export type PolicyInput = string | object;

/** Checks a policy for an inventory too. */
export type CheckOptions = PolicyOptions | (CheckInventoryOptions & { inventory: Inventory });

/** A policy and the inventory that it is applied to. */
export interface ComparisonSide {
  policy: PolicyInput;
  inventory: Inventory;
}

/**
 * Reads a policy in any notation.
 *
 * @throws {AfterimageError} With the diagnostics of a policy that has errors.
 */
export function parsePolicy(policy: PolicyInput, options: PolicyOptions = {}): ParsedPolicy {
  const [given, wanted] = [text(policy), json(options)];
  return answer((module) => module.parsePolicy(given, wanted));
}

/** Says what is wrong or surprising about a policy. Errors of the policy are answers, not exceptions. */
export function checkPolicy(policy: PolicyInput, options: CheckOptions = {}): CheckedPolicy {
  const { inventory, ...more } = { inventory: undefined, ...options };
  const [given, wanted] = [text(policy), json(more)];
  if (inventory === undefined) return answer((module) => module.checkPolicy(given, wanted));
  return answer((module) => module.checkInventory(given, raw(inventory), wanted));
}

/**
 * Writes a policy in another notation.
 *
 * @throws {AfterimageError} With diagnostics, when the policy has errors or the notation cannot say it.
 */
export function convertPolicy(policy: PolicyInput, options: ConvertOptions): ConvertedPolicy {
  const [given, wanted] = [text(policy), json(options)];
  return answer((module) => module.convertPolicy(given, wanted));
}

/**
 * Says what a policy does to every image and output, run by run.
 *
 * @throws {AfterimageError} With the diagnostics of a policy that has errors.
 */
export function simulate(policy: PolicyInput, inventory: Inventory, options: SimulateOptions): Report {
  const [given, wanted] = [text(policy), json(options)];
  return answer((module) => module.simulate(given, raw(inventory), wanted));
}

/**
 * Says on which day each image is deprecated, disabled and deleted.
 *
 * @throws {AfterimageError} With the diagnostics of a policy that has errors.
 */
export function forecast(policy: PolicyInput, inventory: Inventory, options: ForecastOptions): Forecast {
  const [given, wanted] = [text(policy), json(options)];
  return answer((module) => module.forecast(given, raw(inventory), wanted));
}

/**
 * Says which images another policy, another inventory or both bring another fate.
 *
 * @throws {AfterimageError} With the diagnostics of a policy that has errors.
 */
export function compare(before: ComparisonSide, after: ComparisonSide, options: ForecastOptions): Comparison {
  const [old, given, wanted] = [text(before.policy), text(after.policy), json(options)];
  return answer((module) => module.compare(old, raw(before.inventory), given, raw(after.inventory), wanted));
}

/**
 * Says why one image meets its fate in one run.
 *
 * @throws {AfterimageError} With the diagnostics of a policy that has errors; when the inventory has no such image;
 * when an earlier run deletes it.
 */
export function explain(policy: PolicyInput, inventory: Inventory, options: ExplainOptions): Explanation {
  const [given, wanted] = [text(policy), json(options)];
  return answer((module) => module.explain(given, raw(inventory), wanted));
}

function answer<T>(question: (module: Module) => string): T {
  return JSON.parse(ask(question)) as T;
}

function text(policy: PolicyInput): string {
  if (typeof policy === "string") return policy;
  if (typeof policy === "object" && policy !== null) return JSON.stringify(policy);
  throw new TypeError("the policy is neither text nor an object");
}

function json(options: object): string {
  return JSON.stringify(options ?? {});
}
