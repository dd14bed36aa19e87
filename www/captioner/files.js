// Where the large files are that come with this one. Each address is written out: bundlers look for exactly this form.

import { ASSETS } from "../assets.js";

/** The model that comes with this module. */
export const DEFAULT_MODEL = new URL("../models/glimpse.safetensors", import.meta.url).href;

/** Both builds: the JavaScript that starts one, and its WebAssembly. */
export const RUNTIMES = {
  cpu: {
    script: new URL("../runtime/cpu/glimpse.js", import.meta.url).href,
    wasm: new URL("../runtime/cpu/glimpse_bg.wasm", import.meta.url).href,
  },
  gpu: {
    script: new URL("../runtime/gpu/glimpse.js", import.meta.url).href,
    wasm: new URL("../runtime/gpu/glimpse_bg.wasm", import.meta.url).href,
  },
};

const NAMES = {
  [DEFAULT_MODEL]: "models/glimpse.safetensors",
  [RUNTIMES.cpu.wasm]: "runtime/cpu/glimpse_bg.wasm",
  [RUNTIMES.gpu.wasm]: "runtime/gpu/glimpse_bg.wasm",
};

/** `{ bytes, sha256 }` of the file at an address, where it is one of these. */
export function assetAt(address) {
  return ASSETS[NAMES[address]];
}
