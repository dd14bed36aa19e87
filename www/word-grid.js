// All words at once: the photo once per word, each with its map.

import { drawHeat } from "./attention-view.js";
import { percent } from "./word-list.js";

/** Fills `list` with one small photo per word. */
export function showWordGrid(list, address, words) {
  list.replaceChildren(...words.map((word) => cell(address, word)));
}

function cell(address, word) {
  const item = document.createElement("li");
  const picture = document.createElement("div");
  picture.className = "photo looking";
  const image = document.createElement("img");
  image.src = address;
  image.alt = "";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Where the model looked for “${word.text}”`);
  drawHeat(canvas, word.heat);
  picture.append(image, canvas);

  const label = document.createElement("p");
  const text = document.createElement("span");
  text.textContent = word.text;
  const sure = document.createElement("span");
  sure.className = "word-sure";
  sure.textContent = percent(word.probability);
  label.append(text, " ", sure);
  item.append(picture, label);
  return item;
}
