// The controls below the photo: play through the words, go to one of them, how its map looks, save it.

import { label, text } from "./language.js";
import { save } from "./save.js";

/** @import { WordList } from "../shared/word-list.js" */
/** @import { AttentionView } from "./attention-view.js" */

/**
 * The panel and what is in it: `word` says which word is in view.
 * @typedef {{ panel: HTMLElement, play: HTMLButtonElement, scrub: HTMLInputElement, word: HTMLElement,
 *   colour: HTMLSelectElement, strength: HTMLInputElement, save: HTMLButtonElement }} Controls
 */

/** How long a word stays when the words are played, in milliseconds. */
const STAY = 900;

/** Plays the words of a {@link WordList} over the photo of an {@link AttentionView}. */
export class AttentionPlayer {
  #controls;
  #words;
  #view;
  /**
   * The timer of the next word while the words are played, or `null`.
   * @type {number | null}
   */
  #timer = null;

  /**
   * @param {Controls} controls
   * @param {WordList} words
   * @param {AttentionView} view
   * @param {() => void} onStyle Called when maps are to look otherwise.
   */
  constructor(controls, words, view, onStyle) {
    this.#controls = controls;
    this.#words = words;
    this.#view = view;
    const { play, scrub, colour, strength, save } = controls;
    play.addEventListener("click", () => (this.#timer === null ? this.#play() : this.pause()));
    scrub.addEventListener("input", () => {
      this.pause();
      words.select(scrub.valueAsNumber - 1);
    });
    colour.addEventListener("change", () => {
      view.tint = colour.value;
      onStyle();
    });
    strength.addEventListener("input", () => {
      document.documentElement.style.setProperty("--strength", strength.value);
    });
    save.addEventListener("click", () => this.#save());
    document.addEventListener("languagechosen", () =>
      this.show(scrub.valueAsNumber > 0 ? scrub.valueAsNumber - 1 : null),
    );
  }

  /**
   * Offers the words in view, if they have maps.
   * @param {string} name The photo's.
   */
  offer(name) {
    this.pause();
    const { panel, scrub, save } = this.#controls;
    panel.hidden = !this.#words.words.some(({ heat }) => heat);
    scrub.max = String(this.#words.words.length);
    save.dataset.photo = name.replace(/\.\w+$/, "") || "photo";
    this.show(null);
  }

  /**
   * Says which word is in view, wherever it was chosen.
   * @param {number | null} index
   */
  show(index) {
    const { scrub, word, save } = this.#controls;
    const { words } = this.#words;
    const number = index === null ? 0 : index + 1;
    const current = index === null ? null : words[index];
    scrub.value = String(number);
    save.disabled = number === 0;
    word.textContent = current?.text ?? "";
    const value = current && text("wordOf", { number, count: words.length, word: current.text });
    scrub.setAttribute("aria-valuetext", value ?? text("wholePhoto"));
  }

  pause() {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    this.#showState();
  }

  /** From the word in view; from the first one after the last. */
  #play() {
    const { scrub } = this.#controls;
    const next = scrub.value === scrub.max ? 0 : scrub.valueAsNumber;
    this.#words.select(next);
    if (next + 1 < this.#words.words.length) {
      this.#timer = setTimeout(() => this.#play(), STAY);
      this.#showState();
    } else {
      this.pause();
    }
  }

  #showState() {
    const playing = this.#timer !== null;
    this.#controls.play.classList.toggle("playing", playing);
    label(this.#controls.play, playing ? "pause" : "play");
  }

  async #save() {
    const { save: button, word } = this.#controls;
    const name = `${button.dataset.photo}-${word.textContent}.png`;
    const picture = await this.#view.picture();
    if (picture) {
      save(name, picture);
    }
  }
}
