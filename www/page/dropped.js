// What is dropped on the page besides files: folders, and pictures of other pages, of which there is only an address.

import { fetchFile } from "./photo-address.js";

/** @import { TextKey, Values } from "./language.js" */

/** Endings of pictures of which not every browser knows the type. */
const ENDING = /\.(avif|bmp|gif|hei[cf]|jfif|jpe?g|jxl|png|webp)$/i;

/** What systems leave in folders for themselves. */
const LEFT_BY_SYSTEMS = /^(\.|__MACOSX$|Thumbs\.db$)/;

/**
 * Calls `onPhotos(files)` for what is found, and `onRefusal(key, values)`, with the name of a text, for what cannot be read, or
 * where there is nothing.
 * @param {{ items: (File | FileSystemDirectoryEntry)[], html: string, list: string }} dropped
 * @param {(files: File[]) => void} onPhotos
 * @param {(key: TextKey, values?: Values) => void} onRefusal
 */
export async function takeDropped({ items, html, list }, onPhotos, onRefusal) {
  if (items.length === 0) {
    return takeNamed(addressIn(html, list), onPhotos, onRefusal);
  }
  /** @type {{ photos: File[], unread: string[] }} */
  const found = { photos: [], unread: [] };
  for (const item of items) {
    if (item instanceof File) {
      found.photos.push(item);
    } else {
      await collect(item, `${item.name}/`, found);
    }
  }
  const { photos, unread } = found;
  if (photos.length > 0) {
    onPhotos(photos);
  }
  if (unread.length > 0) {
    onRefusal("notRead", { count: unread.length, name: unread[0] });
  } else if (photos.length === 0) {
    onRefusal("noPhotos");
  }
}

/**
 * Finds the pictures of a folder and of those in it, in the order of their names; each is called by its `path` from there, as
 * many a camera calls its pictures the same in every folder.
 * @param {FileSystemDirectoryEntry} folder
 * @param {string} path
 * @param {{ photos: File[], unread: string[] }} found
 */
async function collect(folder, path, found) {
  try {
    for (const entry of await entriesOf(folder)) {
      if (entry.isDirectory) {
        await collect(/** @type {FileSystemDirectoryEntry} */ (entry), `${path}${entry.name}/`, found);
      } else {
        await collectFile(/** @type {FileSystemFileEntry} */ (entry), path + entry.name, found);
      }
    }
  } catch {
    found.unread.push(path);
  }
}

/**
 * @param {FileSystemFileEntry} entry
 * @param {string} path
 * @param {{ photos: File[], unread: string[] }} found
 */
async function collectFile(entry, path, found) {
  try {
    const file = await new Promise((/** @type {(file: File) => void} */ resolve, reject) =>
      entry.file(resolve, reject),
    );
    const { type, lastModified } = file;
    // Drawings that are no pixels are none of a camera's.
    if (ENDING.test(path) || (type.startsWith("image/") && type !== "image/svg+xml")) {
      found.photos.push(new File([file], path, { type, lastModified }));
    }
  } catch {
    found.unread.push(path);
  }
}

/** @param {FileSystemDirectoryEntry} folder */
async function entriesOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const entries = [];
  for (;;) {
    // A hundred at a time, in Chromium.
    const some = await new Promise((/** @type {(some: FileSystemEntry[]) => void} */ resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) {
      break;
    }
    entries.push(...some);
  }
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  return entries.filter(({ name }) => !LEFT_BY_SYSTEMS.test(name)).sort((a, b) => compare(a.name, b.name));
}

/**
 * The address of a picture of another page: as that page shows it, or else as the link around it leads to it.
 * @param {string} html
 * @param {string} list Of addresses, as RFC 2483 has it: one a line, remarks begin with "#".
 */
function addressIn(html, list) {
  const image = new DOMParser().parseFromString(html, "text/html").querySelector("img[src]");
  const addresses = [image?.getAttribute("src") ?? "", ...list.split(/[\r\n]+/)];
  return addresses.find((address) => /^https?:/i.test(address));
}

/**
 * @param {string | undefined} address
 * @param {(files: File[]) => void} onPhotos
 * @param {(key: TextKey, values?: Values) => void} onRefusal
 */
async function takeNamed(address, onPhotos, onRefusal) {
  try {
    const photo = address ? await fetchFile(address) : null;
    if (photo) {
      onPhotos([photo]);
    } else {
      onRefusal("notAFile");
    }
  } catch (/** @type {any} */ error) {
    onRefusal(error.key, error.values);
  }
}
