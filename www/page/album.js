// The photos that the visitor gave, and what has become of each.

/** @import { Alternative, Backend, Word } from "../captioner/captioner.js" */

/**
 * A photo of the album.
 * @typedef {object} AlbumPhoto
 * @property {File} file
 * @property {string} name
 * @property {"waiting" | "busy" | "done" | "failed"} state
 * @property {Word[]} words Those that the model has chosen so far.
 * @property {FoundCaption[]} captions The caption and its runners-up.
 * @property {number} chosen Which of them is in view.
 * @property {string} language Theirs.
 * @property {{ backend: Backend, milliseconds: number } | null} run Where and how fast it ran.
 * @property {string | null} own The caption in a person's words.
 * @property {string | null} problem Why there is no caption.
 * @property {AbortController} job Ends its captioning.
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

  /** Several photos are a gallery. */
  get isGallery() {
    return this.photos.length > 1;
  }

  /**
   * Adds photos, and shows the first of them. A single photo takes the place of a single one before it, unless somebody
   * has worked on that one's caption.
   * @param {File[]} files
   */
  add(files) {
    const [only] = this.photos;
    if (files.length === 1 && this.photos.length === 1 && only.own === null) {
      this.remove(only);
    }
    const added = files.map(newPhoto);
    this.photos.push(...added);
    this.current = added[0];
    return added;
  }

  /**
   * Takes a photo out, and shows its neighbour if it was in view.
   * @param {AlbumPhoto} photo
   */
  remove(photo) {
    photo.job.abort();
    const place = this.photos.indexOf(photo);
    this.photos.splice(place, 1);
    if (this.current === photo) {
      this.current = this.photos[Math.min(place, this.photos.length - 1)] ?? null;
    }
  }

  /** The photo to be captioned next: the one in view, if it waits. */
  next() {
    return [this.current, ...this.photos].find((photo) => photo?.state === "waiting");
  }

  /**
   * Has a photo captioned again.
   * @param {AlbumPhoto} photo
   */
  repeat(photo) {
    photo.job.abort();
    photo.job = new AbortController();
    photo.state = "waiting";
    photo.problem = null;
  }
}

/**
 * @param {File} file
 * @returns {AlbumPhoto}
 */
function newPhoto(file) {
  return {
    file,
    name: file.name,
    state: "waiting",
    words: [],
    captions: [],
    chosen: 0,
    language: "",
    run: null,
    own: null,
    problem: null,
    job: new AbortController(),
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
 * The language of that caption, for `lang`. Nobody knows which one a person writes.
 * @param {AlbumPhoto} photo
 */
export function languageOf({ own, language }) {
  return own === null ? language : "";
}
