// The element as custom-elements.json describes it, which is made of the comments of its code.

import { make } from "../shared/make.js";

/** @typedef {{ name: string, description?: string, type?: { text: string }, default?: string, fieldName?: string }} Entry */
/** @typedef {Entry & { kind: string, attribute?: string, readonly?: boolean }} Member */

/**
 * @typedef {object} Described
 * @property {Entry[]} attributes
 * @property {Member[]} members
 * @property {Entry[]} events
 * @property {Entry[]} slots
 * @property {Entry[]} cssParts
 * @property {Entry[]} cssProperties
 * @property {Entry[]} cssStates
 */

/**
 * Reads it.
 * @returns {Promise<Described>}
 */
export async function readManifest() {
  const response = await fetch(new URL("custom-elements.json", import.meta.url));
  const { modules } = await response.json();
  return modules[0].declarations[0];
}

/**
 * The values that an attribute can have; `null` where they are without number.
 * @param {Entry} attribute
 */
export function choices({ type }) {
  const names = [...(type?.text ?? "").matchAll(/"([^"]*)"/g)].map(([, name]) => name);
  return names.length > 0 ? names : null;
}

/**
 * What an entry is, with what stands in backticks as code.
 * @param {Entry} entry
 */
export function proseOf({ description = "" }) {
  return description.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));
}
