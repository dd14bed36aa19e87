// The photos of a gallery, with the caption of each.

import { captionOf, languageOf } from "./album.js";
import { make } from "../shared/make.js";
import { say } from "./language.js";

/** Width of a small picture in pixels: twice what is seen, for sharp screens. */
const WIDTH = 320;

/** Shows an album where it has several photos. `onChoose(photo)` is called with the one to show large. */
export class Gallery {
  #section;
  #list;
  #progress;
  #bar;
  #onChoose;
  #items = new Map();
  /** Small pictures are drawn one after the other: decoded, a photo may take fifty megabytes. */
  #drawing = Promise.resolve();

  constructor({ section, list, progress, bar }, onChoose) {
    this.#section = section;
    this.#list = list;
    this.#progress = progress;
    this.#bar = bar;
    this.#onChoose = onChoose;
  }

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
      if (!this.#items.has(photo)) {
        this.#items.set(photo, this.#item(photo));
        this.#list.append(this.#items.get(photo));
      }
      showState(this.#items.get(photo).firstElementChild, photo, photo === album.current);
    }
    const count = (state) => photos.filter((photo) => photo.state === state).length;
    const failed = count("failed");
    const done = count("done") + failed;
    this.#bar.value = done / photos.length;
    this.#bar.hidden = done === photos.length;
    say(this.#progress, failed ? "progressFailed" : "progress", { done, all: photos.length, failed });
  }

  #item(photo) {
    const canvas = make("canvas");
    const button = make(
      "button",
      { type: "button" },
      canvas,
      make("span"),
      " ",
      make("span", { class: "fine" }, photo.name),
    );
    button.addEventListener("click", () => this.#onChoose(photo));
    const item = make("li", {}, button);
    this.#drawing = this.#drawing.then(() => item.isConnected && drawSmall(canvas, photo.file));
    return item;
  }
}

function showState(button, photo, isCurrent) {
  button.dataset.state = photo.state;
  button.setAttribute("aria-pressed", String(isCurrent));
  const caption = button.children[1];
  const key = { waiting: "waiting", busy: "thinking", failed: "failed" }[photo.state];
  if (key) {
    caption.removeAttribute("lang");
    say(caption, key);
  } else {
    delete caption.dataset.text;
    caption.lang = languageOf(photo);
    caption.textContent = captionOf(photo);
  }
}

/** A photo of many megapixels would fill the memory; its small picture does not. */
async function drawSmall(canvas, file) {
  try {
    const bitmap = await createImageBitmap(file, { resizeWidth: WIDTH, resizeQuality: "medium" });
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
  } catch {
    // What is no photo has no picture; its caption says so.
  }
}
