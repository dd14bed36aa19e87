// Captions of what a camera shows, one after the other, for as long as it is looked at.

import { setLanguage } from "../shared/direction.js";
import { ConfidenceNote } from "./confidence-note.js";

/** Between two captions, in milliseconds. A slow device rests as long as it took, and so works half of the time at most. */
const REST = 700;

/** Between two announcements to screen readers, in milliseconds. */
const SILENCE = 6000;

/**
 * @typedef {{ text: string, confidence: number | null, language: string }} LiveCaption
 */

/**
 * Gives a caption of what a video shows now, or nothing where none can be made at present.
 * @typedef {(video: HTMLVideoElement, signal: AbortSignal) => Promise<LiveCaption | null>} CaptionVideo
 */

/** Captions the newest picture of a video whenever nothing else is being captioned. Nothing waits in a queue. */
export class LiveCaptions {
  #controls;
  #caption;
  #note;
  #announced = -Number.POSITIVE_INFINITY;
  /** @type {AbortController | null} */
  #job = null;

  /**
   * `controls`: the video, whether to caption it (`choice`), where the caption stands (`line`), how sure the model is
   * (`note`, `step`, `chance`), and what screen readers are told (`announcement`).
   * @param {{ video: HTMLVideoElement, choice: HTMLInputElement, line: HTMLElement, note: HTMLElement, step: HTMLElement,
   *   chance: HTMLElement, announcement: HTMLElement }} controls
   * @param {CaptionVideo} caption
   */
  constructor(controls, caption) {
    this.#controls = controls;
    this.#caption = caption;
    this.#note = new ConfidenceNote(controls);
    const { choice } = controls;
    // What changes by itself is motion too.
    choice.checked = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    choice.addEventListener("change", () => (choice.checked ? this.start() : this.stop()));
  }

  /** Begins, unless the visitor does not want it. The video plays. */
  start() {
    this.stop();
    if (this.#controls.choice.checked) {
      this.#job = new AbortController();
      this.#run(this.#job.signal);
    }
  }

  /** Ends, and takes the last caption away. */
  stop() {
    this.#job?.abort();
    this.#job = null;
    const { line, announcement } = this.#controls;
    line.textContent = "";
    announcement.textContent = "";
    this.#note.show(null);
  }

  /** @param {AbortSignal} signal */
  async #run(signal) {
    while (!signal.aborted) {
      await untilVisible(signal);
      const started = performance.now();
      // The page tells elsewhere what is wrong with the model.
      const caption = await this.#caption(this.#controls.video, signal).catch(() => null);
      if (signal.aborted) {
        return;
      }
      if (caption) {
        this.#show(caption);
      }
      await rest(Math.max(REST, performance.now() - started), signal);
    }
  }

  /** @param {LiveCaption} caption */
  #show({ text, confidence, language }) {
    const { line, note, announcement } = this.#controls;
    line.textContent = text;
    setLanguage(line, language);
    this.#note.show(confidence);
    if (performance.now() - this.#announced >= SILENCE) {
      this.#announced = performance.now();
      announcement.textContent = note.hidden ? text : `${text}. ${note.textContent}`;
    }
  }
}

/**
 * Waits until the page is seen. Nobody looks at captions of a hidden one.
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function untilVisible(signal) {
  if (!document.hidden || signal.aborted) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", () => resolve(untilVisible(signal)), { once: true, signal });
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function rest(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => resolve(clearTimeout(timer)), { once: true });
  });
}
