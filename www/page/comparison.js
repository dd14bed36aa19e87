// What the page's other models make of the photo in view, side by side.

import { loadCaptioner } from "../captioner/captioner.js";
import { setLanguage } from "../shared/direction.js";
import { make } from "../shared/make.js";
import { MappedPhoto } from "../shared/mapped-photo.js";
import { WordList } from "../shared/word-list.js";
import { label, say } from "./language.js";
import { MODELS } from "./models.js";

/** @import { Backend } from "../captioner/captioner.js" */
/** @import { PageModel } from "./models.js" */

/** Compares the page's models on one photo at a time, each by its own defaults. */
export class Comparison {
  #parts;
  #backend;
  /** The address of the photo's bytes, while it is compared. */
  #address = "";
  #job = new AbortController();

  /**
   * `parts`: the `section`, and in it the `list` of models. `backend()` is where to compute.
   * @param {{ section: HTMLElement, list: HTMLElement }} parts
   * @param {() => string} backend
   */
  constructor(parts, backend) {
    this.#parts = parts;
    this.#backend = backend;
  }

  get isOpen() {
    return !this.#parts.section.hidden;
  }

  /**
   * Has every model caption a photo, one after the other: together they would only slow each other down.
   * @param {Blob} photo
   */
  async open(photo) {
    this.close();
    const { signal } = this.#job;
    this.#address = URL.createObjectURL(photo);
    this.#parts.section.hidden = false;
    const cards = MODELS.map((model) => new Card(model, this.#address));
    this.#parts.list.replaceChildren(...cards.map(({ item }) => item));
    for (const card of cards) {
      try {
        await card.fill(photo, /** @type {Backend} */ (this.#backend()), signal);
      } catch (/** @type {any} */ error) {
        if (signal.aborted) {
          return;
        }
        card.fail(error.message);
      }
    }
  }

  /** Takes the comparison away. */
  close() {
    this.#job.abort();
    this.#job = new AbortController();
    this.#parts.section.hidden = true;
    this.#parts.list.replaceChildren();
    URL.revokeObjectURL(this.#address);
  }
}

/** One model and what it says. */
class Card {
  #model;
  #photo;
  #words;
  #toolbar = make("div", { class: "words", role: "toolbar" });
  #facts = make("p", { class: "fine", role: "status" });

  /**
   * @param {PageModel} model
   * @param {string} address The photo's.
   */
  constructor(model, address) {
    const { name, year } = model;
    this.#model = model;
    const [image, canvas] = [make("img", { alt: "" }), make("canvas", { "aria-hidden": "true" })];
    const figure = make("figure", { class: "photo" }, image, canvas);
    const heading = make("h3", {}, name, " ", make("span", { class: "fine" }, String(year)));
    this.#photo = new MappedPhoto({ figure, image, canvas });
    this.#photo.showAt(address);
    this.#words = new WordList(label(this.#toolbar, "captionBy", { name }), (word) =>
      this.#photo.look(word?.heat ?? null),
    );
    this.item = make("li", {}, heading, figure, this.#toolbar, say(this.#facts, "thinking"));
  }

  /**
   * @param {Blob} photo
   * @param {Backend} backend
   * @param {AbortSignal} signal
   */
  async fill(photo, backend, signal) {
    const { address, integrity, bytes } = this.#model;
    const captioner = await loadCaptioner({ model: address, integrity, backend, signal });
    try {
      const { words, language, milliseconds } = await captioner.caption(photo, { signal });
      setLanguage(this.#toolbar, language);
      for (const word of words) {
        this.#words.add(word);
      }
      const hasMaps = words.some(({ heat }) => heat);
      say(this.#facts, hasMaps ? "compared" : "comparedWithoutMaps", {
        megabytes: (bytes / 1e6).toFixed(1),
        milliseconds: Math.round(milliseconds).toLocaleString("en"),
      });
    } finally {
      captioner.dispose();
    }
  }

  /** @param {string} message */
  fail(message) {
    say(this.#facts, "notCompared", { message });
  }
}
