// The small pictures of a gallery.

import { contextOf } from "../shared/make.js";

/** Width of a small picture in pixels: twice what is seen, for sharp screens. */
const WIDTH = 320;

/** Draws photos on canvases, one after the other: decoded, a photo may take fifty megabytes. */
export class Thumbnails {
  /**
   * Canvases that are still to be drawn on.
   * @type {Map<HTMLCanvasElement, Blob>}
   */
  #waiting = new Map();
  #isDrawing = false;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Blob} file
   */
  draw(canvas, file) {
    this.#waiting.set(canvas, file);
    this.#drawAll();
  }

  /**
   * A canvas is not seen any more.
   * @param {HTMLCanvasElement} canvas
   */
  remove(canvas) {
    this.#waiting.delete(canvas);
    // Its pixels go at once, and not when the browser tidies up.
    canvas.width = 0;
  }

  async #drawAll() {
    if (this.#isDrawing) {
      return;
    }
    this.#isDrawing = true;
    for (const [canvas, file] of this.#waiting) {
      try {
        const bitmap = await createImageBitmap(file, { resizeWidth: WIDTH, resizeQuality: "medium" });
        if (this.#waiting.has(canvas)) {
          canvas.width = bitmap.width;
          canvas.height = bitmap.height;
          contextOf(canvas).drawImage(bitmap, 0, 0);
        }
        bitmap.close();
      } catch {
        // What is no photo has no picture; its caption says so.
      }
      this.#waiting.delete(canvas);
    }
    this.#isDrawing = false;
  }
}
