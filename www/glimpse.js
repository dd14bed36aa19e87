// The module: captions photos in the visitor's browser. Usage: docs/embedding.md.

import { ASSETS, VERSION } from "./assets.js";
import { readSource } from "./photo-source.js";
import { recall, remember } from "./remembered.js";
import { forget } from "./store.js";
import { connect } from "./worker-link.js";

export { VERSION };

/** The model that comes with this module. */
export const DEFAULT_MODEL = new URL("./models/glimpse.safetensors", import.meta.url).href;

/** Engines in use, by what they were loaded with: captioners of the same model share one. */
const shared = new Map();

/** SHA-256 as HTML's `integrity` attribute has it. */
const INTEGRITY = /^sha256-([A-Za-z0-9+/]{43}=)$/;

/**
 * Loads a captioner.
 *
 * - `model`: an address, or a `Blob` with a model file; the model that comes with this module where it is left out.
 * - `backend`: "cpu", "gpu" or "auto", which begins on the CPU, measures once whether a GPU is faster, and remembers.
 * - `integrity`: "sha256-…" as in HTML; a model with another SHA-256 is refused.
 * - `worker`: `false` computes in the page itself. It does so anyhow where the browser allows no worker.
 * - `onProgress({ loaded, total })`: bytes so far and of all, `null` while nobody knows.
 * - `onNotice(message, { backend })`: what the visitor should know, such as that the GPU could not be used.
 * - `signal`: aborts the loading.
 *
 * Fails with an `Error` whose message is for people, or with the signal's reason.
 */
export async function loadCaptioner({
  model = DEFAULT_MODEL,
  backend = "auto",
  integrity,
  worker = true,
  onProgress,
  onNotice,
  signal,
} = {}) {
  if (!["auto", "cpu", "gpu"].includes(backend)) {
    throw new TypeError(`backend must be "auto", "cpu" or "gpu", not ${JSON.stringify(backend)}`);
  }
  signal?.throwIfAborted();
  const source = model instanceof Blob ? model : new URL(model, document.baseURI).href;
  const settings = { model: source, backend, integrity: integrity && hexOf(integrity), worker };
  const engine = engineFor(settings);
  const listener = { onProgress, onNotice };
  engine.join(listener);
  try {
    await untilAborted(engine.ready(), signal);
    return new Captioner(engine, listener);
  } catch (error) {
    engine.leave(listener);
    throw error;
  }
}

/** Deletes what is kept in the browser: model, runtime, and what was measured. */
export async function forgetModel() {
  remember(null);
  await forget();
}

/** A loaded captioner, from {@link loadCaptioner}. */
export class Captioner {
  #engine;
  #listener;
  #disposed = new AbortController();

  constructor(engine, listener) {
    this.#engine = engine;
    this.#listener = listener;
  }

  /** Where captions run: "cpu" or "gpu". */
  get backend() {
    return this.#engine.loaded.backend;
  }

  /** What the model file says about itself. */
  get manifest() {
    return this.#engine.loaded.manifest;
  }

  /** Size of the model file. */
  get modelBytes() {
    return this.#engine.loaded.modelBytes;
  }

  /** What `caption` does where its options leave something out; in `sampling`, what `sample: {}` stands for. */
  get defaultOptions() {
    return this.#engine.loaded.defaultOptions;
  }

  /**
   * Captions a photo: a `File`, `Blob`, `ArrayBuffer`, `ImageData`, `ImageBitmap`, `<img>`, `<canvas>`, `<video>`, or an address.
   * Photos wait for their turn.
   *
   * Gives `{ text, words, grid, logProbability, score, alternatives, backend, milliseconds }`. Each of `words` is
   * `{ text, probability, map, heat }`: `map` has one weight for each cell of `grid`, row by row, and `heat` its picture,
   * `{ width, height, pixels }`, for `ImageData`; they are empty and `null` where the model has no attention.
   * `alternatives` are the runners-up `{ text, words, logProbability, score }`, the best first.
   *
   * - `signal`: gives the caption up, at any moment.
   * - `onWord(word)`: each word, as it is chosen where only one caption can become of it, and at the end otherwise;
   *   `onRestart()`: the words so far are void.
   * - `beams` (beginnings that a beam search keeps) or `sample: { temperature, topK, topP, seed }` (words drawn at random),
   *   `alternatives` (how many), `lengthPenalty`, `repeatBlock` (no sequence of that many words twice), `maxWords`.
   *
   * Fails with an `Error` whose message is for people, or with the signal's reason.
   */
  async caption(source, { signal, onWord, onRestart, ...options } = {}) {
    const ended = AbortSignal.any([this.#disposed.signal, ...(signal ? [signal] : [])]);
    ended.throwIfAborted();
    const photo = await untilAborted(readSource(source), ended);
    const listeners = { word: ({ word }) => onWord?.(word), restart: () => onRestart?.() };
    const { caption, backend, milliseconds } = await untilAborted(
      this.#engine.caption({ photo, options }, listeners, ended),
      ended,
    );
    return { ...caption, backend, milliseconds };
  }

  /** Gives the captioner up. The memory is given back when no other captioner has the same model. */
  dispose() {
    if (!this.#disposed.signal.aborted) {
      this.#disposed.abort(new Error("the captioner was disposed of"));
      this.#engine.leave(this.#listener);
    }
  }
}

/** One model in one worker, shared by captioners; replaced by another worker when it crashes. */
class SharedEngine {
  #settings;
  #onEmpty;
  #listeners = new Set();
  /** What becomes the link to the worker; `null` before the first and after a crash. */
  #link = null;
  #progress = null;

  /** What the engine told of itself when it was loaded. */
  loaded = null;

  constructor(settings, onEmpty) {
    this.#settings = settings;
    this.#onEmpty = onEmpty;
  }

  join(listener) {
    this.#listeners.add(listener);
    if (this.#progress) {
      listener.onProgress?.(this.#progress);
    }
  }

  leave(listener) {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) {
      this.#onEmpty();
      this.#link?.then((link) => link.close()).catch(() => {});
      this.#link = null;
    }
  }

  /** The link to a loaded engine. */
  ready() {
    this.#link ??= this.#load();
    return this.#link;
  }

  async #load() {
    const link = await connect(this.#settings.worker);
    try {
      const remembered = recall();
      this.loaded = await link.request({ type: "load", ...this.#settings, remembered }, this.#always());
      return link;
    } catch (error) {
      link.close();
      this.#link = null;
      throw error;
    }
  }

  async caption(message, listeners, signal) {
    const link = await this.ready();
    try {
      const result = await link.request({ type: "caption", ...message }, { ...this.#always(), ...listeners }, signal);
      this.loaded.backend = result.backend;
      this.#decide(link);
      return result;
    } catch (error) {
      if (link.closed && this.#link !== null && (await this.#link) === link) {
        this.#link = null;
      }
      if (error.name === "ClosedError" && this.#listeners.size > 0) {
        // Another photo crashed the worker that this one was waiting for.
        return this.caption(message, listeners, signal);
      }
      throw error;
    }
  }

  /** After the first caption, when the visitor has what was asked for. */
  #decide(link) {
    if (this.#settings.backend === "auto" && !recall() && !navigator.connection?.saveData) {
      link
        .request({ type: "decide" }, this.#always())
        .then(({ choice }) => choice && remember(choice))
        .catch(() => {});
    }
  }

  #always() {
    return {
      progress: (progress) => {
        this.#progress = progress;
        this.#listeners.forEach(({ onProgress }) => onProgress?.(progress));
      },
      notice: ({ message, backend }) => {
        this.loaded &&= { ...this.loaded, backend };
        this.#listeners.forEach(({ onNotice }) => onNotice?.(message, { backend }));
      },
    };
  }
}

function engineFor(settings) {
  // A file may be another one when it is chosen again.
  const key = settings.model instanceof Blob ? Symbol("file") : JSON.stringify(settings);
  if (!shared.has(key)) {
    shared.set(key, new SharedEngine(settings, () => shared.delete(key)));
  }
  return shared.get(key);
}

/** 64 hex digits of "sha256-…". */
function hexOf(integrity) {
  const [, digest] = INTEGRITY.exec(integrity) ?? [];
  if (!digest) {
    throw new TypeError('integrity must be "sha256-" and 44 characters of base64');
  }
  return Array.from(atob(digest), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

/** What a promise gives, unless the signal is aborted first. */
function untilAborted(promise, signal) {
  if (!signal) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) {
      abort();
    }
  });
}
