// The language of the interface. Captions are in the model's, whatever it is.

import { setLanguage } from "../shared/direction.js";
import { recall, remember } from "../shared/storage.js";
import english from "./texts/en.js";

/**
 * The languages' BCP 47 tags, by the names of their files.
 * @type {Record<string, string>}
 */
const TAGS = { en: "en", ko: "ko", zh: "zh-Hans" };

/** What the choice is remembered by. */
const NAME = "glimpse-language";

/**
 * Parts of the page that have texts of their own, loaded with them: `texts/PART`.
 * @typedef {"about" | "comparison" | "files" | "gallery"} Part
 */

/**
 * The name of a text.
 * @typedef {keyof typeof english | keyof typeof import("./texts/about/en.js").default |
 *   keyof typeof import("./texts/comparison/en.js").default | keyof typeof import("./texts/files/en.js").default | keyof typeof import("./texts/gallery/en.js").default} TextKey
 */

/**
 * What stands for the names in a text's braces.
 * @typedef {Record<string, string | number | undefined>} Values
 */

/** @type {Partial<Record<TextKey, string>>} */
let texts = english;
/**
 * The parts that are loaded.
 * @type {Part[]}
 */
const parts = [];
/** The name of the chosen language's files. */
let language = "en";
/** The values in elements' texts, so that these can be written anew in another language. */
const values = new WeakMap();

/**
 * A text in the chosen language.
 * @param {TextKey} key
 * @param {Values} [given]
 * @returns {string}
 */
export function text(key, given = {}) {
  return (texts[key] ?? "").replace(/\{(\w+)\}/g, (whole, name) => String(given[name] ?? whole));
}

/**
 * Makes a text the content of an element, in this and every language chosen later.
 * @template {HTMLElement} Kind
 * @param {Kind} element
 * @param {TextKey} key
 * @param {Values} [given]
 */
export function say(element, key, given) {
  element.dataset.text = key;
  values.set(element, given);
  element.textContent = text(key, given);
  return element;
}

/**
 * The same for an element's accessible name: `alt` of images, `aria-label` of others.
 * @param {HTMLElement} element
 * @param {TextKey} key
 * @param {Values} [given]
 */
export function label(element, key, given) {
  element.dataset.label = key;
  values.set(element, given);
  element.setAttribute(element.localName === "img" ? "alt" : "aria-label", text(key, given));
  return element;
}

/**
 * Writes the page in the visitor's language, and lets `select` choose another one, which is remembered. The document then
 * gets the event "languagechosen".
 * @param {HTMLSelectElement} select
 */
export async function chooseLanguage(select) {
  select.addEventListener("change", () => {
    remember(NAME, select.value);
    speak(select);
  });
  select.value = recall(NAME, Object.keys(TAGS)) ?? preferred();
  if (select.value !== "en") {
    await speak(select);
  }
}

/** The first of the visitor's languages that there is. */
function preferred() {
  const known = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]).filter((name) => TAGS[name]);
  return known[0] ?? "en";
}

/**
 * A module that only some visitors need, with the texts of its part of the page, in this and every language chosen later.
 * @template Module
 * @param {Part} part
 * @param {Promise<Module>} loading
 */
export async function withTexts(part, loading) {
  const [module, { default: loaded }] = await Promise.all([loading, import(`./texts/${part}/${language}.js`)]);
  if (!parts.includes(part)) {
    parts.push(part);
    texts = { ...texts, ...loaded };
    writeAll();
  }
  return module;
}

/** @param {HTMLSelectElement} select */
async function speak(select) {
  const name = select.value;
  try {
    const files = [name, ...parts.map((part) => `${part}/${name}`)];
    const loaded = await Promise.all(files.map((file) => import(`./texts/${file}.js`)));
    if (select.value !== name) {
      return;
    }
    texts = Object.assign({}, ...loaded.map((module) => module.default));
    language = name;
  } catch {
    // Without the network the language stays as it is.
    select.value = document.documentElement.lang.slice(0, 2);
    return;
  }
  setLanguage(document.documentElement, TAGS[name]);
  writeAll();
  document.dispatchEvent(new Event("languagechosen"));
}

/** Writes all texts that there are in the chosen language. */
function writeAll() {
  const keyed = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-text], [data-label]"));
  for (const element of keyed) {
    const { text: key, label: name } = /** @type {Record<string, TextKey | undefined>} */ (element.dataset);
    if (key && texts[key]) {
      say(element, key, values.get(element));
    }
    if (name && texts[name]) {
      label(element, name, values.get(element));
    }
  }
}
