// Where this module runs: in a browser, or in a program without pages, such as Node and Deno.

/** @typedef {typeof import("./server.js")} Server */

/**
 * What such a program has in place of a browser; `null` in a browser.
 * @type {Server | null}
 */
export let server = null;

/** @param {Server | null} found */
export function setServer(found) {
  server = found;
}
