// A caption in a person's own words, beside the model's.

import { captionOf, languageOf } from "./album.js";
import { say } from "./language.js";

/** Edits and copies the caption of one photo at a time. `onEdit()` is called after each change. */
export class CaptionEditor {
  #controls;
  #onEdit;
  #photo = null;

  /** `controls`: the buttons `edit`, `copy` and `restore`, the `panel` with its `field`, and the `status` line. */
  constructor(controls, onEdit) {
    this.#controls = controls;
    this.#onEdit = onEdit;
    const { edit, copy, restore, panel, field } = controls;
    edit.addEventListener("click", () => {
      this.#open(panel.hidden);
      field.focus();
    });
    copy.addEventListener("click", () => this.#copy());
    restore.addEventListener("click", () => {
      this.#change(null);
      this.offer(this.#photo);
      edit.focus();
    });
    // An empty caption is none: then the model's words stand again.
    field.addEventListener("input", () => this.#change(field.value.trim() || null));
  }

  /** Shows what a photo's caption is; open where a person has written it. */
  offer(photo) {
    this.#photo = photo;
    this.#controls.field.value = captionOf(photo);
    this.#controls.field.lang = languageOf(photo);
    this.#controls.status.textContent = "";
    this.#open(photo.own !== null);
  }

  #open(visible) {
    this.#controls.panel.hidden = !visible;
    this.#controls.edit.setAttribute("aria-expanded", String(visible));
  }

  #change(own) {
    this.#photo.own = own;
    this.#controls.field.lang = languageOf(this.#photo);
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
