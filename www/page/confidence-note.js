// Beside a caption, in words: how sure the model is of it.

import { percent, stepOf } from "../shared/confidence.js";
import { say, text } from "./language.js";

/** Shows the confidence of one caption at a time. */
export class ConfidenceNote {
  #controls;
  /** @type {number | null} */
  #confidence = null;

  /**
   * `controls`: the `note`, and in it the `step` in words and the `chance` for those who cannot see its title.
   * @param {{ note: HTMLElement, step: HTMLElement, chance: HTMLElement }} controls
   */
  constructor(controls) {
    this.#controls = controls;
    document.addEventListener("languagechosen", () => this.show(this.#confidence));
  }

  /**
   * Shows a confidence; `null`, where nobody knows, shows nothing.
   * @param {number | null} confidence
   */
  show(confidence) {
    this.#confidence = confidence;
    const { note, step, chance } = this.#controls;
    const name = stepOf(confidence);
    note.hidden = !name;
    if (name && confidence !== null) {
      const value = { percent: percent(confidence) };
      note.dataset.step = name;
      note.title = text("chance", value);
      say(step, name);
      say(chance, "chance", value);
    }
  }
}
