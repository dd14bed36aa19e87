// The service worker: the page's own small files, so that it opens without the network. The model and the WebAssembly
// modules are kept by captioner/store.js.
//
// The build writes two lines before these: VERSION, which differs whenever a file does, and FILES, relative to this one.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const { scope } = worker.registration;

const OURS = `glimpse-page ${scope} `;
const CACHE = OURS + VERSION;
const ADDRESSES = new Set(FILES.map((file) => new URL(file, scope).href));

worker.addEventListener("install", (event) => event.waitUntil(keepFiles()));
worker.addEventListener("activate", (event) => event.waitUntil(removeOlder()));
worker.addEventListener("message", ({ data }) => data === "replace" && worker.skipWaiting());

worker.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname, search } = new URL(url);
  // The page takes choices from its address; they are no other page.
  const address = mode === "navigate" ? origin + pathname.replace(/index\.html$/, "") : origin + pathname + search;
  if (method === "GET" && ADDRESSES.has(address)) {
    event.respondWith(answer(address, event.request));
  }
});

/** All files of one version, or none. */
async function keepFiles() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
}

async function removeOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

/**
 * @param {string} address
 * @param {Request} request
 */
async function answer(address, request) {
  // A browser that is short of room may have thrown the files out.
  const cache = await caches.open(CACHE).catch(() => null);
  return (await cache?.match(address)) ?? fetch(request);
}
