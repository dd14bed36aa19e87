// Where the model looked: the map of one word, and those of all words at once.

import { percent } from "./confidence.js";
import { directionOf } from "./direction.js";
import { contextOf, make, quoted } from "./make.js";

/** @import { HeatMap, Word } from "../captioner/captioner.js" */

/**
 * Draws a heat map that came from the worker, in one colour (`tint`) if there is one. The style sheet stretches the canvas over
 * the photo.
 * @param {HTMLCanvasElement} canvas
 * @param {HeatMap} heat
 * @param {string} [tint]
 */
export function drawHeat(canvas, { width, height, pixels }, tint) {
  canvas.width = width;
  canvas.height = height;
  const context = contextOf(canvas);
  context.putImageData(new ImageData(pixels, width, height), 0, 0);
  if (tint) {
    context.globalCompositeOperation = "source-in";
    context.fillStyle = tint;
    context.fillRect(0, 0, width, height);
  }
}

/**
 * How a grid looks: `picture()` makes a small photo, `label(map, text)` tells which word a map belongs to, and the maps are of
 * the colour `tint`, if not of their own.
 * @typedef {{ picture: () => HTMLElement, label: (map: HTMLElement, text: string) => void, tint?: string }} Look
 */

/**
 * Fills `list` with one small photo per word of a caption that has maps, in the direction in which it is read.
 * @param {HTMLElement} list
 * @param {Word[]} words
 * @param {string} language
 * @param {Look} look
 */
export function showWordGrid(list, words, language, look) {
  list.dir = directionOf(language);
  list.replaceChildren(...words.map((word) => cell(word, language, look)));
}

/**
 * @param {Word} word
 * @param {string} language
 * @param {Look} look
 */
function cell(word, language, { picture, label, tint }) {
  const map = make("canvas", { class: "map", role: "img" });
  label(map, word.text);
  drawHeat(map, /** @type {HeatMap} */ (word.heat), tint);
  const sure = make("span", { class: "word-sure", dir: "ltr" }, percent(word.probability));
  return make(
    "li",
    { class: "cell" },
    make("figure", { class: "photo looking" }, picture(), map),
    make("p", {}, quoted(word.text, language), " ", sure),
  );
}
