// What `glimpse evaluate` has written into the page: trainer/src/report/data.rs says what it means.

/** @import { HeatMap, Word } from "../captioner/captioner.js" */

/**
 * A word as it is written: `map` has a character for each position of the grid.
 * @typedef {{ text: string, probability: number, confidence: number | null, supported: boolean | null, map: string }} WrittenWord
 */

/**
 * @typedef {object} ReportPhoto
 * @property {string} name
 * @property {string} caption
 * @property {number | null} confidence
 * @property {WrittenWord[]} words
 * @property {string[]} references
 * @property {string[]} missed Words of the references that the caption lacks.
 * @property {(number | null)[]} scores In the order of `measures`.
 * @property {[group: number, said: number, meant: number][]} confusions
 */

/**
 * @typedef {object} ReportData
 * @property {string} model
 * @property {string} data
 * @property {string} split
 * @property {string} language
 * @property {[name: string, value: string, note: string][]} figures
 * @property {string[]} measures
 * @property {{ rows: number, columns: number }} grid
 * @property {string} levels
 * @property {[number, number, number, number][]} palette
 * @property {{ bins: Bin[], figures: [name: string, value: string][] } | null} reliability
 * @property {{ name: string, words: string[] }[]} groups
 * @property {ReportPhoto[]} photos
 */

/** @typedef {{ count: number, confidence: number, right: number }} Bin */

/** @returns {ReportData} */
export function readData() {
  return JSON.parse(byId("data").textContent ?? "");
}

/**
 * A part of the page.
 * @template {HTMLElement} [Part=HTMLElement]
 * @param {string} id
 */
export function byId(id) {
  return /** @type {Part} */ (document.getElementById(id));
}

/**
 * The address of a photo's small copy.
 * @param {number} place
 */
export function addressOf(place) {
  return `photos/${place + 1}.jpg`;
}

/**
 * A caption's words with their maps, as the captioner gives them.
 * @param {ReportPhoto} photo
 * @param {ReportData} data
 * @returns {Word[]}
 */
export function wordsOf(photo, { grid, levels, palette }) {
  return photo.words.map(({ text, probability, confidence, map }) => {
    const found = Array.from(map, (level) => levels.indexOf(level));
    /** @type {HeatMap | null} */
    const heat = map
      ? {
          width: grid.columns,
          height: grid.rows,
          pixels: new Uint8ClampedArray(found.flatMap((level) => palette[level])),
        }
      : null;
    return { text, probability, confidence, map: Float32Array.from(found), heat };
  });
}

/**
 * A score as papers print it, times a hundred.
 * @param {number | null} score
 */
export function printed(score) {
  return score === null ? "–" : (100 * score).toFixed(2);
}
