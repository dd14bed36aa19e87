// A photo as the element takes it, and as it draws it.

import { fetchPhoto } from "../captioner/photo-source.js";
import { contextOf } from "../shared/make.js";
import { upright } from "../shared/upright.js";

/** @import { PhotoSource } from "../captioner/captioner.js" */

/** Wide enough for a sharp picture in a column of text. */
const MOST_PIXELS_WIDE = 1600;

/** @typedef {Exclude<PhotoSource, string | URL>} Photo */

/**
 * A photo that stays as it is while the captioner is loaded: what an address leads to, and a video's present frame.
 * @param {PhotoSource} source
 * @param {AbortSignal} signal
 * @returns {Promise<Photo>}
 */
export async function frozen(source, signal) {
  if (typeof source === "string" || source instanceof URL) {
    return fetchPhoto(String(source), { signal });
  }
  const hasFrame = source instanceof HTMLVideoElement && source.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  return hasFrame ? createImageBitmap(source) : source;
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
  const isBytes = source instanceof ArrayBuffer || ArrayBuffer.isView(source);
  const input = isBytes ? new Blob([/** @type {BufferSource & BlobPart} */ (source)]) : source;
  const shown = input instanceof Blob ? await upright(input) : input;
  const bitmap = await createImageBitmap(shown).catch(() => null);
  if (signal.aborted) {
    bitmap?.close();
    throw signal.reason;
  }
  if (!bitmap) {
    return false;
  }
  const scale = Math.min(1, MOST_PIXELS_WIDE / bitmap.width);
  canvas.width = Math.max(1, Math.round(scale * bitmap.width));
  canvas.height = Math.max(1, Math.round(scale * bitmap.height));
  contextOf(canvas).drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return true;
}
