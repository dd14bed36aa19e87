// Alternative texts of the page's images. What a person wrote is never replaced.

import { photoOf } from "./page-image.js";

/**
 * What was set without asking: the text, the photo that it is about, and what stood there before.
 * @type {WeakMap<Element, { text: string, photo: string, before: string | null }>}
 */
const ours = new WeakMap();

/**
 * What a person accepted, and the photo that it is about.
 * @type {WeakMap<Element, { text: string, photo: string }>}
 */
const accepted = new WeakMap();

/**
 * Whether an image's text may be set without asking: it has none, or ours, and is as it was when the captioning began.
 * @param {HTMLImageElement} image
 * @param {string | null} begun
 */
export function isFree(image, begun) {
  const text = image.getAttribute("alt");
  return text === begun && (!text?.trim() || text === ours.get(image)?.text);
}

/**
 * Sets a text without asking.
 * @param {HTMLImageElement} image
 * @param {string} text
 */
export function setUnasked(image, text) {
  const before = ours.has(image) ? (ours.get(image)?.before ?? null) : image.getAttribute("alt");
  image.alt = text;
  ours.set(image, { text, photo: photoOf(image), before });
}

/**
 * Sets a text that a person has accepted, which is theirs by that.
 * @param {HTMLImageElement} image
 * @param {string} text
 */
export function setAccepted(image, text) {
  ours.delete(image);
  image.alt = text;
  accepted.set(image, { text, photo: photoOf(image) });
}

/**
 * Whether an image has the text that a person accepted for its photo.
 * @param {HTMLImageElement} image
 */
export function isSettled(image) {
  const own = accepted.get(image);
  return own?.photo === photoOf(image) && own.text === image.getAttribute("alt");
}

/**
 * Gives what a person accepted for an image to another one that shows the same photo in its place, and has no text.
 * @param {HTMLImageElement} before
 * @param {HTMLImageElement} image
 */
export function carryOver(before, image) {
  const own = accepted.get(before);
  if (own?.photo === photoOf(image) && !image.getAttribute("alt")?.trim()) {
    setAccepted(image, own.text);
  }
}

/**
 * Takes back what was set about another photo than the one that the image has by now.
 * @param {Element} image
 */
export function dropStale(image) {
  const own = ours.get(image);
  if (!own || own.photo === photoOf(image)) {
    return;
  }
  ours.delete(image);
  if (image.getAttribute("alt") === own.text) {
    if (own.before === null) {
      image.removeAttribute("alt");
    } else {
      image.setAttribute("alt", own.before);
    }
  }
}
