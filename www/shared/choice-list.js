// A long list of buttons, one of which is chosen. It is one stop of the Tab key; the arrow keys go on from there.

import { ListWindow } from "./list-window.js";

/**
 * Shows what is in view of a list, as {@link ListWindow} does. Each item is an `li` around one button.
 * @template {object} Key
 */
export class ChoiceList {
  #list;
  /** @type {ListWindow<Key>} */
  #window;
  /** @type {Key[]} */
  #keys = [];
  /** @type {Key | null} */
  #chosen = null;

  /**
   * @param {{ scroller: HTMLElement, list: HTMLElement }} parts
   * @param {(key: Key) => HTMLElement} make A new item.
   * @param {(item: HTMLElement) => void} [remove] Hears of an item that goes.
   */
  constructor({ scroller, list }, make, remove = () => {}) {
    this.#list = list;
    this.#window = new ListWindow(scroller, list, make, remove, () => this.#mark());
    list.addEventListener("keydown", (event) => this.#step(event));
  }

  /** The items that there are. */
  get items() {
    return this.#window.items;
  }

  /** @param {Key} key */
  get(key) {
    return this.#window.get(key);
  }

  /**
   * Shows a list with items for these, and the chosen one of them in view.
   * @param {Key[]} keys
   * @param {Key | null} chosen
   */
  show(keys, chosen) {
    this.#keys = keys;
    this.#chosen = chosen;
    this.#window.show(keys);
    const place = chosen ? keys.indexOf(chosen) : -1;
    if (place !== -1) {
      this.#window.reveal(place);
    }
    this.#mark();
  }

  /** Marks the chosen item. It is the stop of the Tab key, or, where it has been scrolled away, the first one is. */
  #mark() {
    const chosen = this.#chosen ? this.#window.get(this.#chosen) : undefined;
    const stop = chosen ?? this.#window.first;
    for (const item of this.#list.children) {
      const button = buttonOf(item);
      button.setAttribute("aria-pressed", String(item === chosen));
      button.tabIndex = item === stop ? 0 : -1;
    }
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const item = /** @type {HTMLElement} */ (event.target).closest("li");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const place = Number(item.getAttribute("aria-posinset")) - 1;
    const last = this.#keys.length - 1;
    const line = this.#window.lineLength;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowRight: place + 1,
      ArrowLeft: place - 1,
      ArrowDown: place + line,
      ArrowUp: place - line,
      Home: 0,
      End: last,
    };
    const goal = goals[event.key];
    if (goal >= 0 && goal <= last) {
      event.preventDefault();
      const found = this.#window.reveal(goal);
      if (found) {
        buttonOf(found).focus({ preventScroll: true });
      }
    }
  }
}

/**
 * The button of an item.
 * @param {Element} item
 */
export function buttonOf(item) {
  return /** @type {HTMLButtonElement} */ (item.firstElementChild);
}
