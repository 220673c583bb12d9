/// <reference lib="esnext.disposable" />

export * from "./api.js";

/**
 * Loads the WebAssembly module, which a page has to await before anything else. In Node and with a bundler that
 * knows WebAssembly it is loaded already, and this does nothing.
 *
 * @param source Where the module is, when it is not beside this script: an address, the answer of `fetch`, bytes or
 * a compiled module.
 */
export default function init(
  source?: URL | string | Request | Response | BufferSource | WebAssembly.Module | Promise<Response>,
): Promise<void>;
