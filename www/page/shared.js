// Photos that come from other programs: shared with the installed page, as phones do, or opened with it.

import { FoundPhotos } from "./folder.js";

/** @import { Listener } from "./folder.js" */

/**
 * Takes the photos that the service worker has put aside (sw.js), which then keeps them no longer.
 * @param {Listener} listener
 */
export async function takeShared(listener) {
  const here = new URL(location.href);
  here.searchParams.delete("shared");
  // A reload is not to ask for them again.
  history.replaceState(null, "", here);
  const name = `glimpse-shared ${new URL("./", location.href).href}`;
  const found = new FoundPhotos(listener);
  try {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const blob = await (await cache.match(request))?.blob();
      const called = decodeURIComponent(/** @type {string} */ (request.url.split("/").at(-1)));
      if (blob) {
        found.photos.push({ file: new File([blob], called, { type: blob.type }), name: called, place: null });
      }
    }
    await caches.delete(name);
  } catch {
    // What cannot be read was not shared.
  }
  if (found.photos.length === 0) {
    listener.onRefusal("noneShared");
  } else {
    found.tell();
  }
}

/**
 * Takes photos that were opened with the page.
 * @param {readonly FileSystemFileHandle[]} files
 * @param {Listener} listener
 */
export async function takeOpened(files, listener) {
  const found = new FoundPhotos(listener);
  for (const each of files) {
    try {
      const file = await each.getFile();
      found.photos.push({ file, name: file.name, place: null });
    } catch {
      found.unread.push(each.name);
    }
  }
  found.tell();
}
