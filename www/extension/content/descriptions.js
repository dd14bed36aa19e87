// Descriptions that the extension wrote into the page: marked, taken back, and never mistaken for their author's.

import { addressOf } from "./pictures.js";
import { treesOf } from "./trees.js";

/** Marks a picture; its value lists the attributes that were set. */
const MARK = "data-glimpse-description";

/**
 * What was written, and about which picture.
 * @type {WeakMap<Element, { text: string, address: string }>}
 */
const written = new WeakMap();

/**
 * Describes a picture that nobody has described.
 * @param {Element} picture
 * @param {string} text
 * @param {string} language
 */
export function write(picture, text, language) {
  const attribute = ["img", "input"].includes(picture.localName) ? "alt" : "aria-label";
  const set = [attribute];
  picture.setAttribute(attribute, text);
  if (!picture.hasAttribute("lang")) {
    picture.setAttribute("lang", language);
    set.push("lang");
  }
  picture.setAttribute(MARK, set.join(" "));
  written.set(picture, { text, address: addressOf(picture) });
}

/**
 * Takes back all of them.
 * @returns {number} How many there were.
 */
export function undoAll() {
  const marked = allMarked();
  for (const picture of marked) {
    undo(picture);
  }
  return marked.length;
}

/** Takes back what was said of other pictures than those that are there by now, as in a carousel. */
export function undoStale() {
  for (const picture of allMarked()) {
    const own = written.get(picture);
    if (own && own.address !== addressOf(picture)) {
      undo(picture);
    }
  }
}

function allMarked() {
  return [...treesOf()].flatMap((tree) => [...tree.querySelectorAll(`[${MARK}]`)]);
}

/** @param {Element} picture */
function undo(picture) {
  const [attribute, ...others] = (picture.getAttribute(MARK) ?? "").split(" ");
  picture.removeAttribute(MARK);
  const own = written.get(picture);
  written.delete(picture);
  // A page may have written its own by now; a copy that a page made of a picture is known by its mark alone.
  if (own && picture.getAttribute(attribute) !== own.text) {
    return;
  }
  for (const name of [attribute, ...others]) {
    if (["alt", "aria-label", "lang"].includes(name)) {
      picture.removeAttribute(name);
    }
  }
}
