// Whatever a page has of a photo, as the runtime takes it.

import { fetchPhoto, kindOf, photoError, readPixels } from "./photo.js";

/** @import { PhotoSource } from "./captioner.js" */
/** @import { Drawn } from "./picture.js" */
/** @import { Photo } from "./photo.js" */

/** Larger files are no photos, and reading them would only fill the memory. */
const LARGEST_FILE = 100 * 1024 * 1024;

/**
 * The bytes of a file, or the pixels of what the browser has decoded. `signal` ends the download of what has to be fetched.
 * @param {PhotoSource} source
 * @param {AbortSignal} signal
 * @returns {Promise<Photo>}
 */
export async function readSource(source, signal) {
  const kind = kindOf(source);
  if (typeof source === "string" || kind === "URL") {
    return readFile(await fetchPhoto(String(source), { signal }));
  }
  if (kind === "Blob" || kind === "File") {
    return readFile(/** @type {Blob} */ (source));
  }
  // Most photos are files, and need none of it.
  const { readPicture } = await import("./picture.js");
  const read = await readPicture(/** @type {Drawn | ArrayBuffer | ArrayBufferView} */ (source), signal);
  return read instanceof Blob ? readFile(read) : read;
}

/**
 * Reads a file; one of a format that only the browser can decode, such as AVIF, becomes pixels.
 * @param {Blob} file
 * @returns {Promise<Photo>}
 */
async function readFile(file) {
  if (file.size > LARGEST_FILE) {
    const size = Math.round(file.size / 1024 / 1024);
    throw photoError(`the file is too large to be a photo (${size} MB; at most ${LARGEST_FILE / 1024 / 1024} MB)`);
  }
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    throw photoError("the file could not be read");
  }
  if (bytes.length === 0 || isKnownFormat(bytes)) {
    return { bytes };
  }
  try {
    if (file.type.startsWith("image/svg")) {
      const { readDrawing } = await import("./picture.js");
      return await readDrawing(file);
    }
    const image = await createImageBitmap(file);
    try {
      return readPixels({ image, width: image.width, height: image.height });
    } finally {
      image.close();
    }
  } catch {
    // The runtime says what is wrong with it.
    return { bytes };
  }
}

/**
 * Whether the runtime decodes it itself: JPEG, PNG or WebP.
 * @param {Uint8Array} bytes
 */
function isKnownFormat(bytes) {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  return text.startsWith("\xff\xd8\xff") || text.startsWith("\x89PNG") || /^RIFF....WEBP/s.test(text);
}
