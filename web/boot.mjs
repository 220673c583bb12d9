// Starts the module, in the page and in its worker alike: Trunk's hashed names come in this file's own query,
// and the worker imports this file from the same address. Both start at once, and the module is fetched and compiled
// by the page alone.
const here = new URL(import.meta.url);
const file = (name) => new URL(here.searchParams.get(name), here.origin + here.pathname);

// Where the browser knows trusted types, the published page names scripts through this alone: its worker, which
// starts from a blob, and the service worker. Nothing turns text into markup or code.
if (globalThis.document) {
  const own = (url) => url.startsWith(`blob:${here.origin}/`) || url === new URL("sw.js", here).href;
  globalThis.trustedTypes?.createPolicy("default", { createScriptURL: (url) => (own(url) ? url : undefined) });
}

const compiled = async () => {
  const answer = await fetch(file("wasm"));
  if (!answer.ok) throw new Error(`the module is answered with status ${answer.status}`);
  const isWasm = answer.headers.get("content-type")?.startsWith("application/wasm");
  return isWasm ? WebAssembly.compileStreaming(answer) : WebAssembly.compile(await answer.arrayBuffer());
};

// A worker from an address answers to the headers of that address alone; one from a blob inherits the page's content
// security policy, which is what keeps an inventory in this browser.
const startWorker = () => {
  const source = new Blob([`import ${JSON.stringify(here.href)};`], { type: "text/javascript" });
  return new Worker(URL.createObjectURL(source), { type: "module" });
};

/** Compiles the module for both. It comes once the worker has it, or has failed. */
const shared = async (worker) => {
  const begun = new Promise((resolve) => {
    worker.onmessage = resolve;
    worker.onerror = (event) => resolve((worker.fault = event.message || "the worker cannot be started"));
  });
  const module = await compiled();
  worker.postMessage(module);
  // The first message waits for this thread to hear that the worker runs, and takes all others with it. Without a pause
  // here it would be held up until the page has been drawn.
  await begun;
  return module;
};

/** The module comes with the first message. The page says more before anybody listens to it. */
const early = [];
const received = () =>
  new Promise((resolve) => {
    globalThis.onmessage = (event) => {
      if (early.push(event) > 1) return;
      postMessage("begun");
      resolve(event.data);
    };
  });

try {
  const module = globalThis.document ? shared((globalThis.afterimageWorker = startWorker())) : received();
  const [{ default: init }, module_or_path] = await Promise.all([import(file("js").href), module]);
  await init({ module_or_path });
  for (const event of early.slice(1)) globalThis.onmessage(event);
} catch (error) {
  const notice = globalThis.document?.getElementById("boot");
  if (!notice) throw error;
  notice.textContent =
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

if (globalThis.document?.querySelector("link[rel=manifest]") && navigator.serviceWorker) {
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
