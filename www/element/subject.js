// The photo that an element is about: one that it was given, or the one that the page names, which may change at any time.

import { kindOf } from "../captioner/photo.js";
import { carryOver, dropStale, isFree, isSettled } from "./alternative-text.js";
import { findImage, findNamed, isElement, isPageImage, photoOf } from "./page-image.js";

/** @import { PhotoSource } from "../captioner/captioner.js" */
/** @import { CaptionerAttributes } from "./attributes.js" */

/** Milliseconds after which an image that has not come is called missing. It may come all the same. */
const LATE = 2000;

/** What one element captions. */
export class Subject {
  #host;
  /**
   * The photo that is to be captioned, or was.
   * @type {PhotoSource | null}
   */
  source = null;
  /** Whether it was given, in place of the one that the page names. */
  isGiven = false;
  /** What tells the photo from others. */
  photo = "";
  /** Where the image's picture came from: it may be one of several. */
  #address = "";
  /**
   * The image's alternative text when it was last looked at.
   * @type {string | null}
   */
  #alt = null;
  /** The `for` that an image was found for. */
  #found = "";

  /** @param {CaptionerAttributes} host */
  constructor(host) {
    this.#host = host;
  }

  /**
   * The photo that the page names now.
   * @returns {PhotoSource | null}
   */
  get named() {
    const { htmlFor, src } = this.#host;
    return htmlFor ? findImage(this.#host, htmlFor) : src || null;
  }

  /** The page's image that the caption is about, where it has an alternative text. */
  get image() {
    const isImage = this.#host.htmlFor && !this.isGiven && kindOf(this.source) === "HTMLImageElement";
    return isImage ? /** @type {HTMLImageElement} */ (this.source) : null;
  }

  /** Whether the image's alternative text may be set without asking. */
  get isAltFree() {
    return this.image !== null && isFree(this.image, this.#alt);
  }

  /** Whether the image has the text that a person accepted. */
  get isSettled() {
    return this.image !== null && isSettled(this.image);
  }

  /** Whether the page names a photo, be it there or not. */
  get isNamed() {
    return Boolean(this.#host.htmlFor || this.#host.src);
  }

  /**
   * Tells of an image that the page names, and that was never there, after a while.
   * @param {AbortSignal} signal
   * @param {(error: Error) => void} onMissing
   */
  whenMissing(signal, onMissing) {
    const tell = () => {
      if (this.#host.isConnected && this.source === null && this.#host.htmlFor !== this.#found) {
        onMissing(this.noPhoto());
      }
    };
    setTimeout(() => signal.aborted || tell(), LATE);
  }

  /** What is wrong where there is no photo. */
  noPhoto() {
    const { htmlFor } = this.#host;
    if (!htmlFor) {
      return new Error("there is no photo: set src or for, or give one");
    }
    const isThere = findNamed(this.#host, htmlFor) !== null;
    return new Error(isThere ? `“${htmlFor}” shows no image` : `there is no image “${htmlFor}”`);
  }

  /**
   * Takes a photo that is given, or takes the last one again.
   * @param {PhotoSource | null} given
   */
  take(given) {
    if (given !== null) {
      this.isGiven = true;
      this.source = given;
    } else {
      this.look();
    }
  }

  /** Takes the photo that the page names, unless one was given. */
  look() {
    if (this.isGiven) {
      return;
    }
    const before = this.image;
    this.source = this.named;
    this.photo = keyOf(this.source);
    this.#address = this.image?.currentSrc ?? "";
    if (this.source) {
      this.#found = this.#host.htmlFor;
    }
    if (this.image) {
      dropStale(this.image);
      if (before && before !== this.image) {
        carryOver(before, this.image);
      }
    }
    this.#alt = this.image?.getAttribute("alt") ?? null;
  }

  /** Whether the page names the same photo still, be it in another image. */
  get isSame() {
    const { named } = this;
    const isSameImage = named === this.source || (named !== null && isPageImage(named));
    return this.isGiven || (named !== null && isSameImage && keyOf(named) === this.photo);
  }

  /** Whether the page names another image, or the image has another photo. */
  get hasChanged() {
    return !this.isGiven && (this.named !== this.source || keyOf(this.source) !== this.photo);
  }

  /**
   * Whether the image has chosen another one of its pictures, now that it has loaded: they may show different things.
   * @param {EventTarget | null} loaded
   */
  hasChosen(loaded) {
    const { image } = this;
    if (!image || loaded !== image || !image.closest("picture")) {
      return false;
    }
    const before = this.#address;
    this.#address = image.currentSrc;
    return before !== "" && before !== image.currentSrc;
  }
}

/** @param {PhotoSource | null} source */
function keyOf(source) {
  return isElement(source) ? photoOf(source) : JSON.stringify(source);
}
