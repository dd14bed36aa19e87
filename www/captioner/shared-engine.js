// Engines in use: captioners of the same model share one.

import { recall, remember } from "../shared/storage.js";
import { assetAt, RUNTIMES } from "./files.js";
import { openGpu } from "./gpu.js";
import { bytesOf, fetchFile } from "./store.js";
import { connect } from "./worker-link.js";

/** What the faster backend is remembered by. */
const BACKEND = "glimpse-backend";

/** By what they were loaded with. */
const shared = new Map();

/** The engine for what a captioner is to be loaded with. */
export function engineFor(settings) {
  // A file may be another one when it is chosen again.
  const key = settings.model instanceof Blob ? Symbol("file") : JSON.stringify(settings);
  if (!shared.has(key)) {
    shared.set(key, new SharedEngine(settings, () => shared.delete(key)));
  }
  return shared.get(key);
}

/** One model in one worker, shared by captioners; replaced by another worker when it crashes. */
class SharedEngine {
  #settings;
  #onEmpty;
  #listeners = new Set();
  /** What becomes the link to the worker once it has loaded; `null` before the first and after a crash. */
  #link = null;
  /** Ends what is being loaded. */
  #loading = new AbortController();
  #progress = null;
  /** What "auto" is to begin with, and to stay with, where that is known: "cpu" or "gpu". */
  #remembered;
  #isDeciding = false;

  /** What the engine told of itself when it was loaded. */
  loaded = null;

  constructor(settings, onEmpty) {
    this.#settings = settings;
    this.#onEmpty = onEmpty;
  }

  join(listener) {
    this.#listeners.add(listener);
    if (this.#progress) {
      tell(listener.onProgress, this.#progress);
    }
  }

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
      this.#remembered = recallBackend() ?? (navigator.connection?.saveData ? "cpu" : undefined);
      const message = { type: "load", ...this.#settings, remembered: this.#remembered };
      this.loaded = await link.request(message, this.#always());
      return link;
    } catch (error) {
      link.close();
      this.#link = null;
      throw error;
    } finally {
      this.#loading.signal.removeEventListener("abort", close);
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

  #always() {
    return {
      progress: (progress) => {
        this.#progress = progress;
        this.#listeners.forEach(({ onProgress }) => tell(onProgress, progress));
      },
      notice: ({ message, backend }) => {
        this.loaded &&= { ...this.loaded, backend };
        if (this.#settings.backend === "auto") {
          rememberBackend(backend);
        }
        this.#listeners.forEach(({ onNotice }) => tell(onNotice, message, { backend }));
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

/** Calls what the page gave to be called. Its own mistakes are told as such, and disturb nobody else. */
export function tell(callback, ...values) {
  try {
    callback?.(...values);
  } catch (error) {
    reportError(error);
  }
}

/** The backend that "auto" measured to be the faster one at an earlier visit, or `undefined`. */
function recallBackend() {
  return recall(BACKEND, ["cpu", "gpu"]);
}

/** Remembers it for the next visit; `null` forgets. */
export function rememberBackend(choice) {
  remember(BACKEND, choice);
}
