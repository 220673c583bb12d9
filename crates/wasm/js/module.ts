// The WebAssembly module: which one it is, and what it throws.

import type * as Glue from "./glue/afterimage.js";
import type { Diagnostic, Problem } from "./types.js";

/** What the glue of every build exports. @internal */
export type Module = Pick<
  typeof Glue,
  | "Inventory"
  | "Loading"
  | "Service"
  | "checkInventory"
  | "checkPolicy"
  | "compare"
  | "convertPolicy"
  | "explain"
  | "forecast"
  | "parsePolicy"
  | "simulate"
>;

/** Why something cannot be done. */
export class AfterimageError extends Error {
  override readonly name = "AfterimageError";
  /** What is wrong with the policy, and what is surprising about it; empty when the policy is not the reason. */
  readonly diagnostics: readonly Diagnostic[];
  /** Name of the export that cannot be used, when that is the reason. */
  readonly source: string | undefined;
  /** What to do next. */
  readonly help: string | undefined;

  constructor(problem: Partial<Problem> & { message: string }, options?: ErrorOptions) {
    super(problem.message, options);
    this.diagnostics = problem.diagnostics ?? [];
    this.source = problem.source;
    this.help = problem.help;
  }
}

let module: Module | undefined;
let stopped: AfterimageError | undefined;

/** Makes a module the one that answers. @internal */
export function use(loaded: Module): void {
  module = loaded;
  stopped = undefined;
}

/**
 * Asks the module. It throws JSON when it refuses, which leaves it as it was. A panic, a trap and an exhausted
 * stack leave it in no state to go on.
 *
 * @internal
 */
export function ask<T>(question: (module: Module) => T): T {
  if (stopped) throw stopped;
  if (!module) {
    throw new AfterimageError({
      message: "the WebAssembly module is not loaded",
      help: "await the default export of this package first",
    });
  }
  try {
    return question(module);
  } catch (thrown) {
    const said = typeof thrown === "string" ? (JSON.parse(thrown) as Problem | { panic: string }) : undefined;
    if (said && !("panic" in said)) throw new AfterimageError(said);
    const isFatal = said || thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
    if (!isFatal) throw thrown;
    stopped = new AfterimageError(
      {
        message: `the WebAssembly module has stopped: ${said ? said.panic : String(thrown)}`,
        help: "start the page, the worker or the process anew; what the module held is lost",
      },
      { cause: thrown },
    );
    throw stopped;
  }
}
