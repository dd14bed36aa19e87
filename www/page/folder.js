// Folders that the visitor gives, chosen or dropped: the photos in them, and what else there is.

import { say } from "./language.js";

/** @import { GivenPhoto, Place } from "./album.js" */
/** @import { TextKey, Values } from "./language.js" */

/**
 * Who hears of photos: `onPhotos(photos)` of those that are found, `onRefusal(key, values)`, with the name of a text, of what
 * cannot be read, or where there is nothing; `status` tells how far the search has come, and what was passed over.
 * @typedef {{ onPhotos: (photos: GivenPhoto[]) => void, onRefusal: (key: TextKey, values?: Values) => void,
 *   status: HTMLElement }} Listener
 */

/**
 * A file or a folder, as the File System Access API has them.
 * @typedef {{ kind: "file", name: string, getFile: () => Promise<File> }} FileLike
 * @typedef {{ kind: "directory", name: string, values: () => AsyncIterable<FileLike | FolderLike> }} FolderLike
 */

/** Endings of pictures of which not every browser knows the type. */
const ENDING = /\.(avif|bmp|gif|hei[cf]|jfif|jpe?g|jxl|png|webp)$/i;

/** What systems leave in folders for themselves. */
const LEFT_BY_SYSTEMS = /^(\.|__MACOSX$|@eaDir$|Thumbs\.db$)/;

/** Photos between two reports of how far the search has come. */
const REPORT = 100;

const { compare } = new Intl.Collator(undefined, { numeric: true });

/** What is found in folders; the names of what could not be read. */
export class FoundPhotos {
  /** @type {GivenPhoto[]} */
  photos = [];
  /** Files that are no photos. */
  others = 0;
  /** @type {string[]} */
  unread = [];
  #listener;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /**
   * Takes a file where it is a photo, and counts it otherwise. It is called by its path, as many a camera calls its pictures the
   * same in every folder.
   * @param {File} file
   * @param {string} path
   * @param {Place | null} place
   */
  take(file, path, place) {
    // Drawings that are no pixels are none of a camera's.
    if (!ENDING.test(path) && !(file.type.startsWith("image/") && file.type !== "image/svg+xml")) {
      this.others += 1;
      return;
    }
    this.photos.push({ file, name: path, place });
    if (this.photos.length % REPORT === 0) {
      const { status } = this.#listener;
      say(status, "searching", { count: this.photos.length });
      status.hidden = false;
    }
  }

  /**
   * Finds the photos of a folder and of those in it, in the order of their names.
   * @param {FolderLike} folder
   * @param {string} path
   * @param {FileSystemDirectoryHandle | null} root The folder that the visitor gave, where it may be written to.
   */
  async search(folder, path, root) {
    try {
      const entries = [];
      for await (const entry of folder.values()) {
        entries.push(entry);
      }
      const place = root && {
        root,
        folder: /** @type {FileSystemDirectoryHandle} */ (/** @type {unknown} */ (folder)),
      };
      for (const entry of entries.filter(isWanted).sort((a, b) => compare(a.name, b.name))) {
        if (entry.kind === "directory") {
          await this.search(entry, `${path}${entry.name}/`, root);
        } else {
          await this.#read(entry, path + entry.name, place);
        }
      }
    } catch {
      this.unread.push(path);
    }
  }

  /** Hands over what was found. */
  tell() {
    const { photos, others, unread } = this;
    const { onPhotos, onRefusal, status } = this.#listener;
    status.hidden = true;
    if (photos.length > 0) {
      onPhotos(photos);
    }
    if (unread.length > 0) {
      onRefusal("notRead", { count: unread.length, name: unread[0] });
    } else if (photos.length === 0) {
      onRefusal("noPhotos");
    }
    if (photos.length > 0 && others > 0) {
      say(status, "passedOver", { count: others });
      status.hidden = false;
    }
  }

  /**
   * @param {FileLike} entry
   * @param {string} path
   * @param {Place | null} place
   */
  async #read(entry, path, place) {
    try {
      this.take(await entry.getFile(), path, place);
    } catch {
      this.unread.push(path);
    }
  }
}

/**
 * Asks for a folder, where the browser lets pages do so.
 * @param {Listener} listener
 */
export async function pickFolder(listener) {
  let folder;
  try {
    folder = await /** @type {any} */ (globalThis).showDirectoryPicker({ id: "photos" });
  } catch (/** @type {any} */ error) {
    // Else the visitor thought better of it.
    if (error.name !== "AbortError") {
      listener.onRefusal("folderRefused");
    }
    return;
  }
  const found = new FoundPhotos(listener);
  await found.search(folder, `${folder.name}/`, folder);
  found.tell();
}

/**
 * Takes the files of a folder that was chosen in a field, with those of the folders in it.
 * @param {File[]} files
 * @param {Listener} listener
 */
export function takeFolder(files, listener) {
  const found = new FoundPhotos(listener);
  const paths = files
    .map((file) => ({ file, parts: file.webkitRelativePath.split("/") }))
    .filter(({ parts }) => parts.every((name) => isWanted({ name })))
    .sort((a, b) => comparePaths(a.parts, b.parts));
  for (const { file, parts } of paths) {
    found.take(file, parts.join("/"), null);
  }
  found.tell();
}

/** @param {{ name: string }} entry */
function isWanted({ name }) {
  return !LEFT_BY_SYSTEMS.test(name);
}

/**
 * @param {string[]} a
 * @param {string[]} b
 */
function comparePaths(a, b) {
  const place = a.findIndex((name, index) => name !== b[index]);
  return place === -1 ? a.length - b.length : compare(a[place], b[place] ?? "");
}
