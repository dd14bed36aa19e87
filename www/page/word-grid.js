// All words at once: the photo once per word, each with its map.

import { drawHeat } from "../shared/heat-map.js";
import { label } from "./language.js";
import { percent } from "../shared/confidence.js";

/** Fills `list` with one small photo per word of a caption in `language`, its map in the colour `tint`. */
export function showWordGrid(list, { address, tint }, words, language) {
  list.replaceChildren(...words.map((word) => cell(address, word, tint, language)));
}

function cell(address, word, tint, language) {
  const item = document.createElement("li");
  const picture = document.createElement("div");
  picture.className = "photo looking";
  const image = document.createElement("img");
  image.src = address;
  image.alt = "";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  label(canvas, "lookedFor", { word: word.text });
  drawHeat(canvas, word.heat, tint);
  picture.append(image, canvas);

  const line = document.createElement("p");
  const text = document.createElement("span");
  text.lang = language;
  text.textContent = word.text;
  const sure = document.createElement("span");
  sure.className = "word-sure";
  sure.textContent = percent(word.probability);
  line.append(text, " ", sure);
  item.append(picture, line);
  return item;
}
