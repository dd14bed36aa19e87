// What the page tells while it loads, and when something went wrong.

import { say } from "./language.js";

const byId = (id) => document.getElementById(id);

export function showProgress({ loaded, total }) {
  const bar = byId("progress");
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  if (total === null) {
    bar.removeAttribute("value");
    say(byId("progress-bytes"), "asking");
  } else {
    bar.value = loaded / total;
    say(byId("progress-bytes"), "loaded", { loaded: megabytes(loaded), total: megabytes(total) });
  }
}

/** A notice of the captioner, in English. */
export function showNotice(message) {
  byId("notice").textContent = message;
  byId("notice").hidden = !message;
}

/** A text of the page, and what the captioner says of it, in English. */
export function showProblem(key, values, { message = "", retry = false } = {}) {
  const reason = document.createElement("span");
  reason.lang = "en";
  reason.textContent = message && ` ${message.replace(/[.\s]+$/, "")}.`;
  byId("problem-text").replaceChildren(say(document.createElement("span"), key, values), reason);
  byId("retry").hidden = !retry;
  byId("problem").hidden = false;
}

export function hideProblem() {
  byId("problem").hidden = true;
  byId("problem-text").textContent = "";
}
