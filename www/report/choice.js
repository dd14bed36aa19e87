// Which photos are listed, and in which order.

/** @import { ReportPhoto } from "./data.js" */

/**
 * What is wanted of the list. `sort` gives what the photos are sorted by, `order` is 1 for the lowest first or -1; `confusion` is
 * a group of words, and what captions and references say of it.
 * @typedef {{ search: string, sort: (photo: ReportPhoto, place: number) => number | string | null, order: number,
 *   inventedOnly: boolean, confusion: [group: number, said: number, meant: number] | null }} Choice
 */

/** Finds photos among all. */
export class PhotoChoice {
  #photos;
  /** What is searched of each photo. */
  #texts;

  /** @param {ReportPhoto[]} photos */
  constructor(photos) {
    this.#photos = photos;
    this.#texts = photos.map(({ name, caption, references }) =>
      [caption, ...references, name].join("\n").toLowerCase(),
    );
  }

  /**
   * The photos that are wanted, in order. Those that have nothing to sort by come last.
   * @param {Choice} choice
   */
  find({ search, sort, order, inventedOnly, confusion }) {
    const terms = search.toLowerCase().split(/\s+/);
    /** @type {{ photo: ReportPhoto, key: number | string | null }[]} */
    const found = [];
    for (const [place, photo] of this.#photos.entries()) {
      const isWanted =
        terms.every((term) => this.#texts[place].includes(term)) &&
        (!inventedOnly || photo.words.some(({ supported }) => supported === false)) &&
        (!confusion || photo.confusions.some((one) => one.join() === confusion.join()));
      if (isWanted) {
        found.push({ photo, key: sort(photo, place) });
      }
    }
    found.sort(({ key: a }, { key: b }) => {
      if (a === null || b === null) {
        return Number(a === null) - Number(b === null);
      }
      return order * (a < b ? -1 : Number(a > b));
    });
    return found.map(({ photo }) => photo);
  }
}
