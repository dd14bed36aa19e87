// How a picture of a page comes to the captioner: by the way that asks for least, of those that work.

import { ask } from "../messages.js";
import { said } from "../said.js";
import { addressOf, boxOf, isImage } from "./pictures.js";

/** @import { Described } from "../messages.js" */

/** A message of the extension holds 64 MiB, and base64 a third more than a file. */
const LARGEST_FILE = 40 * 1024 * 1024;

/** Larger pictures are drawn smaller: far more than a model sees. */
const WIDEST = 2048;

/** A server that has not answered by then does not. */
const PATIENCE = 30_000;

/** What a picture may be read by. */
const WAYS = [fromFile, fromPixels, fromOtherSite, fromScreen];

/**
 * Has a picture described.
 * @param {Element | null} picture Where it is in the page, if it was found.
 * @param {object} options
 * @param {string} [options.address]
 * @param {() => Promise<void>} [options.clearView] Takes away what the extension itself shows in front of the page.
 * @returns {Promise<Described>}
 */
export async function describe(picture, { address = picture ? addressOf(picture) : "", clearView } = {}) {
  if (picture && isImage(picture) && picture.complete) {
    await picture.decode().catch(() => {
      throw problem("broken");
    });
  }
  /** @type {Error | null} */
  let reason = null;
  for (const way of WAYS) {
    try {
      const found = await way({ picture, address, clearView });
      if (found) {
        return await ask("background", "describe", { picture: found });
      }
    } catch (error) {
      // The reason that counts is why the plain way failed, unless the picture itself is at fault.
      reason ??= /** @type {Error} */ (error);
    }
  }
  throw reason ?? problem(picture ? "notSeen" : "otherSite");
}

/**
 * @typedef {{ picture: Element | null, address: string, clearView?: () => Promise<void> }} Wanted
 * @typedef {Promise<import("../messages.js").Picture | null>} Found
 */

/**
 * The file's bytes, as the browser has kept them; fetched with the page's own rights.
 * @param {Wanted} wanted
 * @returns {Found}
 */
async function fromFile({ address }) {
  if (!address) {
    return null;
  }
  const response = await fetch(address, {
    cache: "force-cache",
    // What a page may read of its own site it reads as the visitor.
    credentials: "same-origin",
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => {
    throw problem("otherSite");
  });
  if (!response.ok) {
    throw problem("answered", response.status);
  }
  const file = await response.blob();
  return file.size > LARGEST_FILE ? null : { file: await inBase64(file) };
}

/**
 * The pixels, of a picture that the page may read.
 * @param {Wanted} wanted
 * @returns {Found}
 */
async function fromPixels({ picture }) {
  const isDrawn = picture?.localName === "canvas";
  if (!picture || !(isDrawn || isImage(picture))) {
    return null;
  }
  const image = /** @type {HTMLCanvasElement | HTMLImageElement} */ (picture);
  const [width, height] =
    "naturalWidth" in image ? [image.naturalWidth, image.naturalHeight] : [image.width, image.height];
  const scale = Math.min(1, WIDEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(scale * width));
  canvas.height = Math.max(1, Math.round(scale * height));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  // Fails for a picture of another site.
  const file = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  return file && { file: await inBase64(file) };
}

/**
 * Another site's file, fetched by the extension: only where that was allowed on its options page.
 * @param {Wanted} wanted
 * @returns {Found}
 */
async function fromOtherSite({ address }) {
  return /^https?:/.test(address) && new URL(address).origin !== location.origin ? { address } : null;
}

/**
 * What is seen of the picture in the window.
 * @param {Wanted} wanted
 * @returns {Found}
 */
async function fromScreen({ picture, clearView }) {
  if (!picture || !boxOf(picture)) {
    return null;
  }
  await clearView?.();
  const seen = boxOf(picture);
  // A box is told only where each window up to the tab's is the page's own.
  const { innerWidth: width, innerHeight: height } = /** @type {Window} */ (window.top);
  return seen && { seen, window: { width, height } };
}

/**
 * @param {Blob} file
 * @returns {Promise<string>}
 */
function inBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(/** @type {string} */ (reader.result)));
    reader.addEventListener("error", () => reject(problem("broken")));
    reader.readAsDataURL(file);
  });
}

/**
 * A reason for people.
 * @param {string} message The name of its text.
 * @param {(string | number)[]} details
 */
function problem(message, ...details) {
  return Object.assign(new Error(said(message, ...details)), { name: message });
}
