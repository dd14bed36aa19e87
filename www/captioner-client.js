// The page's side of the captioner: starts the worker and talks to it.

/** Larger files are no photos, and reading them would only fill the memory. */
const LARGEST_FILE = 100 * 1024 * 1024;

/**
 * Loads the runtime and the model.
 *
 * `model` is a URL of the page's own origin, or a `Blob` or `File` with a model; `backend` is "auto", "cpu" or "gpu". "auto" is the CPU build for now: it is
 * four times smaller on the wire, and the decoder is too small to gain much on a GPU. `onProgress({ loaded, total })` gets bytes;
 * `onNotice(message)` gets what the visitor should know, such as that the GPU could not be used.
 */
export async function loadCaptioner({ model, backend = "auto", onProgress, onNotice }) {
  const source = model instanceof Blob ? model : sameSite(model);
  const link = new WorkerLink(onNotice);
  try {
    const loaded = await link.request({ type: "load", model: source, backend }, { progress: onProgress });
    return new Captioner(link, loaded);
  } catch (error) {
    link.close(error.message);
    throw error;
  }
}

/** The whole address of a file of the page's own origin. */
function sameSite(address) {
  const { href, origin } = new URL(address, document.baseURI);
  if (origin !== location.origin) {
    throw new Error("the model must come from the same site as this page");
  }
  return href;
}

class Captioner {
  #link;

  constructor(link, { backend, manifest, modelBytes, defaultOptions }) {
    this.#link = link;
    /** Where captions run: "cpu" or "gpu". Becomes "cpu" when the GPU fails. */
    this.backend = backend;
    /** What the model file says about itself. */
    this.manifest = manifest;
    /** Size of the model file. */
    this.modelBytes = modelBytes;
    /** What `caption` does where its options leave something out; in `sampling`, what `sample: {}` stands for. */
    this.defaultOptions = defaultOptions;
  }

  /** Whether it can caption no more: disposed of, or crashed. */
  get closed() {
    return this.#link.closed;
  }

  /**
   * Captions a photo, given as a `Blob` or `File`: `{ text, words, grid, logProbability, score, alternatives, backend,
   * milliseconds }`, where `alternatives` are the runners-up `{ text, words, logProbability, score }`, the best first.
   *
   * `onWord(word)` gets each word of the caption with the pixels of its heat map, as it is chosen where only one caption
   * can become of it, and at the end otherwise; `onRestart()` says that the words so far are void. Photos wait for their
   * turn; one whose `signal` is aborted before that is skipped.
   *
   * The other options, none of which is needed: `beams` (how many beginnings a beam search keeps) or
   * `sample: { temperature, topK, topP, seed }` (draws words at random), `alternatives` (how many runners-up),
   * `lengthPenalty`, `repeatBlock` (no sequence of that many words twice) and `maxWords`. A wrong one is an error that
   * names it.
   */
  async caption(photo, { onWord, onRestart, signal, ...options } = {}) {
    if (photo.size > LARGEST_FILE) {
      const size = Math.round(photo.size / 1024 / 1024);
      throw new Error(`the file is too large to be a photo (${size} MB; at most ${LARGEST_FILE / 1024 / 1024} MB)`);
    }
    let bytes;
    try {
      bytes = await photo.arrayBuffer();
    } catch {
      throw new Error("the file could not be read");
    }
    const { caption, backend, milliseconds } = await this.#link.request(
      { type: "caption", photo: bytes, options },
      { word: ({ word }) => onWord?.(word), restart: () => onRestart?.() },
      signal,
      [bytes],
    );
    this.backend = backend;
    return { ...caption, backend, milliseconds };
  }

  /** Ends the worker and gives its memory back. */
  dispose() {
    this.#link.close("the captioner was closed");
  }
}

/** Requests to a worker of its own and their replies, one request at a time. */
class WorkerLink {
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  #turn = Promise.resolve();
  #current = null;
  #nextId = 0;
  #onNotice;

  closed = false;

  constructor(onNotice) {
    this.#onNotice = onNotice;
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.close("the captioner could not be started, or stopped unexpectedly");
    });
  }

  /** Sends `message` when its turn has come; `listeners` get the replies before the last, by type. */
  request(message, listeners, signal, transfer = []) {
    const answer = this.#turn.then(() => {
      signal?.throwIfAborted();
      return this.#send(message, listeners, signal, transfer);
    });
    this.#turn = answer.catch(() => {});
    return answer;
  }

  #send(message, listeners, signal, transfer) {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new Error("the captioner is closed"));
        return;
      }
      const id = this.#nextId++;
      this.#current = { id, listeners, signal, resolve, reject };
      this.#worker.postMessage({ id, ...message }, transfer);
    });
  }

  #receive({ id, type, ...reply }) {
    if (type === "notice") {
      this.#onNotice?.(reply.message);
      return;
    }
    const current = this.#current;
    if (current?.id !== id) {
      return;
    }
    if (type === "done") {
      current.resolve(reply);
    } else if (type === "failed") {
      current.reject(new Error(reply.message));
      if (reply.crashed) {
        this.close(reply.message);
      }
    } else if (!current.signal?.aborted) {
      current.listeners[type]?.(reply);
    }
  }

  close(reason) {
    this.closed = true;
    this.#worker.terminate();
    this.#current?.reject(new Error(reason));
    this.#current = null;
  }
}
