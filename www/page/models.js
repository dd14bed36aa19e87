// The models that come with this page.

import { ASSETS } from "../assets.js";
import { DEFAULT_MODEL } from "../captioner/files.js";

/**
 * A model file of this page: what it is called, which is no matter of language, and the year of its source.
 * @typedef {{ address: string, name: string, year: number, bytes: number, integrity?: string }} PageModel
 */

/**
 * The page's own one first. The others are what `cargo xtask reproduce` makes; who serves the page may leave them out.
 * @type {PageModel[]}
 */
export const MODELS = [
  { name: "Glimpse", year: 2026, file: "glimpse" },
  { name: "TensorFlow’s tutorial", year: 2022, file: "tf-tutorial" },
  { name: "Keras’ merge captioner", year: 2017, file: "merge-lstm" },
].flatMap(({ name, year, file }) => {
  const path = `models/${file}.safetensors`;
  const address = new URL(`../${path}`, import.meta.url).href;
  const asset = ASSETS[path];
  if (address === DEFAULT_MODEL) {
    // The captioner knows its sum.
    return [{ name, year, address, bytes: asset?.bytes ?? 0 }];
  }
  return asset ? [{ name, year, address, bytes: asset.bytes, integrity: integrityOf(asset.sha256) }] : [];
});

/**
 * As HTML's `integrity` has it. Browsers compute sums over https only; unchecked, a file is not kept.
 * @param {string} sha256
 */
function integrityOf(sha256) {
  const sum = sha256.replace(/../g, (digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return globalThis.crypto?.subtle ? `sha256-${btoa(sum)}` : undefined;
}
