// A photo with a heat map over it.

import { setLanguage } from "./direction.js";
import { drawHeat } from "./maps.js";

/** @import { HeatMap } from "../captioner/captioner.js" */

/** Shows a photo, and where the model looked for one word. */
export class MappedPhoto {
  #figure;
  #image;
  #canvas;
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

  /** A CSS colour in place of the map's own colours; empty for these. */
  get tint() {
    return this.#tint;
  }

  set tint(tint) {
    this.#tint = tint;
    this.look(this.#heat);
  }

  /**
   * Shows the photo at an address without a map.
   * @param {string} address
   */
  showAt(address) {
    this.look(null);
    this.#image.src = address;
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

  /** Takes the photo away. */
  clear() {
    this.look(null);
    this.#figure.hidden = true;
    this.#image.removeAttribute("src");
    this.#image.alt = "";
  }
}
