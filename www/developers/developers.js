// The page for developers: the element with a control for each attribute, what it tells, and all that it has.

import "../element.js";
import { make } from "../shared/make.js";
import { control } from "./controls.js";
import { proseOf, readManifest } from "./manifest.js";
import { beginnings } from "./snippets.js";

/** @import { Described, Entry } from "./manifest.js" */

const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * Code with a button that copies it.
 * @param {HTMLElement} code
 */
function withCopy(code) {
  const button = make("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      button.textContent = "Copied";
    } catch {
      // Without a secure address or permission: the text is selected, for the visitor's own keys.
      getSelection()?.selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  });
  return button;
}

/**
 * The element's own markup.
 * @param {Element} element
 */
function markup(element) {
  const attributes = [...element.attributes]
    .filter(({ name }) => name !== "id")
    .map(({ name, value }) => (value === "" ? ` ${name}` : ` ${name}="${value.replaceAll('"', "&quot;")}"`));
  return `<glimpse-captioner${attributes.join("")}></glimpse-captioner>`;
}

/**
 * What an event brought, short enough to read.
 * @param {CustomEvent} event
 */
function told({ type, detail }) {
  const short = (/** @type {string} */ key, /** @type {unknown} */ value) => {
    if (["map", "heat", "pixels"].includes(key)) {
      return value && "…";
    }
    return typeof value === "number" ? Number(value.toPrecision(4)) : value;
  };
  const text = JSON.stringify(detail, short);
  return `${type} ${text.length > 400 ? `${text.slice(0, 400)}…` : text}`;
}

/**
 * A table of what the element has of one kind; none where it has none.
 * @param {string} title
 * @param {[string, (entry: Entry) => string][]} columns
 * @param {Entry[]} entries
 */
function table(title, columns, entries) {
  const cells = (/** @type {Entry} */ entry) =>
    columns.map(([, text], index) => {
      const code = make("code", {}, text(entry));
      return index === 0 ? make("th", { scope: "row" }, code) : make("td", {}, code);
    });
  const rows = entries.map((entry) => make("tr", {}, ...cells(entry), make("td", {}, ...proseOf(entry))));
  const heads = [...columns.map(([name]) => name), "what it is"];
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
    make(
      "table",
      {},
      make("caption", {}, title),
      make("thead", {}, make("tr", {}, ...heads.map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...rows),
    ),
  );
}

/** @param {Described} described */
function reference({ attributes, members, events, slots, cssParts, cssProperties, cssStates }) {
  /** @type {[string, (entry: Entry) => string]} */
  const name = ["name", (entry) => entry.name || "(default)"];
  /** @type {[string, (entry: Entry) => string]} */
  const type = ["type", (entry) => entry.type?.text ?? ""];
  const own = members.filter(({ attribute }) => !attribute);
  return [
    table(
      "Attributes, each with a property",
      [name, ["property", (entry) => entry.fieldName ?? ""], type, ["default", (entry) => entry.default ?? ""]],
      attributes,
    ),
    table(
      "Properties",
      [name, type],
      own.filter(({ kind }) => kind === "field"),
    ),
    table(
      "Methods",
      [name],
      own.filter(({ kind }) => kind === "method"),
    ),
    table("Events, none of which bubbles", [name, type], events),
    table("Slots", [name], slots),
    table("Parts, for ::part()", [name], cssParts),
    table("Custom properties", [name], cssProperties),
    table("States, for :state()", [name], cssStates),
  ];
}

const element = at("live");
const image = at("page-image");
const code = at("code");
const manifest = await readManifest();

const follow = () => {
  code.textContent = markup(element);
  image.hidden = element.getAttribute("for") !== image.id;
};
new MutationObserver(follow).observe(element, { attributes: true });
follow();
code.after(withCopy(code));

at("attributes").append(...manifest.attributes.map((attribute) => control(element, attribute)));
at("attributes").addEventListener("submit", (event) => event.preventDefault());
const lines = at("events");
for (const { name } of manifest.events) {
  element.addEventListener(name, (event) => {
    lines.append(make("p", {}, told(/** @type {CustomEvent} */ (event))));
    lines.scrollTop = lines.scrollHeight;
  });
}

const address = new URL("..", import.meta.url).href;
for (const [title, text] of beginnings(address)) {
  const block = make("pre", { tabindex: "0", role: "region", "aria-label": title }, text);
  at("beginnings").append(make("h3", {}, title), make("div", { class: "snippet" }, block, withCopy(block)));
}
at("reference").append(...reference(manifest));
