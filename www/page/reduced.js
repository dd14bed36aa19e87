// What is left of a photo's captions when others have come after it: a gallery has thousands of photos, and the maps of one
// take megabytes. They are computed again when the photo is opened.

/** @import { HeatMap, Word } from "../captioner/captioner.js" */
/** @import { AlbumPhoto, FoundCaption } from "./album.js" */

/** Photos whose maps are kept, for who goes back and forth. */
const MOST = 12;

/** The photos that were captioned or opened last, which are whole; those before them are reduced. */
export class WholePhotos {
  /** @type {Set<AlbumPhoto>} */
  #photos = new Set();

  /**
   * Has a photo stay whole for a while. The one in view stays so anyhow.
   * @param {AlbumPhoto} photo
   * @param {AlbumPhoto | null} current
   */
  keep(photo, current) {
    this.#photos.delete(photo);
    this.#photos.add(photo);
    for (const older of this.#photos) {
      if (this.#photos.size <= MOST) {
        break;
      }
      if (older !== current) {
        this.#photos.delete(older);
        reduce(older);
      }
    }
  }

  /** Photos that were taken out are not to be held here. */
  clear() {
    this.#photos.clear();
  }
}

/**
 * Makes the maps of a photo's words smaller.
 * @param {AlbumPhoto} photo
 */
export function shrinkMaps({ captions }) {
  for (const word of captions.flatMap(({ words }) => words)) {
    word.heat &&= shrinkHeat(word.heat);
  }
}

/**
 * Gives a reduced photo its words and maps back. Those words that are in view stay the same objects, as far as there are any:
 * `false` where they have to be shown anew.
 * @param {AlbumPhoto} photo
 * @param {FoundCaption[]} captions Found again.
 */
export function complete(photo, captions) {
  photo.isReduced = false;
  const { words } = photo.captions[photo.chosen];
  const isSame = captions[photo.chosen]?.words.map(({ text }) => text).join() === words.map(({ text }) => text).join();
  if (!isSame) {
    // Of a model on another device than before, perhaps.
    photo.chosen = captions[photo.chosen] ? photo.chosen : 0;
    photo.captions = captions;
    return false;
  }
  for (const [index, word] of captions[photo.chosen].words.entries()) {
    Object.assign(words[index], word);
  }
  photo.captions = captions;
  photo.captions[photo.chosen].words = words;
  return true;
}

/** @param {AlbumPhoto} photo */
function reduce(photo) {
  if (photo.state === "done") {
    photo.captions = photo.captions.map((caption, index) => ({
      ...caption,
      words: index === photo.chosen ? caption.words.map(withoutMap) : [],
    }));
    photo.isReduced = true;
  }
}

const NO_MAP = new Float32Array();

/**
 * @param {Word} word
 * @returns {Word}
 */
function withoutMap({ text, probability, confidence }) {
  return { text, probability, confidence, map: NO_MAP, heat: null };
}

/**
 * A heat map of a half the side. It is smooth, so that little is lost, and a gallery has thousands of them.
 * @param {HeatMap} heat
 * @returns {HeatMap}
 */
function shrinkHeat({ width, height, pixels }) {
  const small = { width: width / 2, height: height / 2, pixels: new Uint8ClampedArray(pixels.length / 4) };
  for (let place = 0; place < small.pixels.length; place += 4) {
    const column = (place / 4) % small.width;
    const row = (place / 4 - column) / small.width;
    const from = 4 * ((2 * row + 1) * width + 2 * column + 1);
    small.pixels.set(pixels.subarray(from, from + 4), place);
  }
  return small;
}
