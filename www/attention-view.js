// The photo with a heat map over it.

/** Shows a photo, and where the model looked for one word. */
export class AttentionView {
  #figure;
  #image;
  #canvas;
  #address = null;

  constructor({ figure, image, canvas }) {
    this.#figure = figure;
    this.#image = image;
    this.#canvas = canvas;
    // The style sheet sizes the figure to the photo's shape, so that the map lies exactly over it.
    image.addEventListener("load", () => {
      figure.style.setProperty("--ratio", image.naturalWidth / image.naturalHeight);
    });
  }

  /** The shown photo's address, or `null`. */
  get address() {
    return this.#address;
  }

  /** Shows a photo without a map. */
  show(photo) {
    this.clear();
    this.#address = URL.createObjectURL(photo);
    this.#image.src = this.#address;
    this.#figure.hidden = false;
  }

  /** Says what the photo shows, for those who cannot see it. */
  describe(text) {
    this.#image.alt = text;
  }

  /** Lays a heat map over the photo; `null` takes it away. */
  look(heat) {
    this.#figure.classList.toggle("looking", heat !== null);
    if (heat) {
      drawHeat(this.#canvas, heat);
    }
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

/** Draws a heat map that came from the worker. The style sheet stretches the canvas over the photo. */
export function drawHeat(canvas, { width, height, pixels }) {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}
