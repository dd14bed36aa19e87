// Heat maps over an image of somebody else's page, which is left as it is.

import { make } from "../shared/make.js";
import { drawHeat } from "../shared/maps.js";

/** @import { HeatMap } from "../captioner/captioner.js" */

/** A canvas in `root` that lies over `image` while a word is looked at. */
export class Overlay {
  #canvas = make("canvas", { class: "outside", part: "map", "aria-hidden": "true", hidden: "" });
  #frame = 0;

  /**
   * @param {ShadowRoot} root
   * @param {HTMLImageElement} image
   */
  constructor(root, image) {
    this.image = image;
    root.append(this.#canvas);
  }

  /**
   * Lays a heat map over the image; `null` takes it away.
   * @param {HeatMap | null} heat
   */
  look(heat) {
    this.#canvas.hidden = heat === null;
    if (heat) {
      drawHeat(this.#canvas, heat);
      this.#follow();
    } else {
      cancelAnimationFrame(this.#frame);
    }
  }

  remove() {
    this.look(null);
    this.#canvas.remove();
  }

  /** The page may scroll, or move the image, at any time. */
  #follow() {
    cancelAnimationFrame(this.#frame);
    const { left, top, width, height } = this.image.getBoundingClientRect();
    Object.assign(this.#canvas.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    this.#frame = requestAnimationFrame(() => this.#follow());
  }
}
