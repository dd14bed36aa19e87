// The photo with its maps: drawn in the element, or an image of the page with a canvas laid over it.

import { drawHeat } from "../shared/heat-map.js";
import { make } from "../shared/make.js";
import { Overlay } from "./overlay.js";
import { drawPhoto } from "./photo.js";

/** Width in pixels of a small copy of the photo. */
const SMALL = 160;

/** The photo in view. */
export class Picture {
  #root;
  #parts;
  /** What lies over an image of the page; `null` where the element has a picture of its own, or none. */
  #overlay = null;

  constructor(root, parts) {
    this.#root = root;
    this.#parts = parts;
  }

  /** Whether there is a picture for maps to lie on. */
  get isShown() {
    return this.#overlay !== null || !this.#parts.photo.hidden;
  }

  /** Shows a photo, unless the page does so itself. Fails where the signal is aborted before. */
  async show(source, signal) {
    const { picture, photo } = this.#parts;
    if (source instanceof HTMLImageElement && source.isConnected) {
      this.#overlay = new Overlay(this.#root, source);
      photo.hidden = true;
      return;
    }
    photo.hidden = !(await drawPhoto(picture, source, signal));
  }

  /** Says what the photo shows, for those who cannot see it. */
  describe(text, language) {
    const { picture } = this.#parts;
    picture.setAttribute("aria-label", text);
    picture.lang = language;
  }

  /** Lays a heat map over the photo; `null` takes it away. */
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
    const shown = image ?? this.#parts.picture;
    const [width, height] = image ? [image.naturalWidth, image.naturalHeight] : [shown.width, shown.height];
    copy.width = SMALL;
    copy.height = Math.round((SMALL * height) / width);
    copy.getContext("2d").drawImage(shown, 0, 0, copy.width, copy.height);
    return copy;
  }

  /** Takes the maps away, and lets go of the page's image. */
  clear() {
    this.look(null);
    this.#overlay?.remove();
    this.#overlay = null;
  }
}
