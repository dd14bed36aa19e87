// Requests to the engine and their replies, wherever the engine runs.

import { DEFAULT_MODEL } from "./files.js";

/** A link to an engine of its own: in a worker if that is wanted and possible, else in the page. */
export async function connect(inWorker) {
  return new Link((inWorker && (await openWorker())) || (await openHere()));
}

/** Requests are answered in their order; each is given to its engine only when its turn has come. */
class Link {
  #port;
  #turn = Promise.resolve();
  #current = null;
  #nextId = 0;

  /** Whether it can do no more: closed, or the engine crashed. */
  closed = false;

  constructor(port) {
    this.#port = port;
    port.onMessage = (message) => this.#receive(message);
    port.onFailure = () => this.#fail(new Error("the captioner stopped unexpectedly"));
  }

  /**
   * Sends `message` when its turn has come; `listeners` get the replies before the last, by type. Fails with a `ClosedError`
   * where the link was closed before that.
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

  #receive({ id, type, ...reply }) {
    const current = this.#current;
    if (current?.id !== id) {
      return;
    }
    if (type === "done") {
      current.resolve(reply);
    } else if (type === "failed") {
      const error = Object.assign(new Error(reply.message), { name: reply.name ?? "Error" });
      if (reply.crashed) {
        this.#fail(error);
      }
      current.reject(error);
    } else if (!current.signal?.aborted) {
      current.listeners[type]?.(reply);
    }
  }

  #fail(reason) {
    this.closed = true;
    this.#port.close();
    this.#current?.reject(reason);
    this.#current = null;
  }
}

/** A worker that has started, or `null` where the browser or the page's policy allows none. */
function openWorker() {
  return new Promise((resolve) => {
    let worker;
    try {
      worker = newWorker();
    } catch {
      resolve(null);
      return;
    }
    const port = {
      send: (message) => worker.postMessage(message),
      close: () => worker.terminate(),
    };
    worker.addEventListener("message", ({ data }) => (data.type === "started" ? resolve(port) : port.onMessage(data)));
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

/** A worker's own file must be of the page's origin, which a sandboxed frame has not; what it imports need not be. */
function newWorker() {
  // Where this file lies: its own address is not always what it seems, after a bundler.
  if (new URL(DEFAULT_MODEL).origin === self.origin) {
    // Bundlers look for exactly this form.
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  }
  const address = import.meta.url.replace(/[^/]*$/, "worker.js");
  // No module worker: Chromium starts none in a sandboxed frame. What is thrown later is heard as an error event.
  const code = `import(${JSON.stringify(address)}).catch((error) => setTimeout(() => { throw error; }));`;
  return new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
}

async function openHere() {
  const { Requests } = await import("./engine.js");
  const requests = new Requests((message) => port.onMessage(message));
  const port = {
    send: (message) => requests.take(message),
    close: () => requests.close(),
  };
  return port;
}
