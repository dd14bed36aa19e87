// What stands for a photo: its kind, its address, what is drawn of it, and what is wrong with it.

import { server } from "./host.js";

/**
 * The name of the class that something is of, such as "HTMLImageElement". It is told for objects of other frames as well,
 * which `instanceof` is not, and where the class itself is missing, as in workers.
 * @param {unknown} value
 */
export function kindOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * An address that may be relative to the page, or to a worker's own file; `null` where it is none.
 * @param {string | URL} address
 */
export function absolute(address) {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  return URL.canParse(address, base) ? new URL(address, base) : null;
}

/**
 * The photo at an address, asked for with the options of `fetch`. Fails with the signal's reason, or with a `PhotoError`, which
 * has the `status` that a server answered.
 * @param {string} address
 * @param {RequestInit} [options]
 * @returns {Promise<Blob>}
 */
export async function fetchPhoto(address, options = {}) {
  const url = absolute(address);
  if (!url) {
    throw photoError(`“${address}” is no address of a photo${server?.NO_ADDRESS ?? ""}`);
  }
  const { href, host } = url;
  let response;
  try {
    response = await (server?.fetchAddress ?? fetch)(href, options);
    if (response.ok) {
      return await response.blob();
    }
  } catch {
    options.signal?.throwIfAborted();
    throw photoError(
      server
        ? `${href} could not be fetched: ${server.reason(href)}`
        : `${host || "the address"} did not answer, or does not allow other sites to read its photos (CORS)`,
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

/**
 * A file's bytes, or RGBA with straight alpha.
 * @typedef {{ bytes: Uint8Array, pixels?: undefined } | { pixels: Uint8Array, width: number, height: number }} Photo
 */

/**
 * A picture that is ready to be drawn; `address` is where it came from, if it is known.
 * @typedef {{ image: CanvasImageSource, width: number, height: number, address?: string }} Picture
 */

/** More pixels than these are halved until they fit: far more than a model sees, and a fifth of a gigabyte. */
const MOST_PIXELS = 50_000_000;

/**
 * @param {Picture} picture
 * @returns {Photo}
 */
export function readPixels(picture) {
  let shrink = 1;
  while ((picture.width / shrink) * (picture.height / shrink) > MOST_PIXELS) {
    shrink *= 2;
  }
  const canvas = globalThis.document?.createElement("canvas") ?? new OffscreenCanvas(1, 1);
  const context = drawOn(canvas, picture, 1 / shrink);
  const { width, height } = canvas;
  try {
    return { pixels: new Uint8Array(context.getImageData(0, 0, width, height).data.buffer), width, height };
  } catch {
    throw photoError("the picture comes from another site, which does not allow this page to read it (CORS)");
  }
}

/**
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {Picture} picture
 * @param {number} scale
 */
export function drawOn(canvas, { image, width, height }, scale) {
  canvas.width = Math.max(1, Math.round(scale * width));
  canvas.height = Math.max(1, Math.round(scale * height));
  const context = /** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  if (!context) {
    throw photoError(`the browser cannot draw a picture of ${width}×${height} pixels`);
  }
  try {
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
  } catch {
    throw photoError("the browser cannot draw the picture");
  }
  return context;
}
