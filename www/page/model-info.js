// What a model file says about itself, for people.

import { make } from "../shared/make.js";
import { say } from "./language.js";

/** @import { TextKey } from "./language.js" */

/**
 * Fills the description list from a manifest. A field that the file lacks is left out.
 * @param {HTMLElement} list
 * @param {Record<string, any>} manifest
 * @param {number} bytes
 */
export function showModelInfo(list, manifest, bytes) {
  const { name, encoder, decoder, training, licence, attribution } = manifest;
  /** @type {[TextKey, unknown][]} */
  const rows = [
    ["name", name],
    ["size", `${(bytes / 1e6).toFixed(1)} MB`],
    ["encoder", encoder],
    ["decoder", describeDecoder(decoder)],
    ["trainedOn", describeTraining(training)],
    ["validation", describeValidation(training)],
    ["licence", licence],
    ["attribution", attribution],
  ];
  list.replaceChildren(
    ...rows.flatMap(([term, given]) => {
      const values = [given].flat().flatMap((each) => (typeof each === "string" && each ? [each] : []));
      return values.length ? [say(make("dt"), term), ...values.map(value)] : [];
    }),
  );
}

/**
 * As the file says it, in English.
 * @param {string} text
 */
function value(text) {
  return make("dd", { lang: "en" }, text);
}

/**
 * The decoder's kind in the manifest, for people.
 * @type {Record<string, string>}
 */
const DECODERS = {
  transformer: "Transformer",
  "gru-attention": "GRU with additive attention",
  "merge-lstm": "LSTM without attention",
};

/** @param {Record<string, any>} [decoder] */
function describeDecoder(decoder) {
  const parts = [
    [decoder?.layers, "layers"],
    [decoder?.heads, "heads"],
    [decoder?.units, "units"],
  ].flatMap(([number, unit]) => (Number.isFinite(number) ? [`${number} ${unit}`] : []));
  const name = DECODERS[decoder?.kind] ?? decoder?.kind;
  return [name, parts.join(", ")].filter(Boolean).join(": ");
}

/** @param {Record<string, any>} [training] */
function describeTraining(training) {
  const { data, photos, captions } = training ?? {};
  const counts = [
    [photos, "photos"],
    [captions, "captions"],
  ].flatMap(([number, unit]) => (number > 0 ? [`${number.toLocaleString("en")} ${unit}`] : []));
  return [data, ...counts].filter(Boolean).join(", ");
}

/** @param {Record<string, any>} [training] */
function describeValidation(training) {
  const { validation_cross_entropy: entropy, validation_accuracy: accuracy, validation_cider: cider } = training ?? {};
  const parts = [];
  if (entropy > 0) {
    parts.push(`cross-entropy ${entropy.toFixed(2)} per word`);
  }
  if (accuracy > 0) {
    parts.push(`${(100 * accuracy).toFixed(0)}% of words predicted right`);
  }
  if (cider > 0) {
    // The manifest's goes to 10, papers' to 1000.
    parts.push(`CIDEr-D ${(100 * cider).toFixed(1)} (greedy captions)`);
  }
  return parts.join(", ");
}
