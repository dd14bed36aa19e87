// Watches the trees that an image is looked for in: it may come later, get another photo, be replaced, and go.

import { findNamed, treesAround, WATCHED } from "./page-image.js";

/** What images and videos tell when they have a picture. It does not bubble. */
const LOADED = ["load", "loadeddata"];

/** Calls `onChange(image)` when the image that an element is for may be another one; `image` where it has loaded. */
export class Target {
  #onChange;
  #observer;
  /** @type {Node[]} */
  #trees = [];
  #onLoad;

  /** @param {(loaded: EventTarget | null) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#observer = new MutationObserver(() => this.#onChange(null));
    this.#onLoad = (/** @type {Event} */ { target }) => this.#onChange(target);
  }

  /**
   * Begins to watch what stands round an element, and what is in a component that the id names.
   * @param {Element} host
   * @param {string} id
   */
  watch(host, id) {
    this.stop();
    const inside = findNamed(host, id)?.shadowRoot;
    this.#trees = [...treesAround(host), ...(inside ? [inside] : [])];
    for (const tree of this.#trees) {
      this.#observer.observe(tree, { subtree: true, childList: true, attributes: true, attributeFilter: WATCHED });
      for (const type of LOADED) {
        tree.addEventListener(type, this.#onLoad, true);
      }
    }
  }

  stop() {
    this.#observer.disconnect();
    for (const tree of this.#trees) {
      for (const type of LOADED) {
        tree.removeEventListener(type, this.#onLoad, true);
      }
    }
    this.#trees = [];
  }
}
