// How sure the model is, in steps that people can tell apart. A confidence is the probability that a caption, or a word of it,
// is right, or `null` where the model file cannot tell.

/**
 * The steps of a caption by the names of their texts, each with the confidence from which it holds; the surest first.
 * @type {["sure" | "fairlySure" | "notSure" | "guess", number][]}
 */
const STEPS = [
  ["sure", 0.75],
  ["fairlySure", 0.5],
  ["notSure", 0.3],
  ["guess", 0],
];

/** A word is marked where its confidence is lower: then it is rather wrong than right. */
const UNSURE_WORD = 0.5;

/**
 * The name of a caption's step, or `null` where nobody knows.
 * @param {number | null} confidence
 */
export function stepOf(confidence) {
  return confidence === null ? null : STEPS.find(([, from]) => confidence >= from)?.[0];
}

/**
 * Whether a word is to be marked.
 * @param {{ confidence: number | null }} word
 */
export function isUnsure({ confidence }) {
  return isBelow(confidence, UNSURE_WORD);
}

/**
 * Whether a confidence is known, and lower than `limit`.
 * @param {number | null} confidence
 * @param {number} limit
 */
export function isBelow(confidence, limit) {
  return confidence !== null && confidence < limit;
}

/**
 * A probability for people.
 * @param {number} probability
 */
export function percent(probability) {
  return probability < 0.01 ? "<1%" : `${Math.round(100 * probability)}%`;
}
