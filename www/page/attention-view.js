// The photo in view, with a heat map over it.

import { contextOf } from "../shared/make.js";
import { MappedPhoto } from "../shared/mapped-photo.js";

/** Pixels of a saved picture: Safari on iOS draws no larger canvas. */
const MOST_PIXELS = 16_000_000;

/** Shows a visitor's photo, and where the model looked for one word. */
export class AttentionView extends MappedPhoto {
  #image;
  #canvas;
  /** @type {string | null} */
  #address = null;

  /** @param {{ figure: HTMLElement, image: HTMLImageElement, canvas: HTMLCanvasElement }} parts */
  constructor(parts) {
    super(parts);
    this.#image = parts.image;
    this.#canvas = parts.canvas;
  }

  /** The shown photo's address, or `null`. */
  get address() {
    return this.#address;
  }

  /**
   * Shows a photo without a map.
   * @param {Blob} photo
   */
  show(photo) {
    this.clear();
    this.#address = URL.createObjectURL(photo);
    this.showAt(this.#address);
  }

  /**
   * What is in view as a PNG in the photo's own size, unless that is very large: the photo, made paler, and the map over it.
   * @returns {Promise<Blob | null>} `null` where the browser cannot write one.
   */
  picture() {
    const image = this.#image;
    const canvas = document.createElement("canvas");
    const { naturalWidth, naturalHeight } = image;
    const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (naturalWidth * naturalHeight)));
    canvas.width = Math.round(scale * naturalWidth);
    canvas.height = Math.round(scale * naturalHeight);
    const context = contextOf(canvas);
    // Safari before 18 leaves the photo as it is.
    context.filter = getComputedStyle(image).filter;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    context.filter = "none";
    context.globalAlpha = Number(getComputedStyle(this.#canvas).opacity);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.#canvas, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  /** Takes the photo away. */
  clear() {
    super.clear();
    if (this.#address) {
      URL.revokeObjectURL(this.#address);
      this.#address = null;
    }
  }
}
