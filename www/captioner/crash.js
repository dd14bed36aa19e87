// Traps of WebAssembly: what a panic of the runtime becomes.

/**
 * What a build promises, or its trap. A trap happens between the steps of a promise, which then stays open for ever;
 * it shows only as an uncaught error of the worker or page.
 * @template Value
 * @param {Promise<Value>} promise
 * @returns {Promise<Value>}
 */
export function orTrap(promise) {
  return new Promise((resolve, reject) => {
    const trapped = (/** @type {ErrorEvent} */ event) => {
      if (isCrash(event.error)) {
        event.preventDefault();
        reject(event.error);
      }
    };
    globalThis.addEventListener("error", trapped);
    promise.then(resolve, reject).finally(() => globalThis.removeEventListener("error", trapped));
  });
}

/**
 * A trap leaves a WebAssembly module in no state to go on.
 * @param {unknown} error
 */
export function isCrash(error) {
  return error instanceof WebAssembly.RuntimeError;
}

/**
 * What an error says to people.
 * @param {any} error
 */
export function messageOf(error) {
  return isCrash(error) ? "the program inside the page crashed" : String(error?.message ?? error);
}
