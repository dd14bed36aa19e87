// What is said of a caption, and from which confidence on.

import { isBelow, percent, stepOf } from "../../shared/confidence.js";
import { said } from "../said.js";

/** @import { Described } from "../messages.js" */

/** From here on a description is more likely right than wrong, and below it is called a guess. */
const GUESS_BELOW = 0.5;

/** Below that it is wrong twice of three times: nothing is written into a page. */
const NOTHING_BELOW = 0.3;

/**
 * What stands before a description in a page, in the description's language: who hears it must know that a machine wrote it.
 * @type {Record<string, { description: string, guess: string }>}
 */
const PREFIXES = {
  en: { description: "Machine description", guess: "Machine guess" },
};

/**
 * Whether a caption is rather wrong than right, or nobody knows.
 * @param {Described} described
 */
export function isGuess({ confidence }) {
  return confidence === null || isBelow(confidence, GUESS_BELOW);
}

/**
 * What is written into the page; `null` where the model is too unsure for that.
 * @param {Described} described
 */
export function altFor(described) {
  const { text, confidence, language } = described;
  if (!text || isBelow(confidence, NOTHING_BELOW)) {
    return null;
  }
  const prefixes = PREFIXES[language] ?? PREFIXES.en;
  return `${isGuess(described) ? prefixes.guess : prefixes.description}: ${text}`;
}

/**
 * How sure the model is, for people.
 * @param {Described} described
 */
export function sureness({ confidence }) {
  const step = stepOf(confidence);
  return confidence === null || !step ? "" : `${said(step)}. ${said("chance", percent(confidence))}`;
}

/**
 * A text that counts something.
 * @param {string} name
 * @param {number} count
 */
export function counted(name, count) {
  return said(count === 1 ? `${name}One` : `${name}Many`, count);
}
