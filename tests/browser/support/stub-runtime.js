// Runtimes that do as a test says.

import { withoutSums } from "./browser.js";

/** Does as a panic in WebAssembly does: the promise stays open, and an uncaught error tells. */
export const TRAP =
  'queueMicrotask(() => { throw new WebAssembly.RuntimeError("unreachable"); }); await new Promise(() => {});';

/** What no test asks of a caption. */
const REST = "logProbability: -1, score: -1, grid: { rows: 1, columns: 1 }";

/** Ends a caption's `body` with these words. */
export function captionOf(text) {
  return `return { text: "${text}", words: [], confidence: null, ${REST}, alternatives: [] };`;
}

/** A caption's whole `body`: tells words, `[text, confidence]` each, and is as sure of them together as `confidence` says. */
export function captionOfWords(words, confidence) {
  const told = words.map(([text, confidence]) => ({ text, probability: 0.5, confidence }));
  const text = told.map(({ text }) => text).join(" ");
  return `
    const words = ${JSON.stringify(told)}.map((word) => ({ ...word, map }));
    words.forEach((word) => onWord(word));
    const alternatives = [{ text: words[0].text, words: words.slice(0, 1), logProbability: -2, score: -2 }];
    return { text: "${text}", words, confidence: ${confidence}, ${REST}, alternatives };`;
}

/** Puts a runtime in place of the real one whose every caption runs `body`, and whose model is of a `language` and has these `styles`. */
export async function replaceRuntime(context, build, body, { language = "en", styles } = {}) {
  await withoutSums(context);
  await context.route(`**/runtime/${build}/glimpse.js`, (route) =>
    route.fulfill({
      contentType: "text/javascript",
      body: `
        export default async function init() {}
        export class Captioner {
          static async load() { return new Captioner(); }
          get backend() { return "${build}"; }
          get manifest() { return { language: "${language}", grid: { rows: 1, columns: 1 }, styles: ${JSON.stringify(styles)} }; }
          get defaultOptions() {
            const sampling = { temperature: 1, topK: 0, topP: 1, seed: 0 };
            return { beams: 5, lengthPenalty: 0.75, repeatBlock: 0, repeatWords: false, maxWords: 30, alternatives: 0, sampling };
          }
          async caption(photo, options, onWord) { const map = new Float32Array([1]); ${body} }
          captionPixels(pixels, width, height, options, onWord) { return this.caption(pixels, options, onWord); }
          free() {}
        }
        export function heatMap(map, rows, columns, width, height) {
          return new Uint8ClampedArray(4 * width * height);
        }`,
    }),
  );
}

/** The stub's WebAssembly and model, which it does not read. */
export async function replaceFiles(context, build) {
  await context.route(`**/runtime/${build}/glimpse_bg.wasm`, (route) => route.fulfill({ body: "wasm" }));
  await context.route("**/models/glimpse.safetensors", (route) => route.fulfill({ body: "model" }));
}
