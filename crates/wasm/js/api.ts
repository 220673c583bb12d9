// What the package exports, whichever way the module is loaded.

export { AfterimageError } from "./module.js";
export type { Data } from "./data.js";
export { Inventory, type InventorySource, type LoadOptions, type LoadProgress } from "./inventory.js";
export {
  type CheckOptions,
  type ComparisonSide,
  type PolicyInput,
  checkPolicy,
  compare,
  convertPolicy,
  explain,
  forecast,
  parsePolicy,
  simulate,
} from "./engine.js";
export {
  type HandlerOptions,
  type HandlerRequest,
  type HandlerResponse,
  ImageBuilderService,
  type RequestHandler,
} from "./service.js";
export type * from "./types.js";
