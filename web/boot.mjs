// Starts the module, in the page and in its worker alike: Trunk's hashed names come in this file's own query,
// and the worker imports this file from the same address.
const here = new URL(import.meta.url);
const file = (name) => new URL(here.searchParams.get(name), here.origin + here.pathname);

try {
  const { default: init } = await import(file("js").href);
  await init({ module_or_path: file("wasm") });
} catch (error) {
  const notice = globalThis.document?.getElementById("boot");
  if (!notice) throw error;
  notice.textContent =
    `Afterimage cannot start: ${error.message ?? error}. It needs Chrome or Edge 91, Firefox 114, Safari 16.4 or a ` +
    "newer one; reload the page to try again.";
}
