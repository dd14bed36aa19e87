// Captioners: loaded, asked for captions, and given up. What the module `glimpse.js` exports.

import { DEFAULT_MODEL } from "./files.js";
import { server, setServer } from "./host.js";
import { absolute, kindOf } from "./photo.js";
import { readSource } from "./photo-source.js";
import { engineFor, rememberBackend, tell } from "./shared-engine.js";
import { forget, hexOf } from "./store.js";

export { VERSION } from "../assets.js";
export { DEFAULT_MODEL };

/**
 * Where captions are computed.
 * @typedef {"cpu" | "gpu"} Backend
 */

/**
 * Bytes that have arrived, of the model and its runtime together, and of all: `null` while nobody knows.
 * @typedef {{ loaded: number, total: number | null }} Progress
 */

/**
 * Pixels as `ImageData` has them: RGBA with straight alpha, row by row from the top.
 * @typedef {{ width: number, height: number, data: Uint8ClampedArray | Uint8Array }} Pixels
 */

/**
 * A photo: a file, what an element shows, pixels, or an address.
 * @typedef {Blob | ArrayBuffer | ArrayBufferView | Pixels | ImageData | ImageBitmap | VideoFrame | HTMLImageElement
 *   | HTMLPictureElement | SVGImageElement | HTMLCanvasElement | OffscreenCanvas | HTMLVideoElement | string | URL} PhotoSource
 */

/**
 * @typedef {object} CaptionerOptions
 * @property {string | URL | Blob} [model] An address, `hf:OWNER/NAME` among them, or a model file; left out, the model that comes with this module.
 * @property {Backend | "auto"} [backend] "auto", the default, begins on the CPU, measures once whether a GPU is faster, and
 *   remembers.
 * @property {string} [integrity] "sha256-…" as in HTML; a model with another SHA-256 is refused.
 * @property {boolean} [worker] `false` computes in the page itself. It does so anyhow where the browser allows no worker.
 * @property {(progress: Progress) => void} [onProgress]
 * @property {(message: string, detail: { backend: Backend }) => void} [onNotice] Hears what the visitor should know, such as
 *   that the GPU could not be used.
 * @property {AbortSignal} [signal] Aborts the loading.
 */

/**
 * How words are drawn at random.
 * @typedef {object} Sampling
 * @property {number} [temperature]
 * @property {number} [topK]
 * @property {number} [topP]
 * @property {number} [seed]
 */

/**
 * @typedef {object} CaptionOptions
 * @property {AbortSignal} [signal] Gives the caption up, at any moment.
 * @property {(word: Word) => void} [onWord] Hears each word: as it is chosen where only one caption can become of it, and at
 *   the end otherwise.
 * @property {() => void} [onRestart] The words so far are void.
 * @property {number | null} [beams] Beginnings that a beam search keeps.
 * @property {Sampling | null} [sample] Draws the words at random; excludes `beams`.
 * @property {number} [alternatives] How many runners-up.
 * @property {number} [lengthPenalty]
 * @property {number} [repeatBlock] No sequence of that many words comes twice; 0 allows it.
 * @property {boolean} [repeatWords] Whether a word that says what is shown may come twice.
 * @property {number} [maxWords]
 * @property {string} [style] Whose manner of writing: one of the captioner's `styles`.
 */

/**
 * @typedef {object} Word
 * @property {string} text
 * @property {number} probability What the decoder gave it, after the photo and the words before.
 * @property {number | null} confidence The probability that it is right; `null` as with a caption's.
 * @property {Float32Array} map Where the model looked: one weight for each cell of the grid, row by row. Empty where the
 *   model has no attention.
 * @property {HeatMap | null} heat The map's picture.
 */

/**
 * What `new ImageData(pixels, width, height)` takes.
 * @typedef {{ width: number, height: number, pixels: Uint8ClampedArray<ArrayBuffer> }} HeatMap
 */

/**
 * A runner-up.
 * @typedef {object} Alternative
 * @property {string} text
 * @property {Word[]} words
 * @property {number} logProbability
 * @property {number} score What captions are ranked by.
 */

/**
 * @typedef {object} CaptionParts
 * @property {number | null} confidence The probability that the caption is right, from 0 to 1; `null` where the model file
 *   cannot tell, or not for captions that were chosen by these options.
 * @property {{ rows: number, columns: number }} grid What the maps of the words lie on.
 * @property {Alternative[]} alternatives The runners-up, the best first.
 * @property {string} language The captions' language, for `lang`.
 * @property {Backend} backend Where it was computed.
 * @property {number} milliseconds How long that took, without waiting.
 * @typedef {Alternative & CaptionParts} Caption
 */

/** A model on Hugging Face's Hub, and which revision of it. */
const HUB = /^hf:([^@]+)@?(.*)/;

/** SHA-256 as HTML's `integrity` attribute has it. */
const INTEGRITY = /^sha256-([A-Za-z0-9+/]{43}=)$/;

/**
 * Loads a captioner. Fails with an `Error` whose message is for people, or with the signal's reason.
 * @param {CaptionerOptions} [options]
 * @returns {Promise<Captioner>}
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
  await findHost();
  if (!(server || globalThis.location) || !globalThis.WebAssembly) {
    throw new Error("captions need a browser, Deno, or Node from 20.16, with WebAssembly");
  }
  const source = ["Blob", "File"].includes(kindOf(model)) ? /** @type {Blob} */ (model) : addressOf(model);
  /** @type {import("./shared-engine.js").Settings} */
  const settings = {
    model: source,
    // Nothing but the CPU is there to choose, and no page that could stutter.
    backend: server && backend === "auto" ? "cpu" : backend,
    integrity: integrity && digestOf(integrity),
    worker: worker && !server,
  };
  const engine = engineFor(settings);
  const listener = { onProgress, onNotice };
  engine.join(listener);
  try {
    await untilAborted(engine.ready(), signal);
    // @ts-expect-error Private to everybody but this module.
    return new Captioner(engine, listener);
  } catch (error) {
    engine.leave(listener);
    throw error;
  }
}

/**
 * Deletes what is kept in the browser: model, runtime, and what was measured.
 * @returns {Promise<void>}
 */
export async function forgetModel() {
  await findHost();
  if (!server) {
    rememberBackend(null);
    await forget();
  }
}

/** A loaded captioner, from {@link loadCaptioner}. */
export class Captioner {
  #engine;
  #listener;
  #disposed = new AbortController();

  /**
   * @private
   * @param {import("./shared-engine.js").SharedEngine} engine
   * @param {import("./shared-engine.js").Listener} listener
   */
  constructor(engine, listener) {
    this.#engine = engine;
    this.#listener = listener;
  }

  /**
   * Where captions run.
   * @returns {Backend}
   */
  get backend() {
    return this.#engine.loaded.backend;
  }

  /**
   * What the model file says about itself.
   * @returns {Record<string, any>}
   */
  get manifest() {
    return this.#engine.loaded.manifest;
  }

  /**
   * What the option `style` can be; none where the model writes in one manner only.
   * @returns {string[]}
   */
  get styles() {
    return this.manifest.styles ?? [];
  }

  /**
   * Size of the model file.
   * @returns {number}
   */
  get modelBytes() {
    return this.#engine.loaded.modelBytes;
  }

  /**
   * What `caption` does where its options leave something out; in `sampling`, what `sample: {}` stands for.
   * @returns {Record<string, any>}
   */
  get defaultOptions() {
    return this.#engine.loaded.defaultOptions;
  }

  /**
   * Captions a photo. Photos wait for their turn. Fails with an `Error` whose message is for people, or with the signal's
   * reason.
   * @param {PhotoSource} source
   * @param {CaptionOptions} [options]
   * @returns {Promise<Caption>}
   */
  async caption(source, { signal, onWord, onRestart, ...options } = {}) {
    const ended = AbortSignal.any([this.#disposed.signal, ...(signal ? [signal] : [])]);
    ended.throwIfAborted();
    const photo = await untilAborted(readSource(source, ended), ended);
    const listeners = {
      word: (/** @type {{ word: Word }} */ { word }) => tell(onWord, word),
      restart: () => tell(onRestart),
    };
    const { caption, backend, milliseconds } = await untilAborted(
      this.#engine.caption({ photo, options }, listeners, ended),
      ended,
    );
    return { ...caption, language: this.manifest.language, backend, milliseconds };
  }

  /**
   * Gives the captioner up. The memory is given back when no other captioner has the same model.
   * @returns {void}
   */
  dispose() {
    if (!this.#disposed.signal.aborted) {
      this.#disposed.abort(new Error("the captioner was disposed of"));
      this.#engine.leave(this.#listener);
    }
  }
}

/**
 * A model's address, whole. `hf:OWNER/NAME` is the model file of a repository on Hugging Face's Hub.
 * @param {unknown} model
 */
function addressOf(model) {
  const [, name, revision] = HUB.exec(String(model)) ?? [];
  const hub = `https://huggingface.co/${name}/resolve/${revision || "main"}/model.safetensors`;
  const url = absolute(name ? hub : String(model));
  if (!url) {
    throw new TypeError(`“${model}” is no address of a model`);
  }
  return url.href;
}

/**
 * 64 hex digits of "sha256-…".
 * @param {string} integrity
 */
function digestOf(integrity) {
  const [, digest] = INTEGRITY.exec(integrity) ?? [];
  if (!digest) {
    throw new TypeError('integrity must be "sha256-" and 44 characters of base64');
  }
  return hexOf(Uint8Array.from(atob(digest), (byte) => byte.charCodeAt(0)));
}

/**
 * What a promise gives, unless the signal is aborted first.
 * @template Value
 * @param {Promise<Value>} promise
 * @param {AbortSignal} [signal]
 * @returns {Promise<Value>}
 */
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

/**
 * Finds out where this module runs. Not beside what the worker imports: bundlers may give it one file, which loads nothing
 * later, as Vite does before version 8.
 */
async function findHost() {
  if (!globalThis.document && Reflect.get(globalThis, "process")?.getBuiltinModule) {
    setServer(await import("./server.js"));
  }
}
