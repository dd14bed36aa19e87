// The scripts of the runtimes. The package's single file has another module in place of this one, for it holds them itself:
// xtask/package/single-file.js.

import { RUNTIMES } from "./files.js";

/** @import { Runtime } from "./files.js" */

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
