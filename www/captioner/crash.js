// Traps of WebAssembly: what a panic of the runtime becomes.

import { server } from "./host.js";

/**
 * What a build promises, or its trap. A trap happens between the steps of a promise, which then stays open for ever;
 * it shows only as an uncaught error of the worker, page or program.
 * @template Value
 * @param {Promise<Value>} promise
 * @returns {Promise<Value>}
 */
export function orTrap(promise) {
  return new Promise((resolve, reject) => {
    const stop = (server?.onUncaught ?? onUncaught)((error) => {
      const trapped = isCrash(error);
      if (trapped) {
        reject(error);
      }
      return trapped;
    });
    promise.then(resolve, reject).finally(stop);
  });
}

/**
 * Hears of errors that nobody catches, until the function is called that it gives. `take` says whether it takes one.
 * @param {(error: unknown) => boolean} take
 */
function onUncaught(take) {
  const listener = (/** @type {ErrorEvent} */ event) => take(event.error) && event.preventDefault();
  addEventListener("error", listener);
  return () => removeEventListener("error", listener);
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
  return isCrash(error) ? (server?.CRASHED ?? "the program inside the page crashed") : String(error?.message ?? error);
}
