// What is dropped on the page besides files: folders, and pictures of other pages, of which there is only an address.

import { FoundPhotos } from "./folder.js";
import { fetchFile } from "./photo-address.js";

/** @import { FileLike, FolderLike, Listener } from "./folder.js" */

/**
 * A folder, as older browsers have it, and what newer ones promise for it.
 * @typedef {{ entry: FileSystemDirectoryEntry, handle: Promise<FileSystemHandle | null> | undefined }} DroppedFolder
 */

/**
 * Takes what was dropped.
 * @param {{ items: (File | DroppedFolder)[], html: string, list: string }} dropped
 * @param {Listener} listener
 */
export async function takeDropped({ items, html, list }, listener) {
  if (items.length === 0) {
    return takeNamed(addressIn(html, list), listener);
  }
  const found = new FoundPhotos(listener);
  for (const item of items) {
    if (item instanceof File) {
      found.photos.push({ file: item, name: item.name, place: null });
      continue;
    }
    const { entry } = item;
    const handle = await item.handle?.catch(() => null);
    if (handle?.kind === "directory") {
      // The browser lets pages ask whether they may write there.
      const folder = /** @type {FileSystemDirectoryHandle} */ (handle);
      await found.search(folder, `${entry.name}/`, folder);
    } else {
      await found.search(folderOf(entry), `${entry.name}/`, null);
    }
  }
  found.tell();
}

/**
 * @param {FileSystemDirectoryEntry} entry
 * @returns {FolderLike}
 */
function folderOf(entry) {
  return {
    kind: "directory",
    name: entry.name,
    async *values() {
      const reader = entry.createReader();
      for (;;) {
        // A hundred at a time, in Chromium.
        const some = await new Promise((/** @type {(some: FileSystemEntry[]) => void} */ resolve, reject) =>
          reader.readEntries(resolve, reject),
        );
        if (some.length === 0) {
          return;
        }
        for (const each of some) {
          yield each.isDirectory
            ? folderOf(/** @type {FileSystemDirectoryEntry} */ (each))
            : fileOf(/** @type {FileSystemFileEntry} */ (each));
        }
      }
    },
  };
}

/**
 * @param {FileSystemFileEntry} entry
 * @returns {FileLike}
 */
function fileOf(entry) {
  const getFile = () =>
    new Promise((/** @type {(file: File) => void} */ resolve, reject) => entry.file(resolve, reject));
  return { kind: "file", name: entry.name, getFile };
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
 * @param {Listener} listener
 */
async function takeNamed(address, { onPhotos, onRefusal }) {
  try {
    const file = address ? await fetchFile(address) : null;
    if (file) {
      onPhotos([{ file, name: file.name, place: null }]);
    } else {
      onRefusal("notAFile");
    }
  } catch (/** @type {any} */ error) {
    onRefusal(error.key, error.values);
  }
}
