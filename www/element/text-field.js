// The field with an alternative text for an image of the page, for the visitor to change and to accept.

import { setLanguage } from "../shared/direction.js";

/** @import { Parts } from "./shadow-tree.js" */
/** @import { Texts } from "./texts.js" */

/**
 * Offers one text at a time. `onAccept(text)` is called with what the visitor made of it. What they wrote and did not accept is
 * kept for when the same photo is there again.
 */
export class TextField {
  #parts;
  /**
   * By photo.
   * @type {Map<string, string>}
   */
  #drafts = new Map();
  #photo = "";

  /**
   * @param {Parts} parts
   * @param {(text: string) => void} onAccept
   */
  constructor(parts, onAccept) {
    this.#parts = parts;
    const { accept, field } = parts;
    field.addEventListener("input", () => this.#drafts.set(this.#photo, field.value));
    accept.addEventListener("click", () => {
      this.#drafts.delete(this.#photo);
      onAccept(field.value);
    });
  }

  /**
   * @param {string} text
   * @param {string} language
   * @param {string} photo What tells the photo from others.
   */
  offer(text, language, photo) {
    const { suggestion, field } = this.#parts;
    this.#photo = photo;
    suggestion.hidden = false;
    field.value = this.#drafts.get(photo) || text;
    setLanguage(field, language);
  }

  /**
   * Whether a person wrote something about a photo that they have not accepted.
   * @param {string} photo
   */
  hasDraft(photo) {
    return Boolean(this.#drafts.get(photo));
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
