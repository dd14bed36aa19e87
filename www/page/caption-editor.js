// A caption in a person's own words, beside the model's.

import { setLanguage } from "../shared/direction.js";
import { captionOf, isEdited, languageOf } from "./album.js";
import { say } from "./language.js";

/** @import { AlbumPhoto } from "./album.js" */

/** Edits and copies the caption of one photo at a time. `onEdit()` is called after each change. */
export class CaptionEditor {
  #controls;
  #onEdit;
  /** @type {AlbumPhoto | null} */
  #offered = null;

  /**
   * @param {{ edit: HTMLButtonElement, copy: HTMLButtonElement, restore: HTMLButtonElement, panel: HTMLElement,
   *   field: HTMLTextAreaElement, status: HTMLElement }} controls The panel holds the field.
   * @param {() => void} onEdit
   */
  constructor(controls, onEdit) {
    this.#controls = controls;
    this.#onEdit = onEdit;
    const { edit, copy, restore, panel, field } = controls;
    edit.addEventListener("click", () => (panel.hidden ? this.edit() : this.#open(false)));
    copy.addEventListener("click", () => this.#copy());
    restore.addEventListener("click", () => {
      this.#change(null);
      this.#show();
      edit.focus();
    });
    // An empty caption is none: then the model's words stand again.
    field.addEventListener("input", () => this.#change(field.value.trim() || null));
  }

  /** The photo whose caption it is: nothing can be clicked before there is one. */
  get #photo() {
    return /** @type {AlbumPhoto} */ (this.#offered);
  }

  /**
   * Shows what a photo's caption is; open where a person has written it, or is about to.
   * @param {AlbumPhoto} photo
   */
  offer(photo) {
    const { field, panel, status } = this.#controls;
    const isSame = this.#offered === photo && !panel.hidden;
    this.#offered = photo;
    status.textContent = "";
    // Whatever the model finds meanwhile, the text and its cursor are the person's.
    if (!isSame || (photo.own === null && document.activeElement !== field)) {
      this.#show(isSame);
    }
  }

  /** Opens the field, ready to type. */
  edit() {
    this.#open(true);
    this.#controls.field.focus();
  }

  /** @param {boolean} [isOpen] */
  #show(isOpen = isEdited(this.#photo)) {
    this.#controls.field.value = captionOf(this.#photo);
    setLanguage(this.#controls.field, languageOf(this.#photo));
    this.#open(isOpen);
  }

  /** @param {boolean} visible */
  #open(visible) {
    this.#controls.panel.hidden = !visible;
    this.#controls.edit.setAttribute("aria-expanded", String(visible));
  }

  /** @param {string | null} own */
  #change(own) {
    Object.assign(this.#photo, { own, ownLanguage: "" });
    setLanguage(this.#controls.field, languageOf(this.#photo));
    this.#onEdit();
  }

  async #copy() {
    const { status } = this.#controls;
    try {
      await navigator.clipboard.writeText(captionOf(this.#photo));
      say(status, "copied");
    } catch {
      say(status, "copyFailed");
    }
  }
}
