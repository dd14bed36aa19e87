// A caption read aloud, by a voice of the visitor's own device.

import { deviceVoices, readAloud, stopReading } from "../shared/voices.js";

/** Reads one text at a time. */
export class Reader {
  /** @type {SpeechSynthesisUtterance | null} */
  #utterance = null;
  #onVoices;

  /** @param {() => void} onVoices Called when the browser has found other voices, while the reader is open. */
  constructor(onVoices) {
    this.#onVoices = onVoices;
  }

  open() {
    // Browsers find their voices only when they are asked for, and after a while.
    deviceVoices();
    globalThis.speechSynthesis?.addEventListener?.("voiceschanged", this.#onVoices);
  }

  close() {
    globalThis.speechSynthesis?.removeEventListener?.("voiceschanged", this.#onVoices);
  }

  /**
   * @param {string} text
   * @param {string} [language]
   */
  read(text, language) {
    const [voice] = deviceVoices(language);
    if (text && voice) {
      this.#utterance = readAloud(text, voice);
    }
  }

  stop() {
    stopReading(this.#utterance);
    this.#utterance = null;
  }
}
