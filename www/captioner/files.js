// Where the large files are that come with this one. Each address is written out: bundlers look for exactly this form.

import { ASSETS } from "../assets.js";

/**
 * The whole address: Turbopack leaves the origin out.
 * @param {URL} url
 */
const whole = ({ href }) => (globalThis.location ? new URL(href, location.href).href : href);

/** The model that comes with this module. */
export const DEFAULT_MODEL = whole(new URL("../models/glimpse.safetensors", import.meta.url));

/**
 * What wasm-bindgen makes of the crate `web-runtime`.
 * @typedef {object} Runtime
 * @property {(options: { module_or_path: Response }) => Promise<unknown>} default
 * @property {{ load: (model: Uint8Array) => Promise<RuntimeCaptioner> }} Captioner
 * @property {(map: Float32Array, rows: number, columns: number, width: number, height: number) => Uint8Array} heatMap
 * @property {() => Promise<never>} [deviceLost] Of the build for GPUs alone.
 *
 * @typedef {object} RuntimeCaptioner
 * @property {import("./captioner.js").Backend} backend
 * @property {Record<string, any>} manifest
 * @property {Record<string, any>} defaultOptions
 * @property {(file: Uint8Array, options: import("./worker-link.js").Options, onWord: OnPlainWord) => Promise<PlainCaption>} caption
 * @property {(pixels: Uint8Array, width: number, height: number, options: import("./worker-link.js").Options, onWord: OnPlainWord)
 *   => Promise<PlainCaption>} captionPixels
 * @property {() => void} free
 *
 * @typedef {Omit<import("./captioner.js").Word, "heat">} PlainWord
 * @typedef {(word: PlainWord) => void} OnPlainWord
 * @typedef {Omit<import("./captioner.js").Alternative, "words"> & { words: PlainWord[] }} PlainAlternative
 * @typedef {Omit<import("./worker-link.js").Captioned["caption"], "words" | "alternatives">
 *   & { words: PlainWord[], alternatives: PlainAlternative[] }} PlainCaption
 */

/** Both builds: the JavaScript that starts one, and its WebAssembly. */
export const RUNTIMES = {
  cpu: {
    script: whole(new URL("../runtime/cpu/glimpse.js", import.meta.url)),
    wasm: whole(new URL("../runtime/cpu/glimpse_bg.wasm", import.meta.url)),
  },
  gpu: {
    script: whole(new URL("../runtime/gpu/glimpse.js", import.meta.url)),
    wasm: whole(new URL("../runtime/gpu/glimpse_bg.wasm", import.meta.url)),
  },
};

const NAMES = {
  [DEFAULT_MODEL]: "models/glimpse.safetensors",
  [RUNTIMES.cpu.wasm]: "runtime/cpu/glimpse_bg.wasm",
  [RUNTIMES.gpu.wasm]: "runtime/gpu/glimpse_bg.wasm",
};

/** What {@link DEFAULT_MODEL} is in the page. Some bundlers (Astro's, SvelteKit's) give the worker a copy of each file. */
export let pageModel = DEFAULT_MODEL;

/**
 * Lets a worker know what the page calls the model.
 * @param {string} address
 */
export function adoptModel(address) {
  pageModel = address;
  NAMES[address] = NAMES[DEFAULT_MODEL];
}

/**
 * Size and SHA-256 of the file at an address, where it is one of these.
 * @param {string} address
 * @returns {{ bytes: number, sha256: string } | undefined}
 */
export function assetAt(address) {
  return ASSETS[NAMES[address]];
}
