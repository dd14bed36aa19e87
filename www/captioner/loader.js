// One captioner at a time: loaded when it is needed first, and given up for another one.

/** @import { Captioner } from "./captioner.js" */

/** Keeps the captioner that `load(signal)` promises. After a failure, or when it was given up, the next one is loaded anew. */
export class Loader {
  #load;
  /** @type {{ captioner: Promise<Captioner>, unwanted: AbortController } | null} */
  #loading = null;

  /** @param {(signal: AbortSignal) => Promise<Captioner>} load */
  constructor(load) {
    this.#load = load;
  }

  /** The captioner, loaded where it is not yet. */
  ready() {
    if (!this.#loading) {
      const unwanted = new AbortController();
      const loading = { captioner: this.#load(unwanted.signal), unwanted };
      this.#loading = loading;
      loading.captioner.catch(() => {
        if (this.#loading === loading) {
          this.#loading = null;
        }
      });
    }
    return this.#loading.captioner;
  }

  /** Disposes of the captioner, or ends its loading. */
  giveUp() {
    this.#loading?.unwanted.abort(new DOMException("the captioner is not needed any more", "AbortError"));
    this.#loading?.captioner.then((captioner) => captioner.dispose()).catch(() => {});
    this.#loading = null;
  }
}
