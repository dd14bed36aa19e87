// The caption as a row of words to point at, focus and step through.

import { isUnsure, percent } from "./confidence.js";
import { make } from "./make.js";

/** @import { Word } from "../captioner/captioner.js" */

/**
 * A toolbar of words. `onLook(word)` is called with the word to show the map of, or `null`; `onSelect(index)` when another
 * one, or none (`null`), is chosen to stay. What describes unsure words has the id "unsure" in the toolbar's tree.
 */
export class WordList {
  #toolbar;
  #onLook;
  #onSelect;
  /** @type {Word[]} */
  #words = [];
  /** @type {number | null} */
  #selected = null;
  /**
   * The word that was selected when the pointer went down: it is selected no more when that becomes a click on it.
   * @type {number | null}
   */
  #selectedBefore = null;

  /**
   * @param {HTMLElement} toolbar
   * @param {(word: Word | null) => void} onLook
   * @param {(index: number | null) => void} [onSelect]
   */
  constructor(toolbar, onLook, onSelect = () => {}) {
    this.#toolbar = toolbar;
    this.#onLook = onLook;
    this.#onSelect = onSelect;
    toolbar.addEventListener("pointerover", (event) => this.#preview(event.target));
    toolbar.addEventListener("pointerleave", () => this.#onLook(this.#wordAt(this.#selected)));
    toolbar.addEventListener("focusin", ({ target }) => this.#chooseAt(target));
    toolbar.addEventListener("pointerdown", () => (this.#selectedBefore = this.#selected));
    toolbar.addEventListener("click", (event) => {
      // The keyboard's clicks have no pointer.
      const before = event.detail === 0 ? this.#selected : this.#selectedBefore;
      if (before !== null && before === this.#indexOf(event.target)) {
        this.select(-1);
      } else {
        this.#chooseAt(event.target);
      }
    });
    toolbar.addEventListener("keydown", (event) => this.#step(event));
  }

  get words() {
    return this.#words;
  }

  clear() {
    this.#words = [];
    this.#selected = null;
    this.#toolbar.replaceChildren();
  }

  /**
   * Adds a word at the end.
   * @param {Word} word
   */
  add(word) {
    this.#words.push(word);
    const text = make("span", { class: "word-text" }, word.text);
    const sure = make("span", { class: "word-sure", dir: "ltr" }, percent(word.probability));
    const button = make("button", { type: "button", class: "word", "aria-pressed": "false" }, text, " ", sure);
    // One stop for the Tab key; the arrow keys go on from there.
    button.tabIndex = this.#words.length === 1 ? 0 : -1;
    button.style.setProperty("--sure", String(word.probability));
    if (isUnsure(word)) {
      button.classList.add("unsure");
      button.setAttribute("aria-describedby", "unsure");
    }
    this.#toolbar.append(button);
  }

  /**
   * Shows the map of a word and moves the Tab stop to it; no such word, such as -1, selects none.
   * @param {number} wanted
   */
  select(wanted) {
    const index = this.#words[wanted] ? wanted : null;
    this.#selected = index;
    for (const [position, button] of this.#buttons.entries()) {
      button.setAttribute("aria-pressed", String(position === index));
      if (index !== null) {
        button.tabIndex = position === index ? 0 : -1;
      }
    }
    this.#onLook(this.#wordAt(index));
    this.#onSelect(index);
  }

  /** The words have their maps now. */
  lookAgain() {
    this.#onLook(this.#wordAt(this.#selected));
    this.#onSelect(this.#selected);
  }

  get #buttons() {
    return /** @type {HTMLButtonElement[]} */ ([...this.#toolbar.children]);
  }

  /** @param {number | null} index */
  #wordAt(index) {
    return index === null ? null : this.#words[index];
  }

  /** @param {EventTarget | null} target */
  #chooseAt(target) {
    const index = this.#indexOf(target);
    if (index !== -1) {
      this.select(index);
    }
  }

  /** @param {EventTarget | null} target */
  #preview(target) {
    const index = this.#indexOf(target);
    if (index !== -1) {
      this.#onLook(this.#words[index]);
    }
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const index = this.#indexOf(event.target);
    const last = this.#words.length - 1;
    // Arrows point to where the words are seen.
    const isRightToLeft = getComputedStyle(this.#toolbar).direction === "rtl";
    const [back, on] = isRightToLeft ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
    /** @type {Record<string, number>} */
    const goals = { [on]: Math.min(index + 1, last), [back]: Math.max(index - 1, 0), Home: 0, End: last };
    const goal = goals[event.key];
    if (event.key === "Escape") {
      this.select(-1);
    } else if (goal !== undefined && index !== -1) {
      event.preventDefault();
      this.#buttons[goal].focus();
    }
  }

  /** @param {EventTarget | null} target */
  #indexOf(target) {
    return this.#buttons.findIndex((button) => button.contains(/** @type {Node} */ (target)));
  }
}
