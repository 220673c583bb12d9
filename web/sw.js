// Keeps the page for visits without a network. `cargo xtask dist` writes the names of the files and a name for their
// contents below; the folder is the one that this file lies in.
const FILES = [];
const VERSION = "none";
const PREFIX = "afterimage-";

self.addEventListener("install", (event) => {
  // All or nothing: a page with half of its files would be none.
  event.waitUntil(caches.open(PREFIX + VERSION).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })))));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))));
});

self.addEventListener("message", (event) => event.data === "take over" && self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  const answer = async () => {
    const cache = await caches.open(PREFIX + VERSION);
    // The loader's query names files; it is the same file whatever the query.
    const kept = await cache.match(request.mode === "navigate" ? "./" : request, { ignoreSearch: true });
    // An answer of its own has the address that was asked for, and the loader reads its query.
    return kept ? new Response(kept.body, { headers: kept.headers }) : fetch(request);
  };
  event.respondWith(answer());
});
