// Runtimes that do as a test says.

import { withoutSums } from "./browser.js";

/** Does as a panic in WebAssembly does: the promise stays open, and an uncaught error tells. */
export const TRAP =
  'queueMicrotask(() => { throw new WebAssembly.RuntimeError("unreachable"); }); await new Promise(() => {});';

/** Ends a caption's `body` with these words. */
export function captionOf(text) {
  return `return { text: "${text}", words: [], grid: { rows: 1, columns: 1 }, alternatives: [] };`;
}

/** Puts a runtime in place of the real one whose every caption runs `body`. */
export async function replaceRuntime(context, build, body) {
  await withoutSums(context);
  await context.route(`**/runtime/${build}/glimpse.js`, (route) =>
    route.fulfill({
      contentType: "text/javascript",
      body: `
        export default async function init() {}
        export class Captioner {
          static async load() { return new Captioner(); }
          get backend() { return "${build}"; }
          get manifest() { return { grid: { rows: 1, columns: 1 } }; }
          async caption(photo, options, onWord) { const map = new Float32Array([1]); ${body} }
          free() {}
        }
        export function heatMap(map, rows, columns, width, height) {
          return new Uint8ClampedArray(4 * width * height);
        }`,
    }));
}

/** The stub's WebAssembly and model, which it does not read: nothing. */
export async function replaceFiles(context, build) {
  await context.route(`**/runtime/${build}/glimpse_bg.wasm`, (route) => route.fulfill({ body: "" }));
  await context.route("**/models/glimpse.safetensors", (route) => route.fulfill({ body: "model" }));
}
