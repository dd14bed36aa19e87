// Requests to the engine and their replies, wherever the engine runs.

import { server } from "./host.js";
import { newWorker } from "./worker-script.js";

/** @import { Backend, Caption, Word } from "./captioner.js" */
/** @import { Photo } from "./photo.js" */
/** @typedef {Omit<import("./captioner.js").CaptionOptions, "signal" | "onWord" | "onRestart">} Options */

/**
 * `model` is an address or a file; `integrity` its SHA-256, where that is asked for; `remembered` what "auto" chose at an
 * earlier visit; `pageModel` the page's `DEFAULT_MODEL`.
 * @typedef {{ model: string | Blob, integrity?: string, backend: Backend | "auto", remembered?: Backend, pageModel: string }} LoadRequest
 * @typedef {{ backend: Backend, manifest: Record<string, any>, modelBytes: number, defaultOptions: Record<string, any> }} Loaded
 * @typedef {{ photo: Photo, options: Options }} CaptionRequest
 * @typedef {{ caption: Omit<Caption, "language" | "backend" | "milliseconds">, backend: Backend, milliseconds: number }} Captioned
 */

/**
 * What can be asked of an engine, and the same with the number that its replies carry.
 * @typedef {{ type: "load" } & LoadRequest | { type: "caption" } & CaptionRequest | { type: "decide", skip: boolean }} Order
 * @typedef {{ id: number } & Order} Request
 */

/**
 * What an engine tells while it does something, and at the end.
 * @typedef {{ type: "progress", loaded: number, total: number | null }
 *   | { type: "notice", message: string, backend: Backend }
 *   | { type: "word", word: Word }
 *   | { type: "restart" }} News
 * @typedef {{ type: "done", result: object } | { type: "failed", name?: string, message: string, crashed: boolean }} End
 * @typedef {{ id: number } & (News | End)} Message
 * @typedef {(news: News) => void} Reply
 */

/**
 * Hear the replies to a request before the last, by type.
 * @typedef {{ [Type in News["type"]]?: (reply: Extract<News, { type: Type }>) => void }} Listeners
 */

/**
 * The way to an engine: `onMessage` and `onFailure` are set by the link.
 * @typedef {object} Port
 * @property {(request: Request) => void} send
 * @property {() => void} close
 * @property {(message: Message) => void} [onMessage]
 * @property {() => void} [onFailure]
 */

/**
 * A link to an engine of its own: in a worker if that is wanted and possible, else in the page.
 * @param {boolean} inWorker
 */
export async function connect(inWorker) {
  return new Link((inWorker && (await openWorker())) || (await openHere()));
}

/** Requests are answered in their order; each is given to its engine only when its turn has come. */
export class Link {
  #port;
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();
  /**
   * What is being answered.
   * @type {{ id: number, listeners: Listeners, signal?: AbortSignal, resolve: (reply: any) => void,
   *   reject: (error: Error) => void } | null}
   */
  #current = null;
  #nextId = 0;

  /** Whether it can do no more: closed, or the engine crashed. */
  closed = false;

  /** @param {Port} port */
  constructor(port) {
    this.#port = port;
    port.onMessage = (message) => this.#receive(message);
    port.onFailure = () => this.#fail(new Error("the captioner stopped unexpectedly"));
  }

  /**
   * Sends `message` when its turn has come; `listeners` get the replies before the last, by type. Fails with a `ClosedError`
   * where the link was closed before that.
   * @param {Order} message
   * @param {Listeners} listeners
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  request(message, listeners, signal) {
    const answer = this.#turn.then(() => {
      signal?.throwIfAborted();
      return this.#send(message, listeners, signal);
    });
    this.#turn = answer.catch(() => {});
    return answer;
  }

  /** Ends the engine and gives its memory back. */
  close() {
    this.#fail(new Error("the captioner was closed"));
  }

  /**
   * @param {Order} message
   * @param {Listeners} listeners
   * @param {AbortSignal} [signal]
   */
  #send(message, listeners, signal) {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(Object.assign(new Error("the captioner is closed"), { name: "ClosedError" }));
        return;
      }
      const id = this.#nextId++;
      this.#current = { id, listeners, signal, resolve, reject };
      this.#port.send({ id, ...message });
    });
  }

  /** @param {Message} message */
  #receive(message) {
    const { id, type, ...reply } = /** @type {any} */ (message);
    const current = this.#current;
    if (!current || current.id !== id) {
      return;
    }
    if (type === "done") {
      current.resolve(reply.result);
    } else if (type === "failed") {
      const error = Object.assign(new Error(reply.message), { name: reply.name ?? "Error" });
      if (reply.crashed) {
        this.#fail(error);
      }
      current.reject(error);
    } else if (!current.signal?.aborted) {
      current.listeners[/** @type {News["type"]} */ (type)]?.(reply);
    }
  }

  /** @param {Error} reason */
  #fail(reason) {
    this.closed = true;
    this.#port.close();
    this.#current?.reject(reason);
    this.#current = null;
  }
}

/**
 * A worker that has started, or `null` where the browser or the page's policy allows none.
 * @returns {Promise<Port | null>}
 */
function openWorker() {
  return new Promise((resolve) => {
    /** @type {Worker} */
    let worker;
    try {
      worker = newWorker();
    } catch {
      resolve(null);
      return;
    }
    /** @type {Port} */
    const port = {
      send: (message) => worker.postMessage(message),
      close: () => worker.terminate(),
    };
    worker.addEventListener("message", ({ data }) =>
      data.type === "started" ? resolve(port) : port.onMessage?.(data),
    );
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (port.onFailure) {
        port.onFailure();
      } else {
        resolve(null);
      }
    });
  });
}

/** An engine in the page, or in the worker that asks for one. */
async function openHere() {
  const { Requests, setServer } = await import("./engine.js").catch(() => {
    // Service workers may import nothing later.
    throw new Error("the captioner could not be imported here");
  });
  setServer(server);
  const requests = new Requests((message) => port.onMessage?.(message));
  /** @type {Port} */
  const port = {
    send: (message) => requests.take(message),
    close: () => requests.close(),
  };
  return port;
}
