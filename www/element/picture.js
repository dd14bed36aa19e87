// The photo with its maps: drawn in the element, or an image of the page with a canvas laid over it.

import { setLanguage } from "../shared/direction.js";
import { contextOf, make } from "../shared/make.js";
import { drawHeat } from "../shared/maps.js";
import { isInPage, naturalSize } from "./page-image.js";
import { drawPhoto } from "./photo.js";

/** @import { HeatMap, PhotoSource } from "../captioner/captioner.js" */
/** @import { Photo } from "./photo.js" */
/** @import { Parts } from "./shadow-tree.js" */

/** Width in pixels of a small copy of the photo. */
const SMALL = 160;

/** The photo in view. */
export class Picture {
  #root;
  #parts;
  /**
   * What lies over an image of the page; `null` where the element has a picture of its own, or none.
   * @type {import("./overlay.js").Overlay | null}
   */
  #overlay = null;

  /**
   * @param {ShadowRoot} root
   * @param {Parts} parts
   */
  constructor(root, parts) {
    this.#root = root;
    this.#parts = parts;
  }

  /** Whether there is a picture for maps to lie on. */
  get isShown() {
    return this.#overlay !== null || !this.#parts.photo.hidden;
  }

  /**
   * Shows a photo, unless the page does so itself. Fails where the signal is aborted before.
   * @param {Photo} source
   * @param {AbortSignal} signal
   */
  async show(source, signal) {
    const { picture, photo } = this.#parts;
    if (isInPage(source, this.#root.ownerDocument)) {
      // Most elements have a photo of their own.
      const { Overlay } = await import("./overlay.js");
      signal.throwIfAborted();
      this.#overlay = new Overlay(this.#root, source);
      photo.hidden = true;
      return;
    }
    photo.hidden = !(await drawPhoto(picture, source, signal));
  }

  /**
   * Lets go of the page's image for another one that shows the same photo.
   * @param {PhotoSource | null} image
   */
  move(image) {
    if (this.#overlay && image && isInPage(image, this.#root.ownerDocument)) {
      this.#overlay.image = image;
    }
  }

  /**
   * Says what the photo shows, for those who cannot see it.
   * @param {string} text
   * @param {string} language
   */
  describe(text, language) {
    const { picture } = this.#parts;
    picture.setAttribute("aria-label", text);
    setLanguage(picture, language);
  }

  /**
   * Lays a heat map over the photo; `null` takes it away.
   * @param {HeatMap | null} heat
   */
  look(heat) {
    if (this.#overlay) {
      this.#overlay.look(heat);
      return;
    }
    const { photo, map } = this.#parts;
    photo.classList.toggle("looking", heat !== null);
    if (heat) {
      drawHeat(map, heat);
    }
  }

  /** A small copy of the photo. */
  small() {
    const copy = make("canvas");
    const image = this.#overlay?.image;
    const { picture } = this.#parts;
    const { width, height } = image ? naturalSize(image) : picture;
    copy.width = SMALL;
    copy.height = Math.round((SMALL * height) / width);
    contextOf(copy).drawImage(image ?? picture, 0, 0, copy.width, copy.height);
    return copy;
  }

  /** Takes the maps away, and lets go of the page's image. */
  clear() {
    this.look(null);
    this.#overlay?.remove();
    this.#overlay = null;
  }
}
