// All captions found for a photo, the best first, to choose from.

import { directionOf } from "../shared/direction.js";
import { make, quoted } from "../shared/make.js";
import { say } from "./language.js";

/** A list of captions with their scores. `onChoose(index)` is called with the one to show. */
export class CaptionList {
  #section;
  #list;
  #onChoose;

  /**
   * @param {HTMLElement} section
   * @param {HTMLElement} list
   * @param {(index: number) => void} onChoose
   */
  constructor(section, list, onChoose) {
    this.#section = section;
    this.#list = list;
    this.#onChoose = onChoose;
  }

  /**
   * Shows captions in a language, of which one is chosen; the list is hidden where there is no choice.
   * @param {{ text: string, score: number }[]} captions
   * @param {number} chosen
   * @param {string} language
   */
  show(captions, chosen, language) {
    this.#list.dir = directionOf(language);
    this.#list.replaceChildren(...captions.map((caption, index) => this.#item(caption, index, language)));
    this.#section.hidden = captions.length < 2;
    this.#mark(chosen);
  }

  clear() {
    this.show([], 0, "");
  }

  /**
   * @param {{ text: string, score: number }} caption
   * @param {number} index
   * @param {string} language
   */
  #item({ text, score }, index, language) {
    const words = text ? quoted(text, language) : say(make("span"), "noWords");
    const number = make("span", { class: "candidate-score", dir: "ltr" }, score.toFixed(2).replace("-", "−"));
    const button = make("button", { type: "button", class: "candidate" }, words, " ", number);
    button.addEventListener("click", () => {
      this.#mark(index);
      this.#onChoose(index);
    });
    return make("li", {}, button);
  }

  /** @param {number} chosen */
  #mark(chosen) {
    for (const [index, item] of [...this.#list.children].entries()) {
      item.firstElementChild?.setAttribute("aria-pressed", String(index === chosen));
    }
  }
}
