// The models that come with this page.

import { ASSETS } from "../assets.js";
import { DEFAULT_MODEL } from "../captioner/files.js";

/**
 * A model file of this page: what it is called, which is no matter of language, and the year of its source.
 * @typedef {{ address: string, name: string, year: number, bytes: number, integrity?: string }} PageModel
 */

/**
 * The page's own one first. The others are what `cargo xtask reproduce` makes.
 * @type {PageModel[]}
 */
export const MODELS = [
  { ...at("glimpse"), address: DEFAULT_MODEL, integrity: undefined, name: "Glimpse", year: 2026 },
  { ...at("tf-tutorial"), name: "TensorFlow’s tutorial", year: 2022 },
  { ...at("merge-lstm"), name: "Keras’ merge captioner", year: 2017 },
];

/** @param {string} name */
function at(name) {
  const file = `models/${name}.safetensors`;
  const { bytes, sha256 } = ASSETS[file];
  const sum = sha256.replace(/../g, (digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  // Browsers compute sums over https only; unchecked, a file is not kept.
  const integrity = globalThis.crypto?.subtle ? `sha256-${btoa(sum)}` : undefined;
  return { address: new URL(`../${file}`, import.meta.url).href, bytes, integrity };
}
