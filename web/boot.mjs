// Starts the module in the page and in its worker. Trunk's hashed names come in this file's own query. The module is
// fetched and compiled once, by the page.
const here = new URL(import.meta.url);
const file = (name) => new URL(here.searchParams.get(name), here.origin + here.pathname);

// Where the browser knows trusted types, the published page names scripts through this alone: its worker, which
// starts from a blob, and the service worker. Nothing turns text into markup or code.
const own = (url) => url.startsWith(`blob:${here.origin}/`) || url === new URL("sw.js", here).href;
globalThis.trustedTypes?.createPolicy("default", { createScriptURL: (url) => (own(url) ? url : undefined) });

const fetched = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url.pathname.split("/").pop()} is answered with status ${answer.status}`);
  return answer;
};

const compiled = async () => {
  const answer = await fetched(file("wasm"));
  const isWasm = answer.headers.get("content-type")?.startsWith("application/wasm");
  return isWasm ? WebAssembly.compileStreaming(answer) : WebAssembly.compile(await answer.arrayBuffer());
};

/** What the worker does, behind the module's own script: the first message brings the module, and those that come before
 * anybody listens are kept. */
const work = (init) => {
  const early = [];
  globalThis.onmessage = (event) => {
    if (early.push(event) > 1) return;
    postMessage("begun");
    const fault = (error) =>
      setTimeout(() => {
        throw error;
      });
    init({ module_or_path: event.data }).then(() => early.slice(1).forEach((event) => globalThis.onmessage(event)), fault);
  };
};

/** A worker from an address answers to the headers of that address alone; one from a blob inherits the page's content
 * security policy, which is what keeps an inventory in this browser. Everything is in the blob, since not every browser
 * lets the service worker answer for what such a worker fetches. */
const startWorker = async () => {
  const script = await (await fetched(file("js"))).text();
  // The whole script is long, and what is looked for is its end.
  const end = script.lastIndexOf(" as default");
  const [init] = script.slice(Math.max(0, end - 99), end).match(/\w+$/);
  const source = new Blob([script, `;(${work})(${init});`], { type: "text/javascript" });
  return new Worker(URL.createObjectURL(source), { type: "module" });
};

/** The compiled module, once the worker has it as well, or has failed. */
const shared = async () => {
  const [module, worker] = await Promise.all([compiled(), startWorker()]);
  globalThis.afterimageWorker = worker;
  const begun = new Promise((resolve) => {
    worker.onmessage = resolve;
    worker.onerror = (event) => resolve((worker.fault = event.message || "the worker cannot be started"));
  });
  worker.postMessage(module);
  // The first message waits for this thread to hear that the worker runs, and takes all others with it. Without a pause
  // here it would be held up until the page has been drawn.
  await begun;
  return module;
};

try {
  const [{ default: init }, module_or_path] = await Promise.all([import(file("js").href), shared()]);
  await init({ module_or_path });
} catch (error) {
  document.getElementById("boot").textContent =
    `Afterimage cannot start: ${error.message ?? error}. It needs Chrome or Edge 91, Firefox 114, Safari 16.4 or a ` +
    "newer one; reload the page to try again.";
}

// A published page is kept for visits without a network. A newer one waits until its reader asks for it.
const notice = (worker) => {
  const line = document.getElementById("update");
  line.hidden = false;
  line.querySelector("button").onclick = () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage("take over");
  };
};

if (document.querySelector("link[rel=manifest]") && navigator.serviceWorker) {
  // It fetches everything once more, so not while the page starts.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  try {
    const kept = await navigator.serviceWorker.register(new URL("sw.js", here), { updateViaCache: "none" });
    const isNewer = () => kept.waiting && navigator.serviceWorker.controller && notice(kept.waiting);
    isNewer();
    kept.addEventListener("updatefound", () => kept.installing?.addEventListener("statechange", isNewer));
  } catch {
    // Without it the page works as well, but not without a network.
  }
}
