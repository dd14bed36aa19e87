// What <glimpse-captioner> is made of.

import { make } from "../shared/make.js";

/** @typedef {ReturnType<typeof buildTree>["parts"]} Parts */

/** The element's shadow tree, and its parts by name. */
export function buildTree() {
  const button = (/** @type {string} */ part, primary = false) =>
    make("button", {
      type: "button",
      part: `button ${part}`,
      class: primary ? "button primary" : "button",
      hidden: "",
    });

  const picture = make("canvas", { part: "picture", class: "picture", role: "img" });
  const map = make("canvas", { part: "map", class: "map", "aria-hidden": "true" });
  const photo = make("figure", { part: "photo", class: "photo", hidden: "" }, picture, map);

  // Takes the focus of buttons that have done their work.
  const status = make("p", { part: "status", class: "status", tabindex: "-1", hidden: "" });
  const progress = make("progress", { part: "progress", max: "1", hidden: "" });
  const alert = make("p", { role: "alert", lang: "en", dir: "ltr" });
  const error = make("div", { part: "error", class: "error", hidden: "" }, alert);
  const guess = make("p", { part: "guess", class: "guess", hidden: "" });
  const words = make("div", { part: "caption", class: "words", role: "toolbar", hidden: "" });
  const live = make("p", { class: "visually-hidden", "aria-live": "polite" });
  // Describes the words that the model is not sure of.
  const unsure = make("span", { id: "unsure", hidden: "" });
  const grid = make("ol", { part: "grid", class: "grid", hidden: "" });

  const fieldLabel = make("span");
  const field = make("textarea", { part: "suggestion-text", rows: "2" });
  const accept = make("button", { type: "button", part: "button accept", class: "button primary" });
  const label = make("label", {}, fieldLabel, field);
  const suggestion = make("div", { part: "suggestion", class: "suggestion", hidden: "" }, label, accept);

  const start = button("start", true);
  const retry = button("retry");
  const read = button("read");
  const choose = button("choose");
  const slot = make("slot", { name: "actions" });
  const actions = make("div", { part: "actions", class: "actions" }, start, retry, read, choose, slot);
  const file = make("input", { type: "file", accept: "image/*", hidden: "" });

  const told = [status, progress, error, guess, words, live, unsure, grid];
  const body = make("div", { part: "body", class: "body" }, make("slot"), ...told, suggestion, actions, file);
  return {
    nodes: [photo, body],
    parts: {
      photo,
      picture,
      map,
      body,
      status,
      progress,
      error,
      alert,
      guess,
      words,
      live,
      unsure,
      grid,
      suggestion,
      fieldLabel,
      field,
      accept,
      start,
      retry,
      read,
      choose,
      file,
    },
  };
}
