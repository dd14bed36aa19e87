// The language of the interface. Captions are English whatever it is.

import { recall, remember } from "../shared/storage.js";
import english from "./texts/en.js";

/** What the languages call themselves, and their BCP 47 tags, by the names of their files. */
const TAGS = { en: "en", ko: "ko", zh: "zh-Hans" };

/** What the choice is remembered by. */
const NAME = "glimpse-language";

let texts = english;
/** The values in elements' texts, so that these can be written anew in another language. */
const values = new WeakMap();

/** A text in the chosen language. */
export function text(key, given = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (whole, name) => given[name] ?? whole);
}

/** Makes a text the content of an element, in this and every language chosen later. */
export function say(element, key, given) {
  element.dataset.text = key;
  values.set(element, given);
  element.textContent = text(key, given);
  return element;
}

/** The same for an element's accessible name: `alt` of images, `aria-label` of others. */
export function label(element, key, given) {
  element.dataset.label = key;
  values.set(element, given);
  element.setAttribute(element.localName === "img" ? "alt" : "aria-label", text(key, given));
  return element;
}

/**
 * Writes the page in the visitor's language, and lets `select` choose another one, which is remembered. The document then
 * gets the event "languagechosen".
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

async function speak(select) {
  const name = select.value;
  try {
    const { default: loaded } = await import(`./texts/${name}.js`);
    if (select.value !== name) {
      return;
    }
    texts = loaded;
  } catch {
    // Without the network the language stays as it is.
    select.value = document.documentElement.lang.slice(0, 2);
    return;
  }
  document.documentElement.lang = TAGS[name];
  for (const element of document.querySelectorAll("[data-text]")) {
    say(element, element.dataset.text, values.get(element));
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    label(element, element.dataset.label, values.get(element));
  }
  document.dispatchEvent(new Event("languagechosen"));
}
