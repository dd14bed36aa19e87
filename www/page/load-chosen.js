// The captioner of the visitor's choice of model and backend.

import { loadCaptioner } from "../captioner/captioner.js";

/**
 * Loads a captioner. `choice`: `model`, an address or a file that the visitor chose, and `backend`. `listeners`: `begin()`,
 * `progress({ loaded, total })`, `notice(message)`, `end(captioner)` and `fail(error)`; nothing is told of a captioner that is
 * given up. It ends when `page`, a promise, is kept too.
 */
export async function loadChosen({ model, backend }, listeners, page, signal) {
  const tell = (name, value) => signal.aborted || listeners[name](value);
  tell("begin");
  try {
    const captioner = await loadCaptioner({
      model: model instanceof Blob ? model : ownAddress(model),
      backend,
      onProgress: (progress) => tell("progress", progress),
      onNotice: (message) => tell("notice", message),
      signal,
    });
    await page;
    tell("end", captioner);
    return captioner;
  } catch (error) {
    tell("fail", error);
    throw error;
  }
}

/** A model that a link to this page names, whoever made the link: nobody but the page's own site is asked for it. */
function ownAddress(address) {
  const { href, origin } = new URL(address, location.href);
  if (origin !== location.origin) {
    throw new Error("the model must come from the same site as this page");
  }
  return href;
}
