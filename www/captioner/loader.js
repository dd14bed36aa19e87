// The captioner in use, by the visitor's choice of model and backend.

import { loadCaptioner } from "./captioner.js";

/** Loads a captioner when it is needed first, and another one when the choice changes. */
export class Loader {
  #listeners;
  #page;
  /** What becomes the captioner; `null` before the first load and after a failure. */
  #loading = null;
  /** How many loads were begun: only the newest counts. */
  #loads = 0;
  #unwanted = new AbortController();

  /** A URL, or a file that the visitor chose. */
  model;
  backend;

  /**
   * `listeners`: `begin()`, `progress({ loaded, total })`, `notice(message)`, `end(captioner)` and `fail(error)`. No load ends
   * before `page`, a promise, is kept.
   */
  constructor(choice, listeners, page) {
    Object.assign(this, choice);
    this.#listeners = listeners;
    this.#page = page;
  }

  /** The captioner, loaded where it is not yet. A failure is told before it is thrown. */
  ready() {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** Gives the captioner up, so that another one is loaded. */
  replace(choice) {
    Object.assign(this, choice);
    this.#loading?.then((captioner) => captioner.dispose()).catch(() => {});
    this.#loading = null;
    this.#loads += 1;
    this.#unwanted.abort();
    this.#unwanted = new AbortController();
  }

  async #load() {
    const mine = (this.#loads += 1);
    const tell = (name, value) => mine === this.#loads && this.#listeners[name](value);
    tell("begin");
    try {
      const captioner = await loadCaptioner({
        model: this.model instanceof Blob ? this.model : ownAddress(this.model),
        backend: this.backend,
        onProgress: (progress) => tell("progress", progress),
        onNotice: (message) => tell("notice", message),
        signal: this.#unwanted.signal,
      });
      await this.#page;
      tell("end", captioner);
      return captioner;
    } catch (error) {
      if (mine === this.#loads) {
        this.#loading = null;
      }
      tell("fail", error);
      throw error;
    }
  }
}

/** A model that a link to this page names, whoever made the link: nobody but the page's own site is asked for it. */
function ownAddress(address) {
  const { href, origin } = new URL(address, location.href);
  if (origin !== location.origin) {
    throw new Error("the model must come from the same site as this page");
  }
  return href;
}
