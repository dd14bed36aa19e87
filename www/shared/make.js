// Nodes of a page, one by one: a strict content security policy may forbid markup from strings.

import { setLanguage } from "./direction.js";

/**
 * An element with attributes and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/**
 * A caption, or a word of one, in its language.
 * @param {string} text
 * @param {string} language
 */
export function quoted(text, language) {
  const quote = make("span", {}, text);
  setLanguage(quote, language);
  return quote;
}

/**
 * What draws on a canvas, which no browser refuses here.
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}
