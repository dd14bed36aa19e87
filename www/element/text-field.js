// The field with an alternative text for an image of the page, for the visitor to change and to accept.

/** Offers one text at a time. `onAccept(text)` is called with what the visitor made of it. */
export class TextField {
  #parts;

  constructor(parts, onAccept) {
    this.#parts = parts;
    parts.accept.addEventListener("click", () => onAccept(parts.field.value));
  }

  offer(text, language) {
    const { suggestion, field } = this.#parts;
    suggestion.hidden = false;
    field.value = text;
    field.lang = language;
  }

  hide() {
    this.#parts.suggestion.hidden = true;
  }

  showTexts(texts) {
    this.#parts.fieldLabel.textContent = texts.suggestion;
    this.#parts.accept.textContent = texts.accept;
  }
}
