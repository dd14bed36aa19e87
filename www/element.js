// <glimpse-captioner>: captions a photo in the page that it stands in. Usage: docs/embedding.md.

import { drawHeat } from "./attention-view.js";
import { style } from "./element-style.js";
import { textsFor } from "./element-texts.js";
import { buildView } from "./element-view.js";
import { loadCaptioner } from "./glimpse.js";
import { Overlay } from "./overlay.js";
import { drawPhoto } from "./photo-canvas.js";
import { fetchPhoto } from "./photo-source.js";
import { deviceVoices, sayCaption } from "./say.js";
import { WordList } from "./word-list.js";

/** Attributes that a property mirrors as text. */
const TEXT_ATTRIBUTES = ["src", "model", "integrity", "backend", "loading", "attention", "lang"];
/** Attributes that a property mirrors as `true` or `false`. */
const FLAG_ATTRIBUTES = { speak: "speak", applyAlt: "apply-alt" };

/**
 * The element.
 *
 * Attributes, each mirrored by a property: `src` (a photo's address), `for` (the id of an `<img>` of the page; property
 * `htmlFor`), `model`, `integrity`, `backend` (auto, cpu, gpu), `loading` (lazy: when it scrolls into view, the default;
 * eager; manual: when the visitor asks), `beams`, `attention` (hover, the default; grid; off), `lang` (of its own controls:
 * en, ko, zh), `speak` (reads captions aloud), `apply-alt` (with `for`: sets the image's `alt` without asking).
 *
 * Events, none of which bubbles: `progress` ({ loaded, total }), `word` (a word), `caption` (what `Captioner.caption` gives),
 * `restart` (the words so far are void), `notice` ({ message, backend }: such as that the GPU was lost), `alt` ({ text }: the
 * visitor accepted it), `error` ({ message, error }); each in its `detail`.
 */
export class GlimpseCaptioner extends HTMLElement {
  static observedAttributes = [...TEXT_ATTRIBUTES, "for", "beams"];

  #parts;
  #words;
  #overlay = null;
  /** The captioner on its way, `{ captioner, unwanted }`: a promise, and what ends it. */
  #loading = null;
  #job = new AbortController();
  #visible = null;
  /** The photo that is to be captioned, or was: a file, an address, or an image of the page. */
  #source = null;
  /** The last caption, as `Captioner.caption` gives it. */
  result = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [style];
    const { tree, parts } = buildView();
    root.append(tree);
    this.#parts = parts;
    this.#words = new WordList(this.#parts.words, (word) => this.#look(word));
    const { start, retry, read, choose, file, accept } = this.#parts;
    for (const button of [start, retry]) {
      button.addEventListener("click", () => {
        this.#begin();
        this.#parts.status.focus();
      });
    }
    read.addEventListener("click", () => sayCaption(this.text));
    choose.addEventListener("click", () => file.click());
    accept.addEventListener("click", () => {
      this.#acceptAlt(this.#parts.suggestionText.value);
      this.#parts.status.focus();
    });
    file.addEventListener("change", () => {
      const [photo] = file.files;
      file.value = "";
      if (photo) {
        this.caption(photo).catch(() => {});
      }
    });
  }

  connectedCallback() {
    this.#showTexts();
    this.#schedule();
    // A photo of the visitor's, given up when the element was moved.
    this.#parts.retry.hidden = !this.#source || Boolean(this.htmlFor || this.src);
  }

  disconnectedCallback() {
    this.#visible?.disconnect();
    this.#stop("the element was removed");
    this.#dispose();
  }

  attributeChangedCallback(name, before, after) {
    if (!this.isConnected || before === after) {
      return;
    }
    if (name === "lang") {
      this.#showTexts();
    } else if (["model", "integrity", "backend"].includes(name)) {
      this.#stop(`${name} was changed`);
      this.#dispose();
      this.#schedule();
    } else if (["src", "for", "loading", "beams"].includes(name)) {
      this.#stop(`${name} was changed`);
      this.#source = null;
      this.#schedule();
    } else if (name === "attention" && this.result) {
      this.#showResult(this.result);
    }
  }

  /** Number of beams, or `null` for the model's default. */
  get beams() {
    return this.hasAttribute("beams") ? Number(this.getAttribute("beams")) : null;
  }

  set beams(value) {
    this.#reflect("beams", value);
  }

  /** The id of an image of the page. */
  get htmlFor() {
    return this.getAttribute("for") ?? "";
  }

  set htmlFor(value) {
    this.#reflect("for", value);
  }

  /** The caption's text; empty before there is one. */
  get text() {
    return this.result?.text ?? "";
  }

  /**
   * Captions a photo in place of the one that `src` or `for` names: any source that `Captioner.caption` takes; the last one
   * again where none is given. Gives what that gives, and fails as it does.
   */
  async caption(source = this.#source ?? this.#ownSource()) {
    this.#stop("another photo came");
    const { signal } = this.#job;
    this.#source = source;
    try {
      if (!source) {
        throw new Error(this.htmlFor ? `there is no image “${this.htmlFor}”` : "there is no photo: set src or for, or give one");
      }
      this.#tell(this.#texts.looking);
      const photo = typeof source === "string" ? await fetchPhoto(source, signal) : source;
      signal.throwIfAborted();
      await this.#showPhoto(photo, signal);
      const captioner = await this.#load(signal);
      this.#tell(this.#texts.looking);
      const options = {
        signal,
        onWord: (word) => this.#emit("word", word),
        onRestart: () => this.#emit("restart", null),
      };
      const result = await captioner.caption(photo, this.beams ? { ...options, beams: this.beams } : options);
      this.result = result;
      this.#tell("");
      this.#showResult(result);
      this.#announce(result);
      this.#emit("caption", result);
      return result;
    } catch (error) {
      if (!signal.aborted) {
        this.#fail(error);
      }
      throw error;
    }
  }

  /** The texts in the element's language: its own `lang`, or that of the page around it. */
  get #texts() {
    return textsFor(this.lang || this.closest("[lang]")?.lang);
  }

  #ownSource() {
    if (this.htmlFor) {
      return this.getRootNode().getElementById(this.htmlFor);
    }
    return this.src ? new URL(this.src, document.baseURI).href : null;
  }

  /** Captions when `loading` says so. */
  #schedule() {
    this.#visible?.disconnect();
    this.#visible = null;
    const { start, choose } = this.#parts;
    const hasPhoto = Boolean(this.htmlFor || this.src);
    choose.hidden = hasPhoto;
    start.hidden = !hasPhoto || this.loading !== "manual";
    if (!hasPhoto || this.loading === "manual") {
      return;
    }
    if (this.loading === "eager") {
      this.#begin();
      return;
    }
    this.#visible = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) {
        this.#visible.disconnect();
        this.#begin();
      }
    });
    this.#visible.observe(this);
  }

  #begin() {
    this.#parts.start.hidden = true;
    // The error is shown, and told by an event.
    this.caption().catch(() => {});
  }

  /** The captioner. Its loading goes on when a photo is given up for another one, and ends with `#dispose`. */
  async #load(signal) {
    this.#tell(this.#texts.loading);
    if (!this.#loading) {
      const unwanted = new AbortController();
      const captioner = loadCaptioner({
        ...(this.model && { model: this.model }),
        ...(this.integrity && { integrity: this.integrity }),
        backend: this.backend || "auto",
        signal: unwanted.signal,
        onProgress: (progress) => this.#showProgress(progress),
        onNotice: (message, detail) => this.#emit("notice", { message, ...detail }),
      });
      const loading = { captioner, unwanted };
      this.#loading = loading;
      captioner.catch(() => {
        if (this.#loading === loading) {
          this.#loading = null;
        }
      });
    }
    const captioner = await this.#loading.captioner;
    signal.throwIfAborted();
    this.#parts.progress.hidden = true;
    return captioner;
  }

  #dispose() {
    this.#loading?.unwanted.abort(new DOMException("the captioner is not needed any more", "AbortError"));
    this.#loading?.captioner.then((captioner) => captioner.dispose()).catch(() => {});
    this.#loading = null;
  }

  /** Gives up what is being captioned, and shows nothing of it any more. */
  #stop(reason) {
    this.#job.abort(new DOMException(reason, "AbortError"));
    this.#job = new AbortController();
    this.#clear();
  }

  #showProgress({ loaded, total }) {
    const { progress } = this.#parts;
    progress.hidden = loaded === total;
    progress.setAttribute("aria-label", this.#texts.loading);
    if (total) {
      progress.value = loaded / total;
    } else {
      progress.removeAttribute("value");
    }
    this.#emit("progress", { loaded, total });
  }

  async #showPhoto(source, signal) {
    const { picture, photo } = this.#parts;
    if (source instanceof HTMLImageElement && source.isConnected) {
      this.#overlay = new Overlay(this.shadowRoot, source);
      photo.hidden = true;
      return;
    }
    photo.hidden = !(await drawPhoto(picture, source, signal));
  }

  #showResult(result) {
    const { words, read, grid, picture } = this.#parts;
    const texts = this.#texts;
    words.hidden = false;
    this.#showWords(result);
    picture.setAttribute("aria-label", result.text || texts.noWords);
    picture.lang = result.text ? "en" : "";
    this.#tell(result.text ? "" : texts.noWords);
    read.hidden = !result.text || deviceVoices().length === 0;
    grid.hidden = this.attention !== "grid" || !result.words.some(({ heat }) => heat) || this.#parts.photo.hidden;
    grid.replaceChildren(...(grid.hidden ? [] : result.words.map((word) => this.#cell(word))));
  }

  /** What is done once for every caption, however it is shown. */
  #announce({ text }) {
    const texts = this.#texts;
    this.#parts.live.textContent = text ? `${texts.caption}: ${text}` : texts.noWords;
    if (this.htmlFor && this.#source instanceof HTMLImageElement) {
      this.#suggestAlt(text);
    }
    if (this.speak) {
      sayCaption(text);
    }
  }

  /** The caption as words to point at, or as plain text where no maps are wanted. */
  #showWords({ text, words: list }) {
    const { words } = this.#parts;
    this.#words.clear();
    if (this.attention === "off") {
      words.removeAttribute("role");
      words.removeAttribute("aria-label");
      words.textContent = text;
      return;
    }
    words.setAttribute("role", "toolbar");
    words.setAttribute("aria-label", this.#texts.words);
    list.forEach((word) => this.#words.add(word));
    for (const button of words.children) {
      button.setAttribute("part", "word");
    }
  }

  /** A small copy of the photo with one word's map. */
  #cell(word) {
    const item = document.createElement("li");
    item.className = "cell";
    const figure = document.createElement("figure");
    const picture = document.createElement("canvas");
    const { width, height } = this.#parts.picture;
    picture.width = 160;
    picture.height = Math.round((160 * height) / width);
    picture.getContext("2d").drawImage(this.#parts.picture, 0, 0, picture.width, picture.height);
    const map = document.createElement("canvas");
    map.className = "map";
    map.setAttribute("role", "img");
    map.setAttribute("aria-label", this.#texts.map.replace("{word}", word.text));
    drawHeat(map, word.heat);
    figure.append(picture, map);
    item.append(figure, word.text);
    return item;
  }

  #look(word) {
    const heat = (this.attention !== "off" && word?.heat) || null;
    if (this.#overlay) {
      this.#overlay.look(heat);
      return;
    }
    this.#parts.photo.classList.toggle("looking", heat !== null);
    if (heat) {
      drawHeat(this.#parts.map, heat);
    }
  }

  #suggestAlt(text) {
    const { suggestion, suggestionText } = this.#parts;
    if (this.applyAlt) {
      this.#acceptAlt(text);
      return;
    }
    suggestion.hidden = !text;
    suggestionText.value = text;
  }

  #acceptAlt(text) {
    this.#source.alt = text;
    this.#parts.suggestion.hidden = true;
    this.#tell(this.#texts.accepted);
    this.#parts.live.textContent = this.#texts.accepted;
    this.#emit("alt", { text });
  }

  #clear() {
    const { words, grid, suggestion, error, read, retry, progress, live, picture } = this.#parts;
    this.result = null;
    this.#words.clear();
    this.#look(null);
    this.#overlay?.remove();
    this.#overlay = null;
    live.textContent = "";
    picture.setAttribute("aria-label", this.#texts.photo);
    picture.lang = "";
    for (const part of [words, grid, suggestion, error, read, retry, progress]) {
      part.hidden = true;
    }
    this.#tell("");
  }

  #fail(error) {
    this.#tell("");
    this.#parts.progress.hidden = true;
    this.#parts.alert.textContent = error.message;
    this.#parts.error.hidden = false;
    this.#parts.retry.hidden = !this.#source;
    this.#emit("error", { message: error.message, error });
  }

  /** A line about what is going on, or none. */
  #tell(text) {
    this.#parts.status.textContent = text;
    this.#parts.status.hidden = !text;
  }

  #showTexts() {
    const { start, retry, read, choose, suggestionLabel, accept, file } = this.#parts;
    const texts = this.#texts;
    start.textContent = texts.start;
    retry.textContent = texts.retry;
    read.textContent = texts.read;
    choose.textContent = texts.choose;
    suggestionLabel.textContent = texts.suggestion;
    accept.textContent = texts.accept;
    file.setAttribute("aria-label", texts.choose);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #reflect(name, value) {
    if (value === null || value === undefined) {
      this.removeAttribute(name);
    } else {
      this.setAttribute(name, value);
    }
  }

  static {
    for (const name of TEXT_ATTRIBUTES.filter((name) => name !== "lang")) {
      Object.defineProperty(this.prototype, name, {
        get() {
          return this.getAttribute(name) ?? "";
        },
        set(value) {
          this.#reflect(name, value);
        },
        enumerable: true,
      });
    }
    for (const [property, name] of Object.entries(FLAG_ATTRIBUTES)) {
      Object.defineProperty(this.prototype, property, {
        get() {
          return this.hasAttribute(name);
        },
        set(value) {
          this.toggleAttribute(name, Boolean(value));
        },
        enumerable: true,
      });
    }
  }
}

if (!customElements.get("glimpse-captioner")) {
  customElements.define("glimpse-captioner", GlimpseCaptioner);
}
