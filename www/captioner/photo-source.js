// Whatever a page has of a photo, as the runtime takes it.

/** @import { PhotoSource } from "./captioner.js" */

/**
 * A file's bytes, or RGBA with straight alpha.
 * @typedef {{ bytes: Uint8Array, pixels?: undefined } | { pixels: Uint8Array, width: number, height: number }} Photo
 */

/** @typedef {HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | HTMLVideoElement | ImageBitmap} Picture */

/** Larger files are no photos, and reading them would only fill the memory. */
const LARGEST_FILE = 100 * 1024 * 1024;

/** More pixels than these are halved until they fit: far more than a model sees, and a fifth of a gigabyte. */
const MOST_PIXELS = 50_000_000;

/**
 * The bytes of a file, or the pixels of what the browser has decoded. `signal` ends the download of what has to be fetched.
 * @param {PhotoSource} source
 * @param {AbortSignal} signal
 * @returns {Promise<Photo>}
 */
export async function readSource(source, signal) {
  if (typeof source === "string" || source instanceof URL) {
    return readFile(await fetchPhoto(String(source), { signal }));
  }
  if (source instanceof Blob) {
    return readFile(source);
  }
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return readFile(new Blob([/** @type {BufferSource & BlobPart} */ (source)]));
  }
  if (source instanceof ImageData) {
    return { pixels: new Uint8Array(source.data), width: source.width, height: source.height };
  }
  if (source instanceof HTMLImageElement) {
    await source.decode().catch(() => {
      throw photoError("the image element has no picture, or a broken one");
    });
  }
  const [width, height] = sizeOf(source);
  if (!width || !height) {
    throw photoError("the element has no picture yet");
  }
  try {
    return readPixels(source, width, height);
  } catch (error) {
    if (!(source instanceof HTMLImageElement)) {
      throw error;
    }
    // Another site's image may be shown, but not read, unless the page asked for it with CORS; perhaps it may be fetched so.
    return readFile(await fetchPhoto(source.currentSrc, { signal }));
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
    const bitmap = await createImageBitmap(file);
    try {
      return readPixels(bitmap, bitmap.width, bitmap.height);
    } finally {
      bitmap.close();
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

/** @param {Picture} source */
function sizeOf(source) {
  if (source instanceof HTMLVideoElement) {
    return [source.videoWidth, source.videoHeight];
  }
  if (source instanceof HTMLImageElement) {
    return [source.naturalWidth, source.naturalHeight];
  }
  const isPicture = [globalThis.HTMLCanvasElement, globalThis.OffscreenCanvas, globalThis.ImageBitmap].some(
    (kind) => kind && source instanceof kind,
  );
  if (!isPicture) {
    throw new TypeError(
      "a photo is a File, Blob, ArrayBuffer, ImageData, ImageBitmap, img, canvas, video or an address",
    );
  }
  return [source.width, source.height];
}

/**
 * @param {Picture} source
 * @param {number} width
 * @param {number} height
 */
function readPixels(source, width, height) {
  let shrink = 1;
  while ((width / shrink) * (height / shrink) > MOST_PIXELS) {
    shrink *= 2;
  }
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width / shrink));
  canvas.height = Math.max(1, Math.round(height / shrink));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) {
    throw photoError(`the browser cannot draw a picture of ${width}×${height} pixels`);
  }
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  let data;
  try {
    ({ data } = context.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    throw photoError("the picture comes from another site, which does not allow this page to read it (CORS)");
  }
  return { pixels: new Uint8Array(data.buffer), width: canvas.width, height: canvas.height };
}

/**
 * The photo at an address, asked for with the options of `fetch`. Fails with the signal's reason, or with a `PhotoError`, which
 * has the `status` that a server answered.
 * @param {string} address
 * @param {RequestInit} [options]
 * @returns {Promise<Blob>}
 */
export async function fetchPhoto(address, options = {}) {
  if (!URL.canParse(address, document.baseURI)) {
    throw photoError(`“${address}” is no address of a photo`);
  }
  const { href, host } = new URL(address, document.baseURI);
  let response;
  try {
    response = await fetch(href, options);
    if (response.ok) {
      return await response.blob();
    }
  } catch {
    options.signal?.throwIfAborted();
    throw photoError(
      `${host || "the address"} did not answer, or does not allow other sites to read its photos (CORS)`,
    );
  }
  throw Object.assign(photoError(`${host} answered ${response.status}`), { status: response.status });
}

/**
 * What fails for want of a photo that can be read.
 * @param {string} message
 */
export function photoError(message) {
  return Object.assign(new Error(message), { name: "PhotoError" });
}
