// Captions read aloud: when the visitor asks for it, or each of them.

import { deviceVoices, readAloud, stopReading } from "../shared/voices.js";
import { say } from "./language.js";

/**
 * Reads captions aloud, when asked to or, if the visitor ticks the box, whenever there is a new one. Where the device has
 * no voice, nothing of this is shown.
 *
 * Only voices of the device are offered: others would send the caption to a server.
 */
export class Speech {
  #controls;
  #text = "";
  #language = "";
  /** The voice that the visitor chose, if any. */
  #chosen = "";
  /**
   * What is being said; an older utterance that ends late changes nothing.
   * @type {SpeechSynthesisUtterance | null}
   */
  #utterance = null;

  /**
   * `controls`: the `settings` section, its fields `automatic`, `voice` and `rate`, and the `button` beside the caption.
   * @param {{ settings: HTMLElement, automatic: HTMLInputElement, voice: HTMLSelectElement, rate: HTMLInputElement,
   *   button: HTMLButtonElement }} controls
   */
  constructor(controls) {
    this.#controls = controls;
    if (!globalThis.speechSynthesis) {
      return;
    }
    const { button, automatic, voice, rate } = controls;
    button.addEventListener("click", () => (this.#utterance ? this.stop() : this.#say()));
    automatic.addEventListener("change", () => (automatic.checked ? this.#say() : this.stop()));
    voice.addEventListener("change", () => (this.#chosen = voice.value));
    for (const field of [voice, rate]) {
      field.addEventListener("change", () => this.#utterance && this.#say());
    }
    // Browsers find their voices only after a while.
    speechSynthesis.addEventListener?.("voiceschanged", () => this.#showVoices());
    addEventListener("pagehide", () => this.stop());
    this.#showVoices();
  }

  /**
   * The caption in view, and its language: read aloud if that is to happen by itself.
   * @param {string} text
   * @param {string} language
   */
  offer(text, language) {
    this.stop();
    this.#text = text;
    if (this.#language !== language) {
      this.#language = language;
      this.#showVoices();
    }
    this.#showControls();
    if (this.#controls.automatic.checked) {
      this.#say();
    }
  }

  /**
   * The caption in view was edited: what is being said goes on.
   * @param {string} text
   */
  replace(text) {
    this.#text = text;
    this.#showControls();
  }

  /** Falls silent. */
  stop() {
    stopReading(this.#utterance);
    this.#utterance = null;
    this.#showState();
  }

  #say() {
    const voice = deviceVoices().find(({ voiceURI }) => voiceURI === this.#controls.voice.value);
    if (!this.#text || !voice) {
      return;
    }
    this.stop();
    this.#utterance = readAloud(this.#text, voice, {
      rate: this.#controls.rate.valueAsNumber,
      onEnd: (utterance) => {
        if (this.#utterance === utterance) {
          this.#utterance = null;
          this.#showState();
        }
      },
    });
    this.#showState();
  }

  #showVoices() {
    const select = this.#controls.voice;
    const voices = deviceVoices(this.#language);
    select.replaceChildren(...voices.map(({ name, lang, voiceURI }) => new Option(`${name} (${lang})`, voiceURI)));
    if (voices.some(({ voiceURI }) => voiceURI === this.#chosen)) {
      select.value = this.#chosen;
    }
    this.#showControls();
  }

  #showControls() {
    const silent = deviceVoices().length === 0;
    this.#controls.settings.hidden = silent;
    this.#controls.button.hidden = silent || !this.#text;
  }

  #showState() {
    const speaking = this.#utterance !== null;
    say(this.#controls.button, speaking ? "stopReading" : "readAloud");
  }
}
