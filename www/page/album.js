// The photos that the visitor gave, and what has become of each.

/** @import { Alternative, Backend, CaptionOptions, Word } from "../captioner/captioner.js" */

/**
 * A photo as the visitor gave it: `name` is its path where it comes from a folder.
 * @typedef {{ file: File, name: string, place: Place | null }} GivenPhoto
 */

/**
 * The folder that a photo is in, and the one that the visitor gave, where the browser lets pages ask whether they may write
 * there.
 * @typedef {{ folder: FileSystemDirectoryHandle, root: FileSystemDirectoryHandle }} Place
 */

/**
 * A photo of the album.
 * @typedef {object} AlbumPhoto
 * @property {File} file
 * @property {string} name
 * @property {Place | null} place
 * @property {State} state Changed by `album.setState` alone, which counts.
 * @property {Word[]} words Those that the model has chosen so far.
 * @property {FoundCaption[]} captions The caption and its runners-up.
 * @property {number} chosen Which of them is in view.
 * @property {CaptionOptions} options What they were asked for with.
 * @property {boolean} isReduced Whether nothing but texts and the chosen words' numbers is left of them.
 * @property {string} language Theirs.
 * @property {{ backend: Backend, milliseconds: number } | null} run Where and how fast it ran.
 * @property {string | null} own The caption in a person's words, or in words that a person has accepted.
 * @property {string} ownLanguage Theirs; empty where nobody knows it.
 * @property {string | null} problem Why there is no caption.
 * @property {boolean} isHeic Whether the reason is that it is HEIC, which this browser does not open.
 * @property {AbortController | null} job Ends its captioning.
 */

/**
 * What has become of a photo.
 * @typedef {"waiting" | "busy" | "done" | "failed"} State
 */

/**
 * A caption; how sure the model is of a runner-up, nobody knows.
 * @typedef {Pick<Alternative, "text" | "score" | "words"> & { confidence: number | null }} FoundCaption
 */

/** Photos in their order, and the one in view. */
export class Album {
  /** @type {AlbumPhoto[]} */
  photos = [];
  /** @type {AlbumPhoto | null} */
  current = null;
  /** While it is paused, no photo is captioned but the one in view. */
  isPaused = false;
  /**
   * How many photos are in which state.
   * @type {Record<State, number>}
   */
  counts = { waiting: 0, busy: 0, done: 0, failed: 0 };
  /** No photo before this place waits. */
  #searched = 0;

  /** Several photos are a gallery. */
  get isGallery() {
    return this.photos.length > 1;
  }

  /**
   * Adds photos, and shows the first of them. A single photo takes the place of a single one before it, unless somebody
   * has worked on that one's caption.
   * @param {GivenPhoto[]} given
   */
  add(given) {
    const [only] = this.photos;
    if (given.length === 1 && this.photos.length === 1 && only.own === null) {
      this.remove(only);
    }
    // A pause is over with the photos that it held up.
    this.isPaused &&= this.counts.waiting > 0;
    const added = given.map(newPhoto);
    this.photos = this.photos.concat(added);
    this.counts.waiting += added.length;
    this.current = added[0];
  }

  /**
   * Takes a photo out, and shows its neighbour if it was in view.
   * @param {AlbumPhoto} photo
   */
  remove(photo) {
    photo.job?.abort();
    const place = this.photos.indexOf(photo);
    this.photos.splice(place, 1);
    this.counts[photo.state] -= 1;
    if (place < this.#searched) {
      this.#searched -= 1;
    }
    if (this.current === photo) {
      this.current = this.photos[Math.min(place, this.photos.length - 1)] ?? null;
    }
  }

  /** Takes all photos out. */
  clear() {
    for (const { job } of this.photos) {
      job?.abort();
    }
    this.photos = [];
    this.current = null;
    this.isPaused = false;
    this.counts = { waiting: 0, busy: 0, done: 0, failed: 0 };
    this.#searched = 0;
  }

  /** The photo to be captioned next: the one in view, if it waits, or if nothing but texts is left of its captions. */
  next() {
    const { current, photos } = this;
    if (current && (current.state === "waiting" || (current.isReduced && current.problem === null))) {
      return current;
    }
    if (this.isPaused) {
      return undefined;
    }
    while (this.#searched < photos.length && photos[this.#searched].state !== "waiting") {
      this.#searched += 1;
    }
    return photos[this.#searched];
  }

  /**
   * Has a photo captioned again.
   * @param {AlbumPhoto} photo
   */
  repeat(photo) {
    photo.job?.abort();
    photo.job = null;
    photo.problem = null;
    photo.isHeic = false;
    photo.isReduced = false;
    this.setState(photo, "waiting");
    this.#searched = 0;
  }

  /**
   * @param {AlbumPhoto} photo
   * @param {State} state
   */
  setState(photo, state) {
    this.counts[photo.state] -= 1;
    this.counts[state] += 1;
    photo.state = state;
  }
}

/**
 * @param {GivenPhoto} given
 * @returns {AlbumPhoto}
 */
function newPhoto({ file, name, place }) {
  return {
    file,
    name,
    place,
    state: "waiting",
    words: [],
    captions: [],
    chosen: 0,
    options: {},
    isReduced: false,
    language: "",
    run: null,
    own: null,
    ownLanguage: "",
    problem: null,
    isHeic: false,
    job: null,
  };
}

/**
 * The caption that stands for a photo: a person's words, if there are any, else the model's.
 * @param {AlbumPhoto} photo
 */
export function captionOf({ own, captions, chosen }) {
  return own ?? captions[chosen]?.text ?? "";
}

/**
 * Whether that caption is to be shown and saved: a person's always, the model's once it stands.
 * @param {AlbumPhoto} photo
 */
export function hasCaption({ own, state }) {
  return own !== null || state === "done";
}

/**
 * Whether a person's words are others than the model's.
 * @param {AlbumPhoto} photo
 */
export function isEdited({ own, captions, chosen }) {
  return own !== null && own !== captions[chosen]?.text;
}

/**
 * The language of that caption, for `lang`. Nobody knows which one a person writes.
 * @param {AlbumPhoto} photo
 */
export function languageOf({ own, ownLanguage, language }) {
  return own === null ? language : ownLanguage;
}
