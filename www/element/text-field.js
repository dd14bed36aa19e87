// The field with an alternative text for an image of the page, for the visitor to change and to accept.

import { setLanguage } from "../shared/direction.js";

/** @import { Parts } from "./shadow-tree.js" */
/** @import { Texts } from "./texts.js" */

/** Offers one text at a time. `onAccept(text)` is called with what the visitor made of it. */
export class TextField {
  #parts;

  /**
   * @param {Parts} parts
   * @param {(text: string) => void} onAccept
   */
  constructor(parts, onAccept) {
    this.#parts = parts;
    parts.accept.addEventListener("click", () => onAccept(parts.field.value));
  }

  /**
   * @param {string} text
   * @param {string} language
   */
  offer(text, language) {
    const { suggestion, field } = this.#parts;
    suggestion.hidden = false;
    field.value = text;
    setLanguage(field, language);
  }

  hide() {
    this.#parts.suggestion.hidden = true;
  }

  /** @param {Texts} texts */
  showTexts(texts) {
    this.#parts.fieldLabel.textContent = texts.suggestion;
    this.#parts.accept.textContent = texts.accept;
  }
}
