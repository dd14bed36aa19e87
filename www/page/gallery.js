// The photos of a gallery, with the caption of each.

import { buttonOf, ChoiceList } from "../shared/choice-list.js";
import { setLanguage } from "../shared/direction.js";
import { make } from "../shared/make.js";
import { captionOf, hasCaption, languageOf } from "./album.js";
import { say } from "./language.js";
import { Thumbnails } from "./thumbnails.js";

/** @import { Album, AlbumPhoto } from "./album.js" */

/** Shows an album where it has several photos. `onChoose(photo)` is called with the one to show large. */
export class Gallery {
  #album;
  #parts;
  #onChoose;
  #thumbnails = new Thumbnails();
  /** @type {ChoiceList<AlbumPhoto>} */
  #list;

  /**
   * @param {Album} album
   * @param {{ section: HTMLElement, scroller: HTMLElement, list: HTMLElement, progress: HTMLElement, bar: HTMLProgressElement,
   *   pause: HTMLElement }} parts
   * @param {(photo: AlbumPhoto) => void} onChoose
   */
  constructor(album, parts, onChoose) {
    this.#album = album;
    this.#parts = parts;
    this.#onChoose = onChoose;
    this.#list = new ChoiceList(
      parts,
      (photo) => this.#item(photo),
      (item) => this.#thumbnails.remove(canvasOf(item)),
    );
  }

  /** Photos were added or taken out, another one is in view, or something has become of many. */
  show() {
    const { photos, isGallery, current } = this.#album;
    this.#parts.section.hidden = !isGallery;
    this.#list.show(isGallery ? photos : [], current);
    for (const [photo, item] of this.#list.items) {
      showState(item, photo);
    }
    if (isGallery) {
      this.showProgress();
    }
  }

  /**
   * Something has become of a photo.
   * @param {AlbumPhoto} photo
   */
  update(photo) {
    const item = this.#list.get(photo);
    if (item) {
      showState(item, photo);
    }
    this.showProgress();
  }

  showProgress() {
    const { counts, isPaused, photos } = this.#album;
    const { bar, pause, progress } = this.#parts;
    const { failed } = counts;
    const done = counts.done + failed;
    const all = photos.length;
    bar.value = done / all;
    bar.hidden = done === all;
    pause.hidden = counts.waiting === 0;
    say(pause, isPaused ? "goOn" : "pause");
    const key = isPaused && counts.waiting > 0 ? "progressPaused" : failed ? "progressFailed" : "progress";
    say(progress, key, { done, all, failed });
  }

  /**
   * A new item of the list.
   * @param {AlbumPhoto} photo
   */
  #item(photo) {
    const canvas = make("canvas");
    const name = make("span", { class: "fine", dir: "auto" }, photo.name);
    const accepted = say(make("span", { class: "accepted" }), "isAccepted");
    const button = make("button", { type: "button" }, canvas, make("span"), " ", accepted, " ", name);
    button.addEventListener("click", () => this.#onChoose(photo));
    const item = make("li", {}, button);
    showState(item, photo);
    this.#thumbnails.draw(canvas, photo.file);
    return item;
  }
}

/** @param {Element} item */
function canvasOf(item) {
  return /** @type {HTMLCanvasElement} */ (buttonOf(item).firstElementChild);
}

/**
 * @param {HTMLElement} item
 * @param {AlbumPhoto} photo
 */
function showState(item, photo) {
  const button = buttonOf(item);
  button.dataset.state = photo.state;
  button.toggleAttribute("data-accepted", photo.own !== null);
  const caption = /** @type {HTMLElement} */ (button.children[1]);
  if (hasCaption(photo)) {
    delete caption.dataset.text;
    setLanguage(caption, languageOf(photo));
    caption.textContent = captionOf(photo);
  } else {
    caption.removeAttribute("lang");
    caption.removeAttribute("dir");
    say(caption, stateOf(photo));
  }
}

/** @param {AlbumPhoto} photo */
function stateOf({ state, isHeic }) {
  if (state === "busy") {
    return "thinking";
  }
  return isHeic ? "failedHeic" : /** @type {"waiting" | "failed"} */ (state);
}
