// A photo as the element takes it, and as it draws it.

import { fetchPhoto, kindOf } from "../captioner/photo.js";
import { drawPicture } from "../captioner/picture.js";

/** @import { PhotoSource } from "../captioner/captioner.js" */
/** @import { Drawn } from "../captioner/picture.js" */

/** Wide enough for a sharp picture in a column of text. */
const MOST_PIXELS_WIDE = 1600;

/** What may show something else a moment later. */
const CHANGING = ["HTMLCanvasElement", "OffscreenCanvas", "VideoFrame"];

/** @typedef {Exclude<PhotoSource, string | URL>} Photo */

/**
 * A photo that stays as it is while the captioner is loaded: what an address leads to, and what a canvas or a video shows now.
 * @param {PhotoSource} source
 * @param {AbortSignal} signal
 * @returns {Promise<Photo>}
 */
export async function frozen(source, signal) {
  const kind = kindOf(source);
  if (typeof source === "string" || kind === "URL") {
    return fetchPhoto(String(source), { signal });
  }
  if (kind === "HTMLPictureElement") {
    return /** @type {Element} */ (source).querySelector("img") ?? /** @type {HTMLPictureElement} */ (source);
  }
  const hasFrame =
    kind === "HTMLVideoElement" &&
    /** @type {HTMLVideoElement} */ (source).readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  if (hasFrame || CHANGING.includes(kind)) {
    // Where there is nothing to be seen, the captioner says why.
    return createImageBitmap(/** @type {HTMLVideoElement} */ (source)).catch(() => /** @type {Photo} */ (source));
  }
  return /** @type {Photo} */ (source);
}

/**
 * Draws any photo that the browser can read; `false` where it can read none, and the runtime may know better. Fails where
 * the signal is aborted before there is a picture. On a canvas, because a blob's address in an image element would need a
 * policy that allows it.
 * @param {HTMLCanvasElement} canvas
 * @param {Photo} source
 * @param {AbortSignal} signal
 */
export async function drawPhoto(canvas, source, signal) {
  const isBytes = kindOf(source).endsWith("ArrayBuffer") || ArrayBuffer.isView(source);
  try {
    const input = isBytes ? new Blob([/** @type {BufferSource & BlobPart} */ (source)]) : source;
    await drawPicture(canvas, /** @type {Drawn | Blob} */ (input), { widest: MOST_PIXELS_WIDE, signal });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
