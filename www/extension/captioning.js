// The captioner, in a document of the extension: loaded at the first picture.

import { loadCaptioner } from "../captioner/captioner.js";
import { Loader } from "../captioner/loader.js";

/** @import { Questions } from "./messages.js" */

// One WebAssembly module is carried, and it is the CPU's.
const loader = new Loader((signal) => loadCaptioner({ backend: "cpu", signal }));

/**
 * Captions a picture.
 * @param {Questions["caption"]["asked"]} asked
 * @returns {Promise<import("./messages.js").Described>}
 */
export async function caption({ picture }) {
  const captioner = await loader.ready();
  const source = await sourceOf(picture);
  const { text, confidence, language } = await captioner.caption(source);
  return { text, confidence, language };
}

/** @param {Questions["caption"]["asked"]["picture"]} picture */
async function sourceOf(picture) {
  if ("file" in picture) {
    return fileOf(picture.file);
  }
  return "address" in picture ? picture.address : cut(picture);
}

/**
 * The file in a `data:` address in base64. The extension's policy lets nobody fetch one.
 * @param {string} address
 */
function fileOf(address) {
  const [, type, base64] = /^data:([^;,]*)[^,]*;base64,(.*)$/s.exec(address) ?? [];
  if (base64 === undefined) {
    throw Object.assign(new Error("the picture's bytes did not arrive"), { name: "PhotoError" });
  }
  return new Blob([Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))], { type });
}

/**
 * The part of a tab's picture that shows one of its pictures.
 * @param {Extract<Questions["caption"]["asked"]["picture"], { screen: string }>} picture
 */
async function cut({ screen, seen, window }) {
  const whole = fileOf(screen);
  const { width, height } = await createImageBitmap(whole);
  const [across, down] = [width / window.width, height / window.height];
  return createImageBitmap(
    whole,
    Math.round(seen.left * across),
    Math.round(seen.top * down),
    Math.max(1, Math.round(seen.width * across)),
    Math.max(1, Math.round(seen.height * down)),
  );
}
