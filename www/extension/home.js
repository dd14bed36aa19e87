// Where the captioner lives: in Chromium in an offscreen document, in Firefox beside the background's scripts.

import { ask } from "./messages.js";

/** @import { Described, Questions } from "./messages.js" */

/** What is being opened: there may be one offscreen document only. */
let opening = Promise.resolve();

/**
 * Has a picture captioned.
 * @param {Questions["caption"]["asked"]} asked
 * @returns {Promise<Described>}
 */
export async function caption(asked) {
  if (!chrome.offscreen) {
    const here = await import("./captioning.js");
    return here.caption(asked);
  }
  opening = opening.catch(() => {}).then(openDocument);
  await opening;
  return ask("captioner", "caption", asked);
}

async function openDocument() {
  if (await chrome.offscreen.hasDocument()) {
    return;
  }
  await chrome.offscreen.createDocument({
    url: "extension/offscreen.html",
    reasons: ["WORKERS"],
    justification: "Captions are computed in a worker that keeps the model.",
  });
}
