// Waits for something to scroll into view.

/** Waits for one of several elements at a time. */
export class InView {
  /** @type {IntersectionObserver | null} */
  #observer = null;

  /**
   * Calls `onSeen` once, when the first of them is in view. Several, because some may have no box of their own, such as those
   * with `display: contents`.
   * @param {Element[]} elements
   * @param {() => void} onSeen
   */
  wait(elements, onSeen) {
    this.stop();
    this.#observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) {
        this.stop();
        onSeen();
      }
    });
    for (const element of elements) {
      this.#observer.observe(element);
    }
  }

  stop() {
    this.#observer?.disconnect();
    this.#observer = null;
  }
}
