// The photos that the visitor gave, and what has become of each.

/** Photos in their order, and the one in view. */
export class Album {
  photos = [];
  current = null;

  /** Several photos are a gallery. */
  get isGallery() {
    return this.photos.length > 1;
  }

  /**
   * Adds photos, and shows the first of them. A single photo takes the place of a single one before it, unless somebody
   * has worked on that one's caption.
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

  /** Takes a photo out, and shows its neighbour if it was in view. */
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

  /** Has a photo captioned again. */
  repeat(photo) {
    photo.job.abort();
    photo.job = new AbortController();
    photo.state = "waiting";
    photo.problem = null;
  }
}

function newPhoto(file) {
  return {
    file,
    name: file.name ?? "",
    /** "waiting", "busy", "done" or "failed". */
    state: "waiting",
    /** Words so far. */
    words: [],
    /** The caption and its runners-up, and which of them is in view. */
    captions: [],
    chosen: 0,
    /** Their language. */
    language: "",
    /** Where and how fast it ran. */
    run: null,
    /** The caption in a person's words, or `null`. */
    own: null,
    /** Why there is no caption. */
    problem: null,
    /** Ends its captioning. */
    job: new AbortController(),
  };
}

/** The caption that stands for a photo: a person's words, if there are any, else the model's. */
export function captionOf({ own, captions, chosen }) {
  return own ?? captions[chosen]?.text ?? "";
}

/** The language of that caption, for `lang`. Nobody knows which one a person writes. */
export function languageOf({ own, language }) {
  return own === null ? language : "";
}
