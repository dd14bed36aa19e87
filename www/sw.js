// The service worker: the page's own small files, so that it opens without the network. The model and the WebAssembly
// modules are kept by captioner/store.js.
//
// The build writes two lines before these: VERSION, which differs whenever a file does, and FILES, relative to this one.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const { scope } = worker.registration;

const OURS = `glimpse-page ${scope} `;
const CACHE = OURS + VERSION;
/** Photos that are on their way to the page. */
const SHARED = `glimpse-shared ${scope}`;
const ADDRESSES = new Set(FILES.map((file) => new URL(file, scope).href));

worker.addEventListener("install", (event) => event.waitUntil(keepFiles()));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("message", ({ data }) => data === "replace" && worker.skipWaiting());

worker.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname, search } = new URL(url);
  // The page takes choices from its address; they are no other page.
  const address = mode === "navigate" ? origin + pathname.replace(/index\.html$/, "") : origin + pathname + search;
  if (method === "GET" && ADDRESSES.has(address)) {
    event.respondWith(answer(address, event.request));
  }
  if (method === "POST" && address === new URL("share", scope).href) {
    event.respondWith(putAside(event.request));
  }
});

/** All files of one version, or none. */
async function keepFiles() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
}

/** Removes what older versions have kept. The page that is open gets those parts from here that it needs later. */
async function takeOver() {
  await worker.clients.claim();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

/**
 * Photos that another program shares with the page (`share_target` of the manifest) go no further than this: they are put where
 * the page finds them, in place of those that it has not taken, and it is opened.
 * @param {Request} request
 */
async function putAside(request) {
  try {
    await caches.delete(SHARED);
    const photos = (await request.formData()).getAll("photos").filter((photo) => photo instanceof File);
    const cache = await caches.open(SHARED);
    await Promise.all(
      photos.map((photo, index) => {
        const address = new URL(`shared/${index}/${encodeURIComponent(photo.name)}`, scope);
        return cache.put(address, new Response(photo));
      }),
    );
  } catch {
    // The page says that nothing has come.
  }
  return Response.redirect(new URL("?shared", scope), 303);
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
