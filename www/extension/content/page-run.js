// All undescribed pictures of a page, one after the other, and those that come later.

import { undoAll, undoStale, write } from "./descriptions.js";
import { addressOf, boxOf, undescribed } from "./pictures.js";
import { describe } from "./reading.js";
import { altFor, isGuess } from "./wording.js";

/** @import { Described } from "../messages.js" */

/** A page that changes is looked at when it has been still for so long. */
const STILL = 1000;

/** What may bring another picture, or another text for one. */
const WATCHED = ["src", "srcset", "alt", "aria-label", "style", "class", "hidden", "role"];

/**
 * What became of the pictures: `unsure` ones were left as they are, and `failed` counts by the reason.
 * @typedef {{ found: number, described: number, guessed: number, unsure: number, failed: Map<string, number> }} Result
 */

/** @returns {Result} */
const nothingYet = () => ({ found: 0, described: 0, guessed: 0, unsure: 0, failed: new Map() });

export class PageRun {
  #onProgress;
  #onResult;
  #clearView;
  /**
   * The picture that was tried last in an element, so that none is tried twice.
   * @type {WeakMap<Element, string>}
   */
  #tried = new WeakMap();
  /**
   * The same picture is often there twice.
   * @type {Map<string, Promise<Described>>}
   */
  #known = new Map();
  #isOn = false;
  #isRunning = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #still;
  #observer = new MutationObserver(() => this.#soon());

  /**
   * @param {object} listeners
   * @param {(done: number, found: number) => void} listeners.onProgress Hears of each picture.
   * @param {(result: Result, isFirst: boolean) => void} listeners.onResult Hears when all are done, and again when more came.
   * @param {() => Promise<void>} listeners.clearView
   */
  constructor({ onProgress, onResult, clearView }) {
    this.#onProgress = onProgress;
    this.#onResult = onResult;
    this.#clearView = clearView;
  }

  /** Describes what there is; and from now on what comes. */
  async start() {
    if (!this.#isOn) {
      this.#isOn = true;
      const options = { subtree: true, childList: true, attributeFilter: WATCHED };
      this.#observer.observe(document, options);
      document.addEventListener("load", this, true);
    }
    // Whoever asks again wants what failed tried again.
    this.#tried = new WeakMap();
    await this.#run(true);
  }

  /** Describes no more. What is described stays. */
  stop() {
    this.#isOn = false;
    this.#observer.disconnect();
    document.removeEventListener("load", this, true);
    clearTimeout(this.#still);
  }

  /** Stops, and takes everything back. */
  undo() {
    this.stop();
    return undoAll();
  }

  /** An image has arrived. */
  handleEvent() {
    this.#soon();
  }

  #soon() {
    clearTimeout(this.#still);
    this.#still = setTimeout(() => this.#run(false), STILL);
  }

  /** @param {boolean} isFirst */
  async #run(isFirst) {
    if (this.#isRunning) {
      return;
    }
    this.#isRunning = true;
    const result = nothingYet();
    try {
      undoStale();
      for (let waiting = this.#waiting(); waiting.length > 0 && this.#isOn; waiting = this.#waiting()) {
        this.#onProgress(result.found, result.found + waiting.length);
        result.found += 1;
        // What is in view comes first.
        await this.#describe(waiting.find((picture) => boxOf(picture) !== null) ?? waiting[0], result);
      }
    } finally {
      this.#isRunning = false;
    }
    if (isFirst || result.found > 0) {
      this.#onResult(result, isFirst);
    }
  }

  /** What is neither described nor tried. */
  #waiting() {
    return undescribed().filter((picture) => this.#tried.get(picture) !== addressOf(picture));
  }

  /**
   * @param {Element} picture
   * @param {Result} result
   */
  async #describe(picture, result) {
    const address = addressOf(picture);
    this.#tried.set(picture, address);
    let described;
    try {
      described = await this.#ask(picture, address);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      result.failed.set(message, (result.failed.get(message) ?? 0) + 1);
      return;
    }
    const alt = altFor(described);
    if (alt === null) {
      result.unsure += 1;
    } else if (this.#isOn && addressOf(picture) === address && undescribed().includes(picture)) {
      write(picture, alt, described.language);
      result.described += 1;
      result.guessed += isGuess(described) ? 1 : 0;
    }
  }

  /**
   * @param {Element} picture
   * @param {string} address
   */
  #ask(picture, address) {
    const asked = (address && this.#known.get(address)) || describe(picture, { clearView: this.#clearView });
    if (address) {
      this.#known.set(address, asked);
      // Another element may be in view.
      asked.catch(() => this.#known.delete(address));
    }
    return asked;
  }
}
