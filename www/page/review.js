// A gallery's captions looked through one by one, also by keyboard: accepted, edited, or left as they are.

import { captionOf, hasCaption, languageOf } from "./album.js";
import { say } from "./language.js";

/** @import { Album, AlbumPhoto } from "./album.js" */

/**
 * The bar of buttons with its `count`, the `field` of a person's words, and the `list` of photos.
 * @typedef {{ bar: HTMLElement, accept: HTMLButtonElement, next: HTMLButtonElement, previous: HTMLButtonElement,
 *   count: HTMLElement, field: HTMLElement, list: HTMLElement }} Parts
 */

/**
 * What the page does for it: `edit()` opens the caption in view, `open(photo)` another photo, `onAccept(photo)` hears of each
 * whose caption has become a person's.
 * @typedef {{ edit: () => void, open: (photo: AlbumPhoto) => void, onAccept: (photo: AlbumPhoto) => void }} Actions
 */

/**
 * Leads through an album. A caption that is accepted is a person's, like one that they wrote. Keys of one letter count only where
 * the focus is on the bar or the list, so that nobody presses them unawares.
 */
export class Review {
  #album;
  #parts;
  #actions;

  /**
   * @param {Album} album
   * @param {Parts} parts
   * @param {Actions} actions
   */
  constructor(album, parts, actions) {
    this.#album = album;
    this.#parts = parts;
    this.#actions = actions;
    const { bar, accept, next, previous, field, list } = parts;
    accept.addEventListener("click", () => this.#accept());
    next.addEventListener("click", () => this.#go(1));
    previous.addEventListener("click", () => this.#go(-1));
    for (const place of [bar, list]) {
      place.addEventListener("keydown", (event) => this.#press(event));
    }
    field.addEventListener("keydown", (event) => {
      if (bar.hidden || event.isComposing) {
        return;
      }
      if (event.key === "Escape") {
        accept.focus();
      } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        accept.focus();
        this.#accept();
      }
    });
  }

  /** Shows how far the review has come. */
  show() {
    const { photos, current, isGallery } = this.#album;
    const { bar, accept, count } = this.#parts;
    bar.hidden = !isGallery;
    if (isGallery) {
      // What is focused stays so: a disabled button would lose it.
      accept.setAttribute("aria-disabled", String(!(current && canAccept(current))));
      const accepted = photos.reduce((total, { own }) => total + Number(own !== null), 0);
      say(count, "accepted", { count: accepted, all: photos.length });
    }
  }

  #accept() {
    const { photos, current } = this.#album;
    if (!current || !canAccept(current)) {
      return;
    }
    const [own, ownLanguage] = [captionOf(current), languageOf(current)];
    Object.assign(current, { own, ownLanguage });
    this.#actions.onAccept(current);
    const place = photos.indexOf(current);
    const isOpen = (/** @type {AlbumPhoto} */ photo) => photo.own === null && canAccept(photo);
    const next = photos.slice(place).find(isOpen) ?? photos.find(isOpen);
    if (next) {
      this.#open(next);
    }
  }

  /** @param {1 | -1} step */
  #go(step) {
    const { photos, current } = this.#album;
    const next = current && photos[photos.indexOf(current) + step];
    if (next) {
      this.#open(next);
    }
  }

  /** @param {AlbumPhoto} photo */
  #open(photo) {
    const { list } = this.#parts;
    const isInList = list.contains(document.activeElement);
    this.#actions.open(photo);
    if (isInList) {
      /** @type {HTMLElement | null} */ (list.querySelector('[aria-pressed="true"]'))?.focus();
    }
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    // Where a keyboard writes other letters, the key in the place of the Latin one.
    const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace("Key", "").toLowerCase();
    /** @type {Record<string, () => void>} */
    const actions = {
      a: () => this.#accept(),
      e: () => this.#actions.edit(),
      n: () => this.#go(1),
      p: () => this.#go(-1),
    };
    if (actions[letter]) {
      event.preventDefault();
      actions[letter]();
    }
  }
}

/** @param {AlbumPhoto} photo */
function canAccept(photo) {
  return hasCaption(photo) && captionOf(photo) !== "";
}
