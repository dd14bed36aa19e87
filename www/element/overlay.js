// Heat maps over an image of somebody else's page, which is left as it is.

import { make } from "../shared/make.js";
import { drawHeat } from "../shared/maps.js";
import { visiblePicture } from "./visible-picture.js";

/** @import { HeatMap } from "../captioner/captioner.js" */
/** @import { PageImage } from "./page-image.js" */

/** A canvas in `root` that lies over the picture of `image` while a word is looked at. */
export class Overlay {
  #canvas = make("canvas", { class: "outside", part: "map" });
  /** As large as the image's box, and turned as it is. */
  #frame = make("div", { class: "frame" }, this.#canvas);
  /** As large as the window. */
  #layer = make("div", { class: "layer", popover: "manual", "aria-hidden": "true", hidden: "" }, this.#frame);
  #request = 0;

  /**
   * @param {ShadowRoot} root
   * @param {PageImage} image
   */
  constructor(root, image) {
    this.image = image;
    root.append(this.#layer);
  }

  /**
   * Lays a heat map over the image; `null` takes it away.
   * @param {HeatMap | null} heat
   */
  look(heat) {
    cancelAnimationFrame(this.#request);
    // Dialogues that were opened meanwhile lie above it until it rises again.
    this.#sink();
    if (heat) {
      drawHeat(this.#canvas, heat);
      this.#follow();
    }
  }

  remove() {
    this.look(null);
    this.#layer.remove();
  }

  /** The page may scroll, or move, restyle and hide the image, at any time. */
  #follow() {
    const place = this.#layer.isConnected ? visiblePicture(this.image) : null;
    this.#layer.hidden = place === null;
    if (place) {
      Object.assign(this.#layer.style, { clipPath: place.clip });
      Object.assign(this.#frame.style, place.frame);
      Object.assign(this.#canvas.style, place.picture);
      this.#rise();
    }
    this.#request = requestAnimationFrame(() => this.#follow());
  }

  #sink() {
    this.#layer.hidden = true;
    // It does nothing where the layer does not lie above.
    this.#layer.hidePopover?.();
  }

  /** Above everything else, where nothing round the element clips or moves it: browsers before 2024 lay it in the page. */
  #rise() {
    if (this.#layer.isConnected && this.#layer.showPopover && !this.#layer.matches(":popover-open")) {
      this.#layer.showPopover();
    }
  }
}
