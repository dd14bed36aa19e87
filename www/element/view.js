// What the element shows and says, with its controls.

import { isUnsure, percent } from "../shared/confidence.js";
import { setLanguage } from "../shared/direction.js";
import { showWordGrid } from "../shared/maps.js";
import { deviceVoices } from "../shared/voices.js";
import { WordList } from "../shared/word-list.js";
import { Picture } from "./picture.js";
import { buildTree } from "./shadow-tree.js";
import { styleSheet } from "./style.js";
import { TextField } from "./text-field.js";
import { textsIn } from "./texts.js";

/** @import { Caption, Progress } from "../captioner/captioner.js" */

/** The inside of one element. */
export class View {
  #root;
  #parts;
  #language;
  #words;
  /** The photo in view. */
  picture;
  /** The field with the alternative text. */
  textField;

  /**
   * Fills an element's shadow tree. `language()` gives the language of its texts. `listeners`: `begin()`, when the visitor asks
   * for a caption; `read()`, for it to be read aloud; `choose(photo)`; and `accept(text)`, of the alternative text.
   * @param {ShadowRoot} root
   * @param {() => Parameters<typeof textsIn>[0]} language
   * @param {{ begin: () => void, read: () => void, choose: (photo: File) => void, accept: (text: string) => void }} listeners
   */
  constructor(root, language, listeners) {
    const { nodes, parts } = buildTree();
    root.append(...nodes);
    this.#root = root;
    this.#parts = parts;
    this.dress();
    this.#language = language;
    this.picture = new Picture(root, parts);
    this.#words = new WordList(parts.words, (word) => this.picture.look(word?.heat ?? null));
    this.textField = new TextField(parts, (text) => {
      listeners.accept(text);
      parts.status.focus();
    });
    const { start, retry, read, choose, file, status } = parts;
    for (const button of [start, retry]) {
      button.addEventListener("click", () => {
        listeners.begin();
        status.focus();
      });
    }
    read.addEventListener("click", () => listeners.read());
    choose.addEventListener("click", () => file.click());
    file.addEventListener("change", () => {
      const photo = file.files?.[0];
      file.value = "";
      if (photo) {
        listeners.choose(photo);
      }
    });
  }

  /** Gives the element its style, which it leaves behind when it goes to another document. */
  dress() {
    this.#root.adoptedStyleSheets = [styleSheet(this.#root.ownerDocument)];
  }

  /** The element's texts in its language. */
  get texts() {
    return textsIn(this.#language());
  }

  /** Writes the texts of the controls. */
  showTexts() {
    const { start, retry, read, choose, file, body, unsure } = this.#parts;
    const { texts } = this;
    setLanguage(body, this.#language());
    // What the page puts into the element goes on as the page does.
    for (const slot of body.querySelectorAll("slot")) {
      slot.dir = getComputedStyle(this.#root.host).direction;
    }
    start.textContent = texts.start;
    retry.textContent = texts.retry;
    read.textContent = texts.read;
    choose.textContent = texts.choose;
    unsure.textContent = texts.unsure;
    file.setAttribute("aria-label", texts.choose);
    this.textField.showTexts(texts);
  }

  /**
   * What the visitor can begin with: a photo of their own (`choose`), or the one that is named (`start`).
   * @param {{ choose: boolean, start: boolean }} offers
   */
  offer({ choose, start }) {
    this.#parts.choose.hidden = !choose;
    this.#parts.start.hidden = !start;
  }

  /** @param {boolean} isWanted */
  offerRetry(isWanted) {
    this.#parts.retry.hidden = !isWanted;
  }

  /**
   * Offers to read the caption aloud, where there is one and a voice.
   * @param {string} text
   */
  offerReading(text) {
    this.#parts.read.hidden = !text || deviceVoices().length === 0;
  }

  /**
   * A line about what is going on, or none.
   * @param {string} text
   */
  tell(text) {
    this.#parts.status.textContent = text;
    this.#parts.status.hidden = !text;
  }

  /**
   * Says something once to those who do not see it.
   * @param {(string | Node)[]} texts
   */
  announce(...texts) {
    this.#parts.live.replaceChildren(...texts);
  }

  /**
   * How much has been loaded; `null`: nothing is being loaded.
   * @param {Progress | null} progress
   */
  showProgress(progress) {
    const bar = this.#parts.progress;
    if (progress === null) {
      bar.hidden = true;
      return;
    }
    const { loaded, total } = progress;
    bar.hidden = loaded === total;
    bar.setAttribute("aria-label", this.texts.loading);
    if (total) {
      bar.value = loaded / total;
    } else {
      bar.removeAttribute("value");
    }
  }

  get hasError() {
    return !this.#parts.error.hidden;
  }

  /** @param {string} message */
  showError(message) {
    this.tell("");
    this.showProgress(null);
    this.#parts.alert.textContent = message;
    this.#parts.error.hidden = false;
  }

  /**
   * Shows a caption, its maps as `attention` wants it; `spoken` is the caption for those who do not see it.
   * @param {Caption} caption
   * @param {{ attention: string, isGuess: boolean, spoken: string }} how
   */
  showCaption(caption, { attention, isGuess, spoken }) {
    const { text, language } = caption;
    const { texts } = this;
    this.#showGuess(isGuess ? caption.confidence : null);
    this.#showWords(caption, attention);
    this.picture.describe(spoken || texts.noWords, text ? language : "");
    this.tell(text ? "" : texts.noWords);
    this.offerReading(text);
    this.#showGrid(caption, attention === "grid");
  }

  /** What has a box as long as the element shows anything. */
  get body() {
    return this.#parts.body;
  }

  /** Shows no word's map any more. */
  lookAway() {
    this.#words.select(-1);
  }

  /** Moves the focus from the line about what is going on to the words, now that they are there. */
  focusWords() {
    this.#parts.words.querySelector("button")?.focus();
  }

  get hasFocus() {
    return this.#root.activeElement === this.#parts.status;
  }

  /** Shows no caption any more, nor anything about one. */
  clear() {
    const { words, grid, error, read, retry } = this.#parts;
    this.#showGuess(null);
    this.#words.clear();
    this.picture.clear();
    this.picture.describe(this.texts.photo, "");
    this.announce();
    this.textField.hide();
    this.showProgress(null);
    for (const part of [words, grid, error, read, retry]) {
      part.hidden = true;
    }
    this.tell("");
  }

  /**
   * Says before the caption that it is a guess, and how likely it is to be right; `null`: it is none.
   * @param {number | null} confidence
   */
  #showGuess(confidence) {
    const { guess } = this.#parts;
    const isGuess = confidence !== null;
    guess.hidden = !isGuess;
    guess.textContent = isGuess ? this.texts.guess : "";
    guess.title = isGuess ? this.texts.chance.replace("{percent}", percent(confidence)) : "";
  }

  /**
   * The caption as words to point at, or as plain text where no maps are wanted.
   * @param {Caption} caption
   * @param {string} attention
   */
  #showWords({ text, words: list, language }, attention) {
    const { words } = this.#parts;
    this.picture.look(null);
    this.#words.clear();
    words.hidden = false;
    setLanguage(words, language);
    if (attention === "off") {
      words.removeAttribute("role");
      words.removeAttribute("aria-label");
      words.textContent = text;
      return;
    }
    words.setAttribute("role", "toolbar");
    words.setAttribute("aria-label", this.texts.words);
    for (const word of list) {
      this.#words.add(word);
    }
    for (const [index, button] of [...words.children].entries()) {
      button.setAttribute("part", isUnsure(list[index]) ? "word unsure" : "word");
    }
  }

  /**
   * @param {Caption} caption
   * @param {boolean} isWanted
   */
  #showGrid({ words, language }, isWanted) {
    const { grid } = this.#parts;
    grid.hidden = !isWanted || !words.some(({ heat }) => heat) || !this.picture.isShown;
    showWordGrid(grid, grid.hidden ? [] : words, language, {
      picture: () => this.picture.small(),
      label: (map, word) => map.setAttribute("aria-label", this.texts.map.replace("{word}", word)),
    });
  }
}
