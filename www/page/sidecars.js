// Descriptions in files beside photos, where photo libraries look for them: as an archive to unpack there, or written there.

import { VERSION } from "../captioner/captioner.js";
import { captionOf, hasCaption, languageOf } from "./album.js";
import { say } from "./language.js";
import { save } from "./save.js";
import { toXmp } from "./xmp.js";
import { MOST_FILES, zip } from "./zip.js";

/** @import { AlbumPhoto, Place } from "./album.js" */

/** Files between two reports of how far the writing has come. */
const REPORT = 20;

/**
 * The texts that were written beside photos here: these may be replaced, for nobody else's words are in them.
 * @type {WeakMap<AlbumPhoto, string>}
 */
const written = new WeakMap();

/**
 * Saves an archive with a file for each photo that has a caption; several where they are too many for one.
 * @param {AlbumPhoto[]} photos
 */
export function saveSidecars(photos) {
  const files = withOwnPaths(described(photos).map((photo) => ({ path: `${photo.name}.xmp`, text: sidecarOf(photo) })));
  for (let from = 0; from < files.length; from += MOST_FILES) {
    const number = from === 0 ? "" : `-${from / MOST_FILES + 1}`;
    save(`sidecars${number}.zip`, zip(files.slice(from, from + MOST_FILES), new Date()));
  }
}

/**
 * Writes a file beside each photo that has a caption and is in a folder that may be written to, after the visitor has allowed
 * it. A file that is there already stays as it is. `status` tells how far that has come.
 * @param {AlbumPhoto[]} photos
 * @param {HTMLElement} status
 */
export async function writeSidecars(photos, status) {
  const placed = described(photos).filter(({ place }) => place);
  for (const root of new Set(placed.map(({ place }) => place?.root))) {
    if ((await askToWrite(/** @type {FileSystemDirectoryHandle} */ (root))) !== "granted") {
      say(status, "writeRefused");
      return;
    }
  }
  const counts = { written: 0, there: 0, failed: 0 };
  const all = placed.length;
  for (const [done, photo] of placed.entries()) {
    if (done % REPORT === 0) {
      say(status, "writing", { done, all });
    }
    try {
      counts[await writeBeside(photo, /** @type {Place} */ (photo.place))] += 1;
    } catch {
      counts.failed += 1;
    }
  }
  say(status, counts.failed > 0 ? "writtenSome" : "written", counts);
}

/** @param {AlbumPhoto[]} photos */
function described(photos) {
  return photos.filter((photo) => hasCaption(photo) && captionOf(photo));
}

/** @param {AlbumPhoto} photo */
function sidecarOf(photo) {
  const { own, captions, chosen } = photo;
  const confidence = captions[chosen]?.confidence ?? null;
  const sure = confidence === null ? "" : `, confidence ${confidence.toFixed(2)}`;
  return toXmp({
    text: captionOf(photo),
    language: languageOf(photo),
    writer: own === null ? `Glimpse ${VERSION} (machine-written${sure})` : "",
  });
}

/**
 * Photos chosen from several folders may be called the same, and unpacking would keep one of their files.
 * @param {{ path: string, text: string }[]} files
 */
function withOwnPaths(files) {
  const taken = new Set();
  return files.map(({ path, text }) => {
    let own = path;
    // Many file systems do not tell capitals from small letters.
    for (let number = 2; taken.has(own.toLowerCase()); number += 1) {
      own = path.replace(/(\.\w+)?\.xmp$/, ` (${number})$&`);
    }
    taken.add(own.toLowerCase());
    return { path: own, text };
  });
}

/**
 * @param {FileSystemDirectoryHandle} folder
 * @returns {Promise<PermissionState>}
 */
async function askToWrite(folder) {
  try {
    return await /** @type {any} */ (folder).requestPermission({ mode: "readwrite" });
  } catch {
    // For a second folder the browser may want to be asked by a second click.
    return "denied";
  }
}

/**
 * @param {AlbumPhoto} photo
 * @param {Place} place
 * @returns {Promise<"written" | "there">}
 */
async function writeBeside(photo, { folder }) {
  const name = /** @type {string} */ (photo.name.split("/").at(-1));
  const text = sidecarOf(photo);
  const sidecar = `${name}.xmp`;
  const other = name.replace(/(\.[^.]*)?$/, ".xmp");
  const old = await find(folder, sidecar);
  const isOurs = old && (await (await old.getFile()).text()) === written.get(photo);
  // Programs that find two files would no longer see what the other one says.
  if ((old && !isOurs) || (other !== sidecar && (await find(folder, other)))) {
    return "there";
  }
  const file = old ?? (await folder.getFileHandle(sidecar, { create: true }));
  /** @type {FileSystemWritableFileStream | undefined} */
  let stream;
  try {
    // What is written takes the file's place only when it is whole.
    stream = await file.createWritable();
    await stream.write(text);
    await stream.close();
  } catch (error) {
    await stream?.abort().catch(() => {});
    if (!old) {
      await folder.removeEntry(sidecar);
    }
    throw error;
  }
  written.set(photo, text);
  return "written";
}

/**
 * A file of a folder, or `null` where there is none of that name.
 * @param {FileSystemDirectoryHandle} folder
 * @param {string} name
 */
async function find(folder, name) {
  try {
    return await folder.getFileHandle(name);
  } catch (/** @type {any} */ error) {
    if (error.name === "NotFoundError") {
      return null;
    }
    throw error;
  }
}
