// One photo: its caption word by word with the maps, beside what people said of it.

import { isUnsure, percent } from "../shared/confidence.js";
import { setLanguage } from "../shared/direction.js";
import { make } from "../shared/make.js";
import { MappedPhoto } from "../shared/mapped-photo.js";
import { showWordGrid } from "../shared/maps.js";
import { WordList } from "../shared/word-list.js";
import { pairText } from "./confusion-table.js";
import { addressOf, byId, printed, wordsOf } from "./data.js";

/** @import { Word } from "../captioner/captioner.js" */
/** @import { ReportData, ReportPhoto } from "./data.js" */

/** Runs of letters and digits, which a reference's words are looked for in, and what is between. */
const WORDS = /([\p{L}\p{M}\p{N}]+(?:-[\p{L}\p{M}\p{N}]+)*)/u;

/** Shows one photo of a report at a time. */
export class PhotoView {
  #data;
  #picture;
  #words;
  #grid = byId("grid");
  /** @type {{ words: Word[], address: string } | null} */
  #shown = null;

  /** @param {ReportData} data */
  constructor(data) {
    this.#data = data;
    this.#picture = new MappedPhoto({
      figure: byId("photo"),
      image: /** @type {HTMLImageElement} */ (byId("photo-image")),
      canvas: /** @type {HTMLCanvasElement} */ (byId("attention")),
    });
    setLanguage(byId("words"), data.language);
    this.#words = new WordList(byId("words"), (word) => this.#picture.look(word?.heat ?? null));
    this.#grid.addEventListener("toggle", () => this.#showGrid());
  }

  /**
   * Shows a photo; `null` shows none.
   * @param {ReportPhoto | null} photo
   */
  show(photo) {
    byId("photo-view").hidden = photo === null;
    this.#words.clear();
    if (photo === null) {
      return;
    }
    const { language, measures, photos } = this.#data;
    const address = addressOf(photos.indexOf(photo));
    const words = wordsOf(photo, this.#data);
    this.#shown = { words, address };
    byId("photo-name").textContent = photo.name;
    this.#picture.showAt(address);
    this.#picture.describe(photo.caption, language);
    for (const [place, word] of words.entries()) {
      this.#words.add(word);
      if (photo.words[place].supported === false) {
        markInvented(/** @type {Element} */ (byId("words").lastElementChild));
      }
    }
    byId("hint").hidden = words.every(({ heat }) => heat === null);
    byId("invented-hint").hidden = photo.words.every(({ supported }) => supported !== false);
    byId("unsure-hint").hidden = !words.some(isUnsure);
    byId("sure").textContent =
      photo.confidence === null ? "" : `Right with a probability of ${percent(photo.confidence)}.`;
    this.#grid.hidden = byId("hint").hidden;
    const missed = new Set(photo.missed);
    byId("references").replaceChildren(...photo.references.map((text) => reference(text, missed)));
    this.#showDifferences(photo);
    byId("scores").replaceChildren(...measures.flatMap((name, place) => pair(name, printed(photo.scores[place]))));
    this.#showGrid();
  }

  /** @param {ReportPhoto} photo */
  #showDifferences({ words, missed, confusions }) {
    const invented = words.filter(({ supported }) => supported === false).map(({ text }) => text);
    const differences = byId("differences");
    differences.replaceChildren();
    if (invented.length > 0) {
      differences.append(...pair("In no reference", [...new Set(invented)].join(", ")));
    }
    if (missed.length > 0) {
      differences.append(...pair("Missed", missed.join(", ")));
    }
    for (const [group, said, meant] of confusions.filter(([, said, meant]) => said !== meant)) {
      differences.append(...pair("Confused", pairText(this.#data.groups[group].words, said, meant)));
    }
    differences.hidden = differences.childElementCount === 0;
  }

  #showGrid() {
    const list = /** @type {HTMLElement} */ (this.#grid.querySelector("ol"));
    const isOpen = /** @type {HTMLDetailsElement} */ (this.#grid).open && !this.#grid.hidden;
    if (!isOpen || !this.#shown) {
      list.replaceChildren();
      return;
    }
    const { words, address } = this.#shown;
    showWordGrid(list, words, this.#data.language, {
      picture: () => make("img", { src: address, alt: "" }),
      label: (map, text) => map.setAttribute("aria-label", `Where the model looked for “${text}”`),
    });
  }
}

/** @param {Element} button */
function markInvented(button) {
  button.classList.add("invented");
  const described = button.getAttribute("aria-describedby");
  button.setAttribute("aria-describedby", described ? `${described} invented` : "invented");
}

/**
 * What somebody said, with the words marked that the caption has missed.
 * @param {string} text
 * @param {Set<string>} missed
 */
function reference(text, missed) {
  const parts = text.split(WORDS).map((part) => (missed.has(part.toLowerCase()) ? make("mark", {}, part) : part));
  return make("li", { dir: "auto" }, ...parts);
}

/**
 * @param {string} name
 * @param {string} value
 */
function pair(name, value) {
  return [make("dt", {}, name), make("dd", {}, value)];
}
