// All words at once: the photo once per word, each with its map.

import { percent } from "./confidence.js";
import { drawHeat } from "./heat-map.js";
import { make, quoted } from "./make.js";

/**
 * Fills `list` with one small photo per word of a caption. `look.picture()` makes a small photo, `look.label(map, text)` tells
 * which word a map belongs to, `look.tint` is the colour of the maps, if not their own.
 * @param {HTMLElement} list
 * @param {import("../captioner/captioner.js").Word[]} words
 * @param {string} language
 * @param {{ picture: () => HTMLElement, label: (map: HTMLElement, text: string) => void, tint?: string }} look
 */
export function showWordGrid(list, words, language, look) {
  list.replaceChildren(...words.map((word) => cell(word, language, look)));
}

function cell(word, language, { picture, label, tint }) {
  const map = make("canvas", { class: "map", role: "img" });
  label(map, word.text);
  drawHeat(map, word.heat, tint);
  const sure = make("span", { class: "word-sure" }, percent(word.probability));
  return make(
    "li",
    { class: "cell" },
    make("figure", { class: "photo looking" }, picture(), map),
    make("p", {}, quoted(word.text, language), " ", sure),
  );
}
