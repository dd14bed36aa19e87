// What Node and Deno have in place of a browser. They have no GPU, no worker like a page's, and keep nothing.

/**
 * Node's own global, which Deno has as well.
 * @type {any}
 */
const process = Reflect.get(globalThis, "process");

/** Why captions are not computed there. */
export const NO_GPU = "Only browsers compute on the GPU";

/** What a crash of the runtime is called. */
export const CRASHED = "the runtime crashed";

/** What is wrong with an address such as "photo.jpg". */
export const NO_ADDRESS = ": a file has one that begins with file:";

/**
 * Does as `fetch`, which in Node knows no files of this computer.
 * @param {string} address
 * @param {RequestInit} options
 */
export async function fetchAddress(address, options) {
  if (!address.startsWith("file:")) {
    return fetch(address, options);
  }
  // No import, which bundlers for browsers would stumble over.
  const { readFile } = process.getBuiltinModule("node:fs/promises");
  const bytes = await readFile(new URL(address), { signal: options.signal });
  const type = address.endsWith(".wasm") ? "application/wasm" : "";
  return new Response(bytes, { headers: { "content-type": type, "content-length": bytes.length } });
}

/**
 * Why {@link fetchAddress} gave nothing.
 * @param {string} address
 */
export function reason(address) {
  return address.startsWith("file:")
    ? "there is no such file, or none that may be read"
    : "nobody answered, or it may not be asked";
}

/**
 * Hears of errors that nobody catches, until the function is called that it gives. `take` says whether it takes one.
 * @param {(error: unknown) => boolean} take
 */
export function onUncaught(take) {
  const name = "uncaughtException";
  const stop = () => process.off(name, listener);
  const listener = (/** @type {unknown} */ error) => {
    if (!take(error)) {
      stop();
      // Then it ends the program, as it would have without this listener.
      process.listenerCount(name) || report(error);
    }
  };
  process.on(name, listener);
  return stop;
}

/**
 * Tells of an error that is not to be caught here.
 * @param {unknown} error
 */
export function report(error) {
  setTimeout(() => {
    throw error;
  });
}
