// What the page has for several photos: the gallery and the review, loaded when there are some.

import { Gallery } from "./gallery.js";
import { say } from "./language.js";
import { byId } from "./parts.js";
import { complete, shrinkMaps, WholePhotos } from "./reduced.js";
import { Review } from "./review.js";

/** @import { Album, AlbumPhoto, FoundCaption } from "./album.js" */
/** @import { Actions } from "./review.js" */

/** Shows an album's photos as a gallery, which can be reviewed, and sees to it that little is kept of each. */
export class SeveralPhotos {
  #album;
  #gallery;
  #review;
  #whole = new WholePhotos();

  /**
   * @param {Album} album
   * @param {Actions} actions
   */
  constructor(album, actions) {
    this.#album = album;
    this.#gallery = new Gallery(
      album,
      {
        section: byId("gallery"),
        scroller: byId("gallery-scroll"),
        list: byId("gallery-items"),
        progress: byId("gallery-progress"),
        bar: byId("gallery-bar"),
        pause: byId("pause"),
      },
      actions.open,
    );
    this.#review = new Review(
      album,
      {
        bar: byId("review"),
        accept: byId("accept"),
        next: byId("next"),
        previous: byId("previous"),
        count: byId("review-count"),
        field: byId("own-caption"),
        list: byId("gallery-items"),
      },
      actions,
    );
    for (const photo of album.photos) {
      this.finish(photo);
    }
  }

  /** Photos were added or taken out, another one is in view, or something has become of many. */
  show() {
    const { photos, current } = this.#album;
    if (photos.length === 0) {
      this.#whole.clear();
    }
    if (current) {
      this.#whole.keep(current, current);
    }
    this.#gallery.show();
    this.#review.show();
    this.#showHeic();
  }

  /**
   * Something has become of a photo.
   * @param {AlbumPhoto} photo
   */
  update(photo) {
    this.#gallery.update(photo);
    this.#review.show();
    if (photo.isHeic) {
      this.#showHeic();
    }
  }

  /** It is paused, or goes on. */
  showProgress() {
    this.#gallery.showProgress();
  }

  /**
   * A photo has its captions: less is kept of those before it.
   * @param {AlbumPhoto} photo
   */
  finish(photo) {
    if (this.#album.isGallery && photo.state === "done") {
      shrinkMaps(photo);
      this.#whole.keep(photo, this.#album.current);
    }
  }

  /**
   * What was not kept of a photo's captions has been found again: `false` where that is something else.
   * @param {AlbumPhoto} photo
   * @param {FoundCaption[]} captions
   */
  complete(photo, captions) {
    const isSame = complete(photo, captions);
    shrinkMaps(photo);
    return isSame;
  }

  /** Says how many of the photos are HEIC, which this browser does not open. */
  #showHeic() {
    const count = this.#album.photos.filter(({ isHeic }) => isHeic).length;
    byId("heic-status").hidden = count === 0;
    say(byId("heic-status"), "heicCount", { count });
  }
}
