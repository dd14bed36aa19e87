// The photo with a heat map over it.

import { setLanguage } from "../shared/direction.js";
import { contextOf } from "../shared/make.js";
import { drawHeat } from "../shared/maps.js";

/** @import { HeatMap } from "../captioner/captioner.js" */

/** Pixels of a saved picture: Safari on iOS draws no larger canvas. */
const MOST_PIXELS = 16_000_000;

/** Shows a photo, and where the model looked for one word. */
export class AttentionView {
  #figure;
  #image;
  #canvas;
  /** @type {string | null} */
  #address = null;
  /** @type {HeatMap | null} */
  #heat = null;
  #tint = "";

  /** @param {{ figure: HTMLElement, image: HTMLImageElement, canvas: HTMLCanvasElement }} parts */
  constructor({ figure, image, canvas }) {
    this.#figure = figure;
    this.#image = image;
    this.#canvas = canvas;
    // The style sheet sizes the figure to the photo's shape, so that the map lies exactly over it.
    image.addEventListener("load", () => {
      figure.style.setProperty("--ratio", String(image.naturalWidth / image.naturalHeight));
    });
    // What is no photo, or none that this browser can show.
    image.addEventListener("error", () => {
      figure.hidden = true;
    });
  }

  /** The shown photo's address, or `null`. */
  get address() {
    return this.#address;
  }

  /** A CSS colour in place of the map's own colours; empty for these. */
  get tint() {
    return this.#tint;
  }

  set tint(tint) {
    this.#tint = tint;
    this.look(this.#heat);
  }

  /**
   * Shows a photo without a map.
   * @param {Blob} photo
   */
  show(photo) {
    this.clear();
    this.#address = URL.createObjectURL(photo);
    this.#image.src = this.#address;
    this.#figure.hidden = false;
  }

  /**
   * Says what the photo shows, for those who cannot see it.
   * @param {string} text
   * @param {string} language
   */
  describe(text, language) {
    this.#image.alt = text;
    setLanguage(this.#image, language);
  }

  /**
   * Lays a heat map over the photo; `null` takes it away.
   * @param {HeatMap | null} heat
   */
  look(heat) {
    this.#heat = heat;
    this.#figure.classList.toggle("looking", heat !== null);
    if (heat) {
      drawHeat(this.#canvas, heat, this.#tint);
    }
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
    this.look(null);
    this.#figure.hidden = true;
    this.#image.removeAttribute("src");
    this.#image.alt = "";
    if (this.#address) {
      URL.revokeObjectURL(this.#address);
      this.#address = null;
    }
  }
}

/**
 * A heat map of a quarter of the side. It is smooth, so that little is lost, and a gallery has thousands of them.
 * @param {HeatMap} heat
 * @returns {HeatMap}
 */
export function shrinkHeat({ width, height, pixels }) {
  const small = { width: width / 4, height: height / 4, pixels: new Uint8ClampedArray(pixels.length / 16) };
  for (let place = 0; place < small.pixels.length; place += 4) {
    const column = (place / 4) % small.width;
    const row = (place / 4 - column) / small.width;
    const from = 4 * ((4 * row + 2) * width + 4 * column + 2);
    small.pixels.set(pixels.subarray(from, from + 4), place);
  }
  return small;
}
