// Where this module runs: in a browser, or in a program without pages, such as Node and Deno.

/**
 * What such a program has in place of a browser; `null` in a browser.
 * @type {typeof import("./server.js") | null}
 */
export let server = null;

/** Finds out. Whoever begins something waits for it. */
export async function findHost() {
  if (!globalThis.document && Reflect.get(globalThis, "process")?.getBuiltinModule) {
    server = await import("./server.js");
  }
}
