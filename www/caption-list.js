// All captions found for a photo, the best first, to choose from.

/** A list of captions with their scores. `onChoose(caption)` is called with the one to show. */
export class CaptionList {
  #section;
  #list;
  #onChoose;
  #captions = [];

  constructor(section, list, onChoose) {
    this.#section = section;
    this.#list = list;
    this.#onChoose = onChoose;
  }

  /** Shows captions `{ text, score }` of which the first is chosen; the list is hidden where there is no choice. */
  show(captions) {
    this.#captions = captions;
    this.#list.replaceChildren(...captions.map((caption, index) => this.#item(caption, index)));
    this.#section.hidden = captions.length < 2;
    this.#mark(0);
  }

  clear() {
    this.show([]);
  }

  #item({ text, score }, index) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "candidate";
    const words = document.createElement("span");
    words.textContent = text || "(no words)";
    const number = document.createElement("span");
    number.className = "candidate-score";
    number.textContent = score.toFixed(2).replace("-", "−");
    button.append(words, " ", number);
    button.addEventListener("click", () => {
      this.#mark(index);
      this.#onChoose(this.#captions[index]);
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  #mark(chosen) {
    for (const [index, item] of [...this.#list.children].entries()) {
      item.firstElementChild.setAttribute("aria-pressed", String(index === chosen));
    }
  }
}
