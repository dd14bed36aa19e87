// Engines in use: captioners of the same model share one.

import { recall, remember } from "../shared/storage.js";
import { assetAt, DEFAULT_MODEL, RUNTIMES } from "./files.js";
import { openGpu } from "./gpu.js";
import { server } from "./host.js";
import { bytesOf, fetchFile } from "./store.js";
import { connect } from "./worker-link.js";

/** @import { Backend, Progress } from "./captioner.js" */
/** @import { Captioned, Link, Listeners, Loaded } from "./worker-link.js" */

/**
 * What a captioner is to be loaded with: `integrity` in hex digits.
 * @typedef {{ model: string | Blob, backend: Backend | "auto", integrity?: string, worker: boolean }} Settings
 */

/**
 * Who hears of an engine.
 * @typedef {Pick<import("./captioner.js").CaptionerOptions, "onProgress" | "onNotice">} Listener
 */

/** What the faster backend is remembered by. */
const BACKEND = "glimpse-backend";

/**
 * By what they were loaded with.
 * @type {Map<string | symbol, SharedEngine>}
 */
const shared = new Map();

/**
 * The engine for what a captioner is to be loaded with.
 * @param {Settings} settings
 */
export function engineFor(settings) {
  // A file may be another one when it is chosen again.
  const key = typeof settings.model === "string" ? JSON.stringify(settings) : Symbol("file");
  const engine = shared.get(key) ?? new SharedEngine(settings, () => shared.delete(key));
  shared.set(key, engine);
  return engine;
}

/** One model in one worker, shared by captioners; replaced by another worker when it crashes. */
export class SharedEngine {
  #settings;
  #onEmpty;
  /** @type {Set<Listener>} */
  #listeners = new Set();
  /**
   * What becomes the link to the worker once it has loaded; `null` before the first and after a crash.
   * @type {Promise<Link> | null}
   */
  #link = null;
  /** Ends what is being loaded. */
  #loading = new AbortController();
  /** @type {Progress | null} */
  #progress = null;
  /**
   * What "auto" is to begin with, and to stay with, where that is known.
   * @type {Backend | undefined}
   */
  #remembered;
  #isDeciding = false;

  /**
   * What the engine told of itself when it was loaded, and where captions run by now.
   * @type {Loaded | null}
   */
  #loaded = null;

  /**
   * @param {Settings} settings
   * @param {() => void} onEmpty Called when the last captioner has left.
   */
  constructor(settings, onEmpty) {
    this.#settings = settings;
    this.#onEmpty = onEmpty;
  }

  /** What the engine told of itself. Captioners are made only of one that has loaded. */
  get loaded() {
    return /** @type {Loaded} */ (this.#loaded);
  }

  /** @param {Listener} listener */
  join(listener) {
    this.#listeners.add(listener);
    if (this.#progress) {
      tell(listener.onProgress, this.#progress);
    }
  }

  /** @param {Listener} listener */
  leave(listener) {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) {
      this.#onEmpty();
      this.#loading.abort();
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
    const close = () => link.close();
    this.#loading.signal.addEventListener("abort", close);
    try {
      this.#loading.signal.throwIfAborted();
      if (this.#settings.backend === "auto") {
        this.#remembered = recallBackend() ?? (Reflect.get(navigator, "connection")?.saveData ? "cpu" : undefined);
      }
      /** @type {import("./worker-link.js").Order} */
      const message = { type: "load", ...this.#settings, remembered: this.#remembered, pageModel: DEFAULT_MODEL };
      this.#loaded = await link.request(message, this.#always());
      return link;
    } catch (error) {
      link.close();
      this.#link = null;
      throw error;
    } finally {
      this.#loading.signal.removeEventListener("abort", close);
    }
  }

  /**
   * Captions a photo when its turn has come.
   * @param {import("./worker-link.js").CaptionRequest} message
   * @param {Listeners} listeners
   * @param {AbortSignal} signal
   * @returns {Promise<Captioned>}
   */
  async caption(message, listeners, signal) {
    const link = await this.ready();
    try {
      const result = await link.request({ type: "caption", ...message }, { ...this.#always(), ...listeners }, signal);
      this.loaded.backend = result.backend;
      this.#decide(link);
      return result;
    } catch (/** @type {any} */ error) {
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

  /**
   * After the first caption, when the visitor has what was asked for.
   * @param {Link} link
   */
  async #decide(link) {
    if (this.#settings.backend !== "auto" || this.#isDeciding) {
      return;
    }
    this.#isDeciding = true;
    try {
      const skip = Boolean(this.#remembered ?? recallBackend());
      if (!skip) {
        // Here, and not in its turn: photos must not wait for a download.
        await fetchGpuRuntime();
      }
      const { choice } = await link.request({ type: "decide", skip }, this.#always());
      if (choice) {
        rememberBackend(choice);
      }
    } catch {
      // The next visit may have more luck.
    }
  }

  /**
   * Listeners to whatever is asked of the engine.
   * @returns {Listeners}
   */
  #always() {
    return {
      progress: (progress) => {
        this.#progress = progress;
        for (const { onProgress } of this.#listeners) {
          tell(onProgress, progress);
        }
      },
      notice: ({ message, backend }) => {
        this.#loaded &&= { ...this.#loaded, backend };
        if (this.#settings.backend === "auto") {
          rememberBackend(backend);
        }
        for (const { onNotice } of this.#listeners) {
          tell(onNotice, message, { backend });
        }
      },
    };
  }
}

/** Brings what the GPU needs into the cache, where there is a GPU that may be worth it. */
async function fetchGpuRuntime() {
  const { adapter } = await openGpu();
  if (adapter && !adapter.isSoftware) {
    const { wasm } = RUNTIMES.gpu;
    await bytesOf(await fetchFile(wasm, { ...assetAt(wasm), onProgress() {} }), wasm);
  }
}

/**
 * Calls what the page gave to be called. Its own mistakes are told as such, and disturb nobody else.
 * @template {any[]} Values
 * @param {((...values: Values) => void) | undefined} callback
 * @param {Values} values
 */
export function tell(callback, ...values) {
  try {
    callback?.(...values);
  } catch (error) {
    (server?.report ?? reportError)(error);
  }
}

/** The backend that "auto" measured to be the faster one at an earlier visit, or `undefined`. */
function recallBackend() {
  return recall(BACKEND, /** @type {const} */ (["cpu", "gpu"]));
}

/**
 * Remembers it for the next visit; `null` forgets.
 * @param {Backend | null} choice
 */
export function rememberBackend(choice) {
  remember(BACKEND, choice);
}
