// Scripts that start something of their own. The package's single file has another module in place of this one, for it holds
// them itself: xtask/package/single-file.js.

import { DEFAULT_MODEL, RUNTIMES } from "./files.js";

/** @import { Runtime } from "./files.js" */

/** A worker's own file must be of the page's origin, which a sandboxed frame has not; what it imports need not be. */
export function newWorker() {
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

/** How many runtimes were imported here: each captioner in use needs one of its own. */
let imported = 0;

/**
 * A runtime that has not started yet.
 * @param {import("./captioner.js").Backend} build
 * @returns {Promise<Runtime>}
 */
export function importRuntime(build) {
  const { script } = RUNTIMES[build];
  imported += 1;
  // By another fragment it is another module: one that has crashed, or lost its device, is of no more use. The first has none,
  // so that a page's import map knows it.
  const address = imported === 1 ? script : `${script}#${imported}`;
  return import(/* @vite-ignore */ /* webpackIgnore: true */ address);
}
