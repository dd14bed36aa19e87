// What the page tells while it loads, and when something went wrong.

import { make, quoted } from "../shared/make.js";
import { say } from "./language.js";
import { byId } from "./parts.js";

/** @import { Progress } from "../captioner/captioner.js" */
/** @import { TextKey, Values } from "./language.js" */

/** @param {Progress} progress */
export function showProgress({ loaded, total }) {
  const bar = byId("progress");
  const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
  if (total === null) {
    bar.removeAttribute("value");
    say(byId("progress-bytes"), "asking");
  } else {
    bar.value = loaded / total;
    say(byId("progress-bytes"), "loaded", { loaded: megabytes(loaded), total: megabytes(total) });
  }
}

/**
 * A notice of the captioner, in English.
 * @param {string} message
 */
export function showNotice(message) {
  byId("notice").textContent = message;
  byId("notice").hidden = !message;
}

/**
 * A text of the page, and what the captioner says of it, in English.
 * @param {TextKey} key
 * @param {Values} [values]
 * @param {{ message?: string, retry?: boolean }} [reason]
 */
export function showProblem(key, values, { message = "", retry = false } = {}) {
  const reason = quoted(message && ` ${message.replace(/[.\s]+$/, "")}.`, "en");
  byId("problem-text").replaceChildren(say(make("span"), key, values), reason);
  byId("retry").hidden = !retry;
  byId("problem").hidden = false;
}

export function hideProblem() {
  byId("problem").hidden = true;
  byId("problem-text").textContent = "";
}
