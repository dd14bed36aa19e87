// The caption as a row of words to point at, focus and step through.

import { isUnsure, percent } from "./confidence.js";
import { make } from "./make.js";

/**
 * A toolbar of words. `onLook(word)` is called with the word to show the map of, or `null`; `onSelect(index)` when another
 * one, or none (`null`), is chosen to stay. What describes unsure words has the id "unsure" in the toolbar's tree.
 */
export class WordList {
  #toolbar;
  #onLook;
  #onSelect;
  #words = [];
  #selected = null;
  /** The word that was selected when the pointer went down: it is selected no more when that becomes a click on it. */
  #selectedBefore = null;

  constructor(toolbar, onLook, onSelect = () => {}) {
    this.#toolbar = toolbar;
    this.#onLook = onLook;
    this.#onSelect = onSelect;
    toolbar.addEventListener("pointerover", (event) => this.#preview(event.target));
    toolbar.addEventListener("pointerleave", () => this.#onLook(this.#words[this.#selected] ?? null));
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

  /** Adds a word at the end. */
  add(word) {
    this.#words.push(word);
    const text = make("span", { class: "word-text" }, word.text);
    const sure = make("span", { class: "word-sure" }, percent(word.probability));
    const button = make("button", { type: "button", class: "word", "aria-pressed": "false" }, text, " ", sure);
    // One stop for the Tab key; the arrow keys go on from there.
    button.tabIndex = this.#words.length === 1 ? 0 : -1;
    button.style.setProperty("--sure", word.probability);
    if (isUnsure(word)) {
      button.classList.add("unsure");
      button.setAttribute("aria-describedby", "unsure");
    }
    this.#toolbar.append(button);
  }

  /** Shows the map of the word at `index` and moves the Tab stop to it; no such word, such as -1, selects none. */
  select(wanted) {
    const index = this.#words[wanted] ? wanted : null;
    this.#selected = index;
    for (const [position, button] of [...this.#toolbar.children].entries()) {
      button.setAttribute("aria-pressed", String(position === index));
      if (index !== null) {
        button.tabIndex = position === index ? 0 : -1;
      }
    }
    this.#onLook(this.#words[index] ?? null);
    this.#onSelect(index);
  }

  #chooseAt(target) {
    const index = this.#indexOf(target);
    if (index !== -1) {
      this.select(index);
    }
  }

  #preview(target) {
    const index = this.#indexOf(target);
    if (index !== -1) {
      this.#onLook(this.#words[index]);
    }
  }

  #step(event) {
    const index = this.#indexOf(event.target);
    const last = this.#words.length - 1;
    const goal = {
      ArrowRight: Math.min(index + 1, last),
      ArrowLeft: Math.max(index - 1, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === "Escape") {
      this.select(-1);
    } else if (goal !== undefined && index !== -1) {
      event.preventDefault();
      this.#toolbar.children[goal].focus();
    }
  }

  #indexOf(target) {
    return [...this.#toolbar.children].indexOf(target.closest?.("button"));
  }
}
