// The controls below the photo: play through the words, go to one of them, how its map looks, save it.

import { label, text } from "./language.js";
import { save } from "./exports.js";

/** How long a word stays when the words are played, in milliseconds. */
const STAY = 900;

/** Plays the words of a {@link WordList} over the photo of an {@link AttentionView}. */
export class AttentionPlayer {
  #controls;
  #words;
  #view;
  /** The timer of the next word while the words are played, or `null`. */
  #timer = null;

  /**
   * `controls`: the elements `panel`, `play`, `scrub`, `word`, `colour`, `strength` and `save`. `onStyle()` is called when
   * maps are to look otherwise.
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
    document.addEventListener("languagechosen", () => this.show(scrub.value > 0 ? scrub.value - 1 : null));
  }

  /** Offers the words in view, if they have maps. `name` is the photo's. */
  offer(name) {
    this.pause();
    const { panel, scrub, save } = this.#controls;
    panel.hidden = !this.#words.words.some(({ heat }) => heat);
    scrub.max = this.#words.words.length;
    save.dataset.photo = name.replace(/\.\w+$/, "") || "photo";
    this.show(null);
  }

  /** Says which word is in view, wherever it was chosen. */
  show(index) {
    const { scrub, word, save } = this.#controls;
    const { words } = this.#words;
    const number = index === null ? 0 : index + 1;
    scrub.value = number;
    save.disabled = number === 0;
    word.textContent = words[index]?.text ?? "";
    scrub.setAttribute("aria-valuetext", words[index]
      ? text("wordOf", { number, count: words.length, word: words[index].text })
      : text("wholePhoto"));
  }

  pause() {
    clearTimeout(this.#timer);
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
    save(name, await this.#view.picture());
  }
}
