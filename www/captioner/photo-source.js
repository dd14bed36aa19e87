// Whatever a page has of a photo, as the runtime takes it.

import { fetchPhoto, kindOf, photoError } from "./photo.js";

/** @import { PhotoSource } from "./captioner.js" */
/** @import { Drawn } from "./picture.js" */

/**
 * A file's bytes, or RGBA with straight alpha.
 * @typedef {{ bytes: Uint8Array, pixels?: undefined } | { pixels: Uint8Array, width: number, height: number }} Photo
 */

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
  if (kind.endsWith("ArrayBuffer") || ArrayBuffer.isView(source)) {
    return readFile(new Blob([unshared(/** @type {ArrayBuffer | ArrayBufferView} */ (source))]));
  }
  // Most photos are files, and need none of it.
  const { readPicture } = await import("./picture.js");
  const read = await readPicture(/** @type {Drawn} */ (source), signal);
  return read instanceof Blob ? readFile(read) : read;
}

/**
 * Bytes that no other thread can change, which a `Blob` takes no others.
 * @param {ArrayBuffer | ArrayBufferView} source
 * @returns {ArrayBuffer | ArrayBufferView<ArrayBuffer>}
 */
function unshared(source) {
  try {
    const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(source) ? source : new Uint8Array(source);
    return new Uint8Array(buffer, byteOffset, byteLength).slice();
  } catch {
    throw photoError("the bytes are not there any more");
  }
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
    const { readDecoded } = await import("./picture.js");
    return await readDecoded(file);
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
