// Captions as files, made in the page.

import { directionOf } from "../shared/direction.js";
import { captionOf, hasCaption, isEdited, languageOf } from "./album.js";
import { save } from "./save.js";

/** @import { AlbumPhoto } from "./album.js" */

/**
 * What is saved of a photo.
 * @typedef {ReturnType<typeof records>[number]} PhotoRecord
 */

/** Which kinds there are: what a file is called, its type, and how it is written. */
const KINDS = {
  json: { file: "captions.json", type: "application/json", write: toJson },
  csv: { file: "captions.csv", type: "text/csv", write: toCsv },
  html: { file: "captions.html", type: "text/html", write: toHtml },
};

/**
 * Saves the captions of photos.
 * @param {keyof typeof KINDS} kind
 * @param {AlbumPhoto[]} photos
 */
export function saveCaptions(kind, photos) {
  const { file, type, write } = KINDS[kind];
  save(file, new Blob([write(records(photos))], { type: `${type};charset=utf-8` }));
}

/** @param {AlbumPhoto[]} photos */
function records(photos) {
  return photos.filter(hasCaption).map((photo) => {
    const [{ text, words, confidence }, ...others] = [photo.captions[photo.chosen], ...photo.captions];
    return {
      photo: photo.name,
      caption: captionOf(photo),
      language: languageOf(photo),
      edited: isEdited(photo),
      accepted: photo.own !== null,
      model: {
        caption: text,
        confidence,
        words: words.map(({ text, probability, confidence }) => ({ text, probability, confidence })),
        captions: others.map(({ text, score }) => ({ text, score })),
      },
    };
  });
}

/** @param {PhotoRecord[]} records */
export function toJson(records) {
  return `${JSON.stringify(records, null, 2)}\n`;
}

/**
 * RFC 4180, after the mark by which Excel knows UTF-8: lines end in CRLF, and a field with a comma, a quote or a line break
 * stands in quotes, which are doubled.
 * @param {PhotoRecord[]} records
 */
export function toCsv(records) {
  const field = (/** @type {string} */ value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const rows = records.map(({ photo, caption, edited, model }) => [
    photo,
    caption,
    String(edited),
    model.caption,
    rounded(model.confidence),
  ]);
  const lines = [["photo", "caption", "edited", "model_caption", "model_confidence"], ...rows].map(
    (row) => `${row.map(field).join(",")}\r\n`,
  );
  return `\ufeff${lines.join("")}`;
}

/**
 * A page with one `img` for each photo, to copy from; the model's own captions with their confidence where it is known.
 * @param {PhotoRecord[]} records
 */
export function toHtml(records) {
  /** @type {Record<string, string>} */
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const escaped = (/** @type {string} */ value) => value.replace(/[&<>"]/g, (character) => entities[character]);
  const images = records.map(({ photo, caption, language, accepted, model }) => {
    const confidence = accepted ? "" : rounded(model.confidence);
    const sure = confidence && ` data-confidence="${confidence}"`;
    const address = photo.split("/").map(encodeURIComponent).join("/");
    const written = language && ` lang="${escaped(language)}" dir="${directionOf(language)}"`;
    return `<img src="${escaped(address)}" alt="${escaped(caption)}"${written}${sure}>\n`;
  });
  return `<!doctype html>\n<meta charset="utf-8">\n<title>Captions</title>\n${images.join("")}`;
}

/**
 * A confidence as far as it is to be trusted; empty where nobody knows.
 * @param {number | null} confidence
 */
function rounded(confidence) {
  return confidence === null ? "" : confidence.toFixed(3);
}
