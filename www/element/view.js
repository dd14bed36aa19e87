// What <glimpse-captioner> is made of. Built node by node: a strict policy may forbid markup from strings.

/** The element's shadow tree, and its parts by name. */
export function buildView() {
  const canvas = (part, attributes) => make("canvas", { part, class: part, ...attributes });
  const button = (part, primary) =>
    make("button", { type: "button", part: `button ${part}`, class: primary ? "button primary" : "button", hidden: "" });

  const parts = {
    picture: canvas("picture", { role: "img" }),
    map: canvas("map", { "aria-hidden": "true" }),
    // Takes the focus of buttons that have done their work.
    status: make("p", { part: "status", class: "status", tabindex: "-1", hidden: "" }),
    progress: make("progress", { part: "progress", max: "1", hidden: "" }),
    alert: make("p", { role: "alert", lang: "en" }),
    guess: make("p", { part: "guess", class: "guess", hidden: "" }),
    words: make("div", { part: "caption", class: "words", role: "toolbar", hidden: "" }),
    live: make("p", { class: "visually-hidden", "aria-live": "polite" }),
    // Describes the words that the model is not sure of.
    unsure: make("span", { id: "unsure", hidden: "" }),
    grid: make("ol", { part: "grid", class: "grid", hidden: "" }),
    suggestionLabel: make("span"),
    suggestionText: make("textarea", { part: "suggestion-text", rows: "2" }),
    accept: make("button", { type: "button", part: "button accept", class: "button primary" }),
    start: button("start", true),
    retry: button("retry"),
    read: button("read"),
    choose: button("choose"),
    file: make("input", { type: "file", accept: "image/*", hidden: "" }),
  };
  parts.photo = make("figure", { part: "photo", class: "photo", hidden: "" }, parts.picture, parts.map);
  parts.error = make("div", { part: "error", class: "error", hidden: "" }, parts.alert);
  parts.suggestion = make(
    "div",
    { part: "suggestion", class: "suggestion", hidden: "" },
    make("label", {}, parts.suggestionLabel, parts.suggestionText),
    parts.accept,
  );
  const { start, retry, read, choose } = parts;
  const actions = make("div", { part: "actions", class: "actions" }, start, retry, read, choose, make("slot", { name: "actions" }));
  const { status, progress, error, guess, words, live, unsure, grid, suggestion, file } = parts;
  const told = [status, progress, error, guess, words, live, unsure, grid];
  parts.body = make("div", { part: "body", class: "body" }, make("slot"), ...told, suggestion, actions, file);
  const tree = document.createDocumentFragment();
  tree.append(parts.photo, parts.body);
  return { tree, parts };
}

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}
