// The element: what it does with a photo, from its coming to its caption.

import { drawHeat } from "../shared/heat-map.js";
import { isBelow, isUnsure, percent } from "../shared/confidence.js";
import { style } from "./style.js";
import { languageFor, textsIn } from "./texts.js";
import { buildView } from "./view.js";
import { loadCaptioner } from "../captioner/captioner.js";
import { Overlay } from "./overlay.js";
import { drawPhoto } from "./photo-canvas.js";
import { fetchPhoto } from "../captioner/photo-source.js";
import { deviceVoices, sayCaption, stopSaying } from "../shared/say.js";
import { WordList } from "../shared/word-list.js";

/** Properties that mirror an attribute. */
const PROPERTIES = [
  "src",
  "htmlFor",
  "model",
  "integrity",
  "backend",
  "loading",
  "beams",
  "captionStyle",
  "attention",
  "speak",
  "applyAlt",
  "minConfidence",
];

/**
 * The element.
 *
 * Attributes, each mirrored by a property: `src` (a photo's address), `for` (the id of an `<img>` of the page; property
 * `htmlFor`), `model`, `integrity`, `backend` (auto, cpu, gpu), `loading` (lazy: when it scrolls into view, the default;
 * eager; manual: when the visitor asks), `beams`, `caption-style` (whose manner of writing; property `captionStyle`),
 * `attention` (hover, the default; grid; off), `lang` (of its own controls: en, ko, zh), `speak` (reads captions aloud),
 * `apply-alt` (with `for`: sets the image's `alt` without asking), `min-confidence` (0 to 1: a caption that is less likely to
 * be right is offered as a guess, and never set as `alt` without asking; the element has the state `unsure` then).
 *
 * Events, none of which bubbles: `progress` ({ loaded, total }), `word` (a word), `caption` (what `Captioner.caption` gives,
 * and { guess, applied }: whether it is offered as a guess, and whether it became the image's `alt`), `restart` (the words so far are void), `notice` ({ message, backend }: such as that the GPU was lost), `alt` ({ text }: the
 * visitor accepted it), `error` ({ message, error }); each in its `detail`.
 */
export class GlimpseCaptioner extends HTMLElement {
  static observedAttributes = [
    "src",
    "for",
    "model",
    "integrity",
    "backend",
    "loading",
    "beams",
    "caption-style",
    "attention",
    "lang",
    "min-confidence",
  ];

  #parts;
  #internals = this.attachInternals();
  #words;
  #overlay = null;
  /** The captioner on its way, `{ captioner, unwanted }`: a promise, and what ends it. */
  #loading = null;
  #job = new AbortController();
  #visible = null;
  /** The photo that is to be captioned, or was: a file, an address, or an image of the page. */
  #source = null;
  /** What is being read aloud. */
  #utterance = null;
  #onVoices = () => this.#showReading();
  /**
   * The last caption, as `Captioner.caption` gives it.
   * @type {import("../captioner/captioner.js").Caption | null}
   */
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
    read.addEventListener("click", () => this.#say());
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
    this.#takeEarlyProperties();
    // Browsers find their voices only when they are asked for, and after a while.
    deviceVoices();
    globalThis.speechSynthesis?.addEventListener?.("voiceschanged", this.#onVoices);
    this.#showTexts();
    this.#schedule();
    // A photo of the visitor's, given up when the element was moved.
    this.#parts.retry.hidden = !this.#source || Boolean(this.htmlFor || this.src);
  }

  disconnectedCallback() {
    globalThis.speechSynthesis?.removeEventListener?.("voiceschanged", this.#onVoices);
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
      this.#showAgain();
    } else if (["model", "integrity", "backend"].includes(name)) {
      this.#stop(`${name} was changed`);
      this.#dispose();
      this.#schedule();
    } else if (["src", "for", "loading", "beams", "caption-style"].includes(name)) {
      this.#stop(`${name} was changed`);
      this.#source = null;
      this.#schedule();
    } else if (["attention", "min-confidence"].includes(name)) {
      this.#showAgain();
    }
  }

  /** The photo's address. */
  get src() {
    return this.#textOf("src");
  }

  set src(value) {
    this.#reflect("src", value);
  }

  /** The id of an image of the page, in place of `src`. */
  get htmlFor() {
    return this.#textOf("for");
  }

  set htmlFor(value) {
    this.#reflect("for", value);
  }

  /** The model's address; empty for the one that comes along. */
  get model() {
    return this.#textOf("model");
  }

  set model(value) {
    this.#reflect("model", value);
  }

  /** "sha256-…": a model with another SHA-256 is refused. */
  get integrity() {
    return this.#textOf("integrity");
  }

  set integrity(value) {
    this.#reflect("integrity", value);
  }

  /** "auto", "cpu" or "gpu"; empty for "auto". */
  get backend() {
    return this.#textOf("backend");
  }

  set backend(value) {
    this.#reflect("backend", value);
  }

  /** "lazy", "eager" or "manual"; empty for "lazy". */
  get loading() {
    return this.#textOf("loading");
  }

  set loading(value) {
    this.#reflect("loading", value);
  }

  /**
   * Number of beams, or `null` for the model's default.
   * @returns {number | null}
   */
  get beams() {
    return this.hasAttribute("beams") ? Number(this.getAttribute("beams")) : null;
  }

  set beams(value) {
    this.#reflect("beams", value);
  }

  /** One of the model's styles; empty for its own. */
  get captionStyle() {
    return this.#textOf("caption-style");
  }

  set captionStyle(value) {
    this.#reflect("caption-style", value);
  }

  /** "hover", "grid" or "off"; empty for "hover". */
  get attention() {
    return this.#textOf("attention");
  }

  set attention(value) {
    this.#reflect("attention", value);
  }

  /** Whether captions are read aloud. */
  get speak() {
    return this.hasAttribute("speak");
  }

  set speak(value) {
    this.toggleAttribute("speak", Boolean(value));
  }

  /** Whether, with `for`, the image's `alt` is set without asking. */
  get applyAlt() {
    return this.hasAttribute("apply-alt");
  }

  set applyAlt(value) {
    this.toggleAttribute("apply-alt", Boolean(value));
  }

  /** A caption whose confidence is known, and lower, is a guess. No caption is below 0, nor below what is no number. */
  get minConfidence() {
    return Number(this.getAttribute("min-confidence"));
  }

  set minConfidence(value) {
    this.#reflect("min-confidence", value);
  }

  /** The caption's text; empty before there is one. */
  get text() {
    return this.result?.text ?? "";
  }

  /**
   * The probability that the caption is right; `null` before there is one, and where the model file cannot tell.
   * @returns {number | null}
   */
  get confidence() {
    return this.result?.confidence ?? null;
  }

  /**
   * Captions a photo in place of the one that `src` or `for` names: any source that `Captioner.caption` takes; the last one
   * again where none is given. Gives what that gives, and fails as it does.
   * @param {import("../captioner/captioner.js").PhotoSource | null} [given]
   * @returns {Promise<import("../captioner/captioner.js").Caption>}
   */
  async caption(given = null) {
    this.#stop("another photo came");
    const { signal } = this.#job;
    const source = given ?? this.#source ?? this.#ownSource();
    this.#source = source;
    try {
      if (!source) {
        throw new Error(this.htmlFor ? `there is no image “${this.htmlFor}”` : "there is no photo: set src or for, or give one");
      }
      this.#tell(this.#texts.looking);
      const photo = await frozen(source, signal);
      signal.throwIfAborted();
      await this.#showPhoto(photo, signal);
      const captioner = await this.#load(signal);
      this.#tell(this.#texts.looking);
      const options = {
        signal,
        onWord: (word) => this.#emit("word", word),
        onRestart: () => this.#emit("restart", null),
        ...(this.beams && { beams: this.beams }),
        ...(this.captionStyle && { style: this.captionStyle }),
      };
      const result = await captioner.caption(photo, options);
      this.result = result;
      const hasFocus = this.shadowRoot.activeElement === this.#parts.status;
      this.#tell("");
      this.#showResult(result);
      if (hasFocus) {
        this.#parts.words.querySelector("button")?.focus();
      }
      const applied = this.#useAsAlt(result);
      this.#announce(result);
      this.#emit("caption", { ...result, guess: this.#isGuess, applied });
      return result;
    } catch (error) {
      if (!signal.aborted) {
        this.#fail(error);
      }
      throw error;
    }
  }

  /** The language of the element's texts: its own `lang`, or that of the page around it. */
  get #language() {
    return languageFor(this.lang || this.closest("[lang]")?.lang);
  }

  get #texts() {
    return textsIn(this.#language);
  }

  /** Whether the caption is to be offered as a guess. */
  get #isGuess() {
    return Boolean(this.text) && isBelow(this.confidence, this.minConfidence);
  }

  /** The caption as those hear it who see neither it nor what stands beside it, all of it in its own language. */
  get #spoken() {
    return this.#isGuess ? `${textsIn(languageFor(this.result.language)).guess} ${this.text}` : this.text;
  }

  /** Properties that a page has set before it knew the element hide those of the class. */
  #takeEarlyProperties() {
    for (const name of PROPERTIES.filter((name) => Object.hasOwn(this, name))) {
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }

  #ownSource() {
    if (this.htmlFor) {
      return this.getRootNode().getElementById(this.htmlFor);
    }
    return this.src || null;
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
    stopSaying(this.#utterance);
    this.#utterance = null;
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
    const { words, grid, picture, photo } = this.#parts;
    const texts = this.#texts;
    words.hidden = false;
    words.lang = result.language;
    this.#showGuess();
    this.#showWords(result);
    picture.setAttribute("aria-label", this.#spoken || texts.noWords);
    picture.lang = result.text ? result.language : "";
    this.#tell(result.text ? "" : texts.noWords);
    this.#showReading();
    const hasPicture = this.#overlay !== null || !photo.hidden;
    grid.hidden = this.attention !== "grid" || !result.words.some(({ heat }) => heat) || !hasPicture;
    grid.replaceChildren(...(grid.hidden ? [] : result.words.map((word) => this.#cell(word, result.language))));
  }

  #showAgain() {
    if (this.result) {
      this.#showResult(this.result);
    }
  }

  /** Says before the caption that it is a guess, where it is one. */
  #showGuess() {
    const isGuess = this.#isGuess;
    const { guess } = this.#parts;
    guess.hidden = !isGuess;
    guess.textContent = isGuess ? this.#texts.guess : "";
    guess.title = isGuess ? this.#texts.chance.replace("{percent}", percent(this.confidence)) : "";
    // Older browsers know states by other names, and throw at this one.
    if (CSS.supports("selector(:state(unsure))")) {
      this.#internals.states[isGuess ? "add" : "delete"]("unsure");
    }
  }

  /** Offers to read the caption aloud, where there is one and a voice. */
  #showReading() {
    this.#parts.read.hidden = !this.text || deviceVoices().length === 0;
  }

  #say() {
    this.#utterance = sayCaption(this.#spoken, this.result.language);
  }

  /** What is done once for every caption, however it is shown. */
  #announce({ text, language }) {
    const texts = this.#texts;
    const before = this.#isGuess ? texts.guess : `${texts.caption}:`;
    this.#parts.live.replaceChildren(...(text ? [before, " ", quoted(text, language)] : [texts.noWords]));
    if (this.speak) {
      this.#say();
    }
  }

  /** The caption as words to point at, or as plain text where no maps are wanted. */
  #showWords({ text, words: list }) {
    const { words } = this.#parts;
    this.#look(null);
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
    for (const [index, button] of [...words.children].entries()) {
      button.setAttribute("part", isUnsure(list[index]) ? "word unsure" : "word");
    }
  }

  /** A small copy of the photo with one word's map. */
  #cell(word, language) {
    const item = document.createElement("li");
    item.className = "cell";
    const figure = document.createElement("figure");
    const picture = document.createElement("canvas");
    const shown = this.#overlay ? this.#source : this.#parts.picture;
    const [width, height] = this.#overlay ? [shown.naturalWidth, shown.naturalHeight] : [shown.width, shown.height];
    picture.width = 160;
    picture.height = Math.round((160 * height) / width);
    picture.getContext("2d").drawImage(shown, 0, 0, picture.width, picture.height);
    const map = document.createElement("canvas");
    map.className = "map";
    map.setAttribute("role", "img");
    map.setAttribute("aria-label", this.#texts.map.replace("{word}", word.text));
    drawHeat(map, word.heat);
    figure.append(picture, map);
    item.append(figure, quoted(word.text, language));
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

  /** Sets the alternative text of the page's image, or suggests it; tells whether it is set. A guess is only suggested. */
  #useAsAlt({ text, language }) {
    if (!text || !this.htmlFor || !(this.#source instanceof HTMLImageElement)) {
      return false;
    }
    if (this.applyAlt && !this.#isGuess) {
      this.#acceptAlt(text);
      return true;
    }
    const { suggestion, suggestionText } = this.#parts;
    suggestion.hidden = false;
    suggestionText.value = text;
    suggestionText.lang = language;
    return false;
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
    this.#showGuess();
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
    this.#parts.retry.hidden = !this.#source && !this.htmlFor;
    this.#emit("error", { message: error.message, error });
  }

  /** A line about what is going on, or none. */
  #tell(text) {
    this.#parts.status.textContent = text;
    this.#parts.status.hidden = !text;
  }

  #showTexts() {
    const { start, retry, read, choose, suggestionLabel, accept, file, body, unsure } = this.#parts;
    const texts = this.#texts;
    body.lang = this.#language;
    start.textContent = texts.start;
    retry.textContent = texts.retry;
    read.textContent = texts.read;
    choose.textContent = texts.choose;
    suggestionLabel.textContent = texts.suggestion;
    accept.textContent = texts.accept;
    unsure.textContent = texts.unsure;
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

  #textOf(name) {
    return this.getAttribute(name) ?? "";
  }
}

/** A photo that stays as it is while the captioner is loaded: what an address leads to, and a video's present frame. */
async function frozen(source, signal) {
  if (typeof source === "string" || source instanceof URL) {
    return fetchPhoto(String(source), signal);
  }
  const hasFrame = source instanceof HTMLVideoElement && source.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  return hasFrame ? createImageBitmap(source) : source;
}

/** A caption, or a word of one, in its language. */
function quoted(text, language) {
  const span = document.createElement("span");
  span.lang = language;
  span.textContent = text;
  return span;
}

if (!customElements.get("glimpse-captioner")) {
  customElements.define("glimpse-captioner", GlimpseCaptioner);
}
