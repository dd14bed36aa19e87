// The photos of a gallery, with the caption of each.

import { setLanguage } from "../shared/direction.js";
import { contextOf, make } from "../shared/make.js";
import { captionOf, hasCaption, languageOf } from "./album.js";
import { say } from "./language.js";

/** @import { Album, AlbumPhoto } from "./album.js" */

/** Width of a small picture in pixels: twice what is seen, for sharp screens. */
const WIDTH = 320;

/** Shows an album where it has several photos. `onChoose(photo)` is called with the one to show large. */
export class Gallery {
  #section;
  #list;
  #progress;
  #bar;
  #onChoose;
  /** @type {Map<AlbumPhoto, HTMLLIElement>} */
  #items = new Map();
  /** Small pictures are drawn one after the other: decoded, a photo may take fifty megabytes. */
  #drawing = Promise.resolve();

  /**
   * @param {{ section: HTMLElement, list: HTMLElement, progress: HTMLElement, bar: HTMLProgressElement }} parts
   * @param {(photo: AlbumPhoto) => void} onChoose
   */
  constructor({ section, list, progress, bar }, onChoose) {
    this.#section = section;
    this.#list = list;
    this.#progress = progress;
    this.#bar = bar;
    this.#onChoose = onChoose;
  }

  /** @param {Album} album */
  show(album) {
    const { photos, isGallery } = album;
    this.#section.hidden = !isGallery;
    for (const [photo, item] of this.#items) {
      if (!isGallery || !photos.includes(photo)) {
        item.remove();
        this.#items.delete(photo);
      }
    }
    if (!isGallery) {
      return;
    }
    for (const photo of photos) {
      const item = this.#items.get(photo) ?? this.#item(photo);
      showState(item, photo, photo === album.current);
    }
    const count = (/** @type {AlbumPhoto["state"]} */ state) => photos.filter((photo) => photo.state === state).length;
    const failed = count("failed");
    const done = count("done") + failed;
    this.#bar.value = done / photos.length;
    this.#bar.hidden = done === photos.length;
    say(this.#progress, failed ? "progressFailed" : "progress", { done, all: photos.length, failed });
  }

  /**
   * A new item of the list.
   * @param {AlbumPhoto} photo
   */
  #item(photo) {
    const canvas = make("canvas");
    const button = make(
      "button",
      { type: "button" },
      canvas,
      make("span"),
      " ",
      make("span", { class: "fine", dir: "auto" }, photo.name),
    );
    button.addEventListener("click", () => this.#onChoose(photo));
    const item = make("li", {}, button);
    this.#drawing = this.#drawing.then(async () => {
      if (item.isConnected) {
        await drawSmall(canvas, photo.file);
      }
    });
    this.#items.set(photo, item);
    this.#list.append(item);
    return item;
  }
}

/**
 * @param {HTMLLIElement} item
 * @param {AlbumPhoto} photo
 * @param {boolean} isCurrent
 */
function showState(item, photo, isCurrent) {
  const button = /** @type {HTMLButtonElement} */ (item.firstElementChild);
  button.dataset.state = photo.state;
  button.setAttribute("aria-pressed", String(isCurrent));
  const caption = /** @type {HTMLElement} */ (button.children[1]);
  if (hasCaption(photo)) {
    delete caption.dataset.text;
    setLanguage(caption, languageOf(photo));
    caption.textContent = captionOf(photo);
  } else {
    caption.removeAttribute("lang");
    caption.removeAttribute("dir");
    say(caption, photo.state === "busy" ? "thinking" : /** @type {"waiting" | "failed"} */ (photo.state));
  }
}

/**
 * A photo of many megapixels would fill the memory; its small picture does not.
 * @param {HTMLCanvasElement} canvas
 * @param {Blob} file
 */
async function drawSmall(canvas, file) {
  try {
    const bitmap = await createImageBitmap(file, { resizeWidth: WIDTH, resizeQuality: "medium" });
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    contextOf(canvas).drawImage(bitmap, 0, 0);
    bitmap.close();
  } catch {
    // What is no photo has no picture; its caption says so.
  }
}
