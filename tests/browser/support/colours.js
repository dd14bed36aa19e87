// Pictures of one colour, and a runtime whose caption is the colour that it sees.

import { openEmbedded } from "./element-page.js";
import { replaceFiles, replaceRuntime } from "./stub-runtime.js";

/** A picture's file. */
export function drawing(colour, width = 40, height = 20) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${colour}"/></svg>`;
}

/** The address of a picture. */
export function picture(colour, ...size) {
  return `data:image/svg+xml,${encodeURIComponent(drawing(colour, ...size))}`;
}

/** The body of a caption: the colour of the first pixel. */
export const COLOUR = `
  const [red, green, blue, alpha] = photo;
  const text = alpha < 128 ? "nothing" : red > 128 && green > 128 ? "white" : red > 128 ? "red" : green > 100 ? "green" : blue > 128 ? "blue" : "black";
  await new Promise((resolve) => setTimeout(resolve, 300));
  const words = [{ text, probability: 0.5, confidence: 0.9, map }];
  words.forEach((word) => onWord(word));
  return { text, words, confidence: 0.9, logProbability: -1, score: -1, grid: { rows: 1, columns: 1 }, alternatives: [] };`;

/** A page with `body`, where captions are colours. `captions(page)` lists those that there were. */
export function openColours(browser, body, options = {}) {
  return openEmbedded(browser, body, {
    ...options,
    prepare: async (context) => {
      await replaceRuntime(context, "cpu", COLOUR);
      await replaceFiles(context, "cpu");
      await options.prepare?.(context);
    },
  });
}

/** The captions that the elements told of, in their order. */
export function captions(page) {
  return page.evaluate(() => events.filter(({ type }) => type === "caption").map(({ detail }) => detail.text));
}

/** Waits until there were so many captions, and gives them. */
export async function untilCaptions(page, count) {
  await page.waitForFunction((count) => events.filter(({ type }) => type === "caption").length >= count, count);
  return captions(page);
}
