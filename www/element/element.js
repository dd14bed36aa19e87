// The element: the life of a photo in it, from its coming to its caption.

import { loadCaptioner } from "../captioner/captioner.js";
import { Loader } from "../captioner/loader.js";
import { isBelow } from "../shared/confidence.js";
import { quoted } from "../shared/make.js";
import { deviceVoices, readAloud, stopReading } from "../shared/voices.js";
import { CaptionerAttributes, takeEarlyProperties } from "./attributes.js";
import { frozen } from "./photo.js";
import { languageFor, textsIn } from "./texts.js";
import { View } from "./view.js";

/** @import { Caption, PhotoSource, Word } from "../captioner/captioner.js" */

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
 * and { guess, applied }: whether it is offered as a guess, and whether it became the image's `alt`), `restart` (the words so
 * far are void), `notice` ({ message, backend }: such as that the GPU was lost), `alt` ({ text }: the visitor accepted it),
 * `error` ({ message, error }); each in its `detail`.
 */
export class GlimpseCaptioner extends CaptionerAttributes {
  #internals = this.attachInternals();
  #view = new View(this.attachShadow({ mode: "open", delegatesFocus: true }), () => this.#language, {
    begin: () => this.#begin(),
    read: () => this.#say(),
    choose: (photo) => this.caption(photo).catch(() => {}),
    accept: (text) => this.#acceptAlt(text),
  });
  #loader = new Loader((signal) => this.#load(signal));
  /** Ends the captioning of the photo in view. */
  #job = new AbortController();
  /**
   * Waits for the element to scroll into view.
   * @type {IntersectionObserver | null}
   */
  #visible = null;
  /**
   * The photo that is to be captioned, or was.
   * @type {PhotoSource | null}
   */
  #source = null;
  /**
   * What is being read aloud.
   * @type {SpeechSynthesisUtterance | null}
   */
  #utterance = null;
  #onVoices = () => this.#view.offerReading(this.text);
  /**
   * The last caption, as `Captioner.caption` gives it.
   * @type {Caption | null}
   */
  result = null;

  connectedCallback() {
    takeEarlyProperties(this);
    // Browsers find their voices only when they are asked for, and after a while.
    deviceVoices();
    globalThis.speechSynthesis?.addEventListener?.("voiceschanged", this.#onVoices);
    this.#view.showTexts();
    this.#schedule();
    // A photo of the visitor's, given up when the element was moved.
    this.#view.offerRetry(this.#source !== null && !this.#namesPhoto);
  }

  disconnectedCallback() {
    globalThis.speechSynthesis?.removeEventListener?.("voiceschanged", this.#onVoices);
    this.#visible?.disconnect();
    this.#stop("the element was removed");
    this.#loader.giveUp();
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} after
   */
  attributeChangedCallback(name, before, after) {
    if (!this.isConnected || before === after) {
      return;
    }
    if (name === "lang") {
      this.#view.showTexts();
      this.#showCaption();
    } else if (["model", "integrity", "backend"].includes(name)) {
      this.#stop(`${name} was changed`);
      this.#loader.giveUp();
      this.#schedule();
    } else if (["src", "for", "loading", "beams", "caption-style"].includes(name)) {
      this.#stop(`${name} was changed`);
      this.#source = null;
      this.#schedule();
    } else if (["attention", "min-confidence"].includes(name)) {
      this.#showCaption();
    }
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
   * @param {PhotoSource | null} [given]
   * @returns {Promise<Caption>}
   */
  async caption(given = null) {
    this.#stop("another photo came");
    const { signal } = this.#job;
    const source = given ?? this.#source ?? this.#ownSource();
    this.#source = source;
    const view = this.#view;
    try {
      if (!source) {
        throw new Error(
          this.htmlFor ? `there is no image “${this.htmlFor}”` : "there is no photo: set src or for, or give one",
        );
      }
      view.tell(view.texts.looking);
      const photo = await frozen(source, signal);
      signal.throwIfAborted();
      await view.picture.show(photo, signal);
      view.tell(view.texts.loading);
      const captioner = await this.#loader.ready();
      signal.throwIfAborted();
      view.showProgress(null);
      view.tell(view.texts.looking);
      const result = await captioner.caption(photo, this.#options(signal));
      this.result = result;
      const hadFocus = view.hasFocus;
      this.#showCaption();
      if (hadFocus) {
        view.focusWords();
      }
      const applied = this.#useAsAlt(result);
      this.#announce(result);
      this.#emit("caption", { ...result, guess: this.#isGuess, applied });
      return result;
    } catch (/** @type {any} */ error) {
      if (!signal.aborted) {
        this.#fail(error);
      }
      throw error;
    }
  }

  /** The language of the element's texts: its own `lang`, or that of the page around it. */
  get #language() {
    return languageFor(this.lang || this.closest("[lang]")?.getAttribute("lang"));
  }

  /** Whether the caption is to be offered as a guess. */
  get #isGuess() {
    return Boolean(this.text) && isBelow(this.confidence, this.minConfidence);
  }

  /** The caption as those hear it who see neither it nor what stands beside it, all of it in its own language. */
  get #spoken() {
    return this.#isGuess ? `${textsIn(languageFor(this.result?.language)).guess} ${this.text}` : this.text;
  }

  /** Whether the page names a photo. */
  get #namesPhoto() {
    return Boolean(this.htmlFor || this.src);
  }

  /** The photo that the page names. */
  #ownSource() {
    if (this.htmlFor) {
      const root = /** @type {Document | ShadowRoot} */ (this.getRootNode());
      return /** @type {HTMLImageElement | null} */ (root.getElementById(this.htmlFor));
    }
    return this.src || null;
  }

  /** Captions when `loading` says so. */
  #schedule() {
    this.#visible?.disconnect();
    this.#visible = null;
    const isManual = this.loading === "manual";
    this.#view.offer({ choose: !this.#namesPhoto, start: this.#namesPhoto && isManual });
    if (!this.#namesPhoto || isManual) {
      return;
    }
    if (this.loading === "eager") {
      this.#begin();
      return;
    }
    this.#visible = new IntersectionObserver((entries, observer) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) {
        observer.disconnect();
        this.#begin();
      }
    });
    this.#visible.observe(this);
  }

  #begin() {
    this.#view.offer({ choose: !this.#namesPhoto, start: false });
    // The error is shown, and told by an event.
    this.caption().catch(() => {});
  }

  /**
   * Loads a captioner, which goes on when a photo is given up for another one.
   * @param {AbortSignal} signal
   */
  #load(signal) {
    return loadCaptioner({
      ...(this.model && { model: this.model }),
      ...(this.integrity && { integrity: this.integrity }),
      backend: /** @type {"auto"} */ (this.backend || "auto"),
      signal,
      onProgress: (progress) => {
        this.#view.showProgress(progress);
        this.#emit("progress", progress);
      },
      onNotice: (message, detail) => this.#emit("notice", { message, ...detail }),
    });
  }

  /** @param {AbortSignal} signal */
  #options(signal) {
    return {
      signal,
      onWord: (/** @type {Word} */ word) => this.#emit("word", word),
      onRestart: () => this.#emit("restart", null),
      ...(this.beams && { beams: this.beams }),
      ...(this.captionStyle && { style: this.captionStyle }),
    };
  }

  /**
   * Gives up what is being captioned, and shows nothing of it any more.
   * @param {string} reason
   */
  #stop(reason) {
    this.#job.abort(new DOMException(reason, "AbortError"));
    this.#job = new AbortController();
    stopReading(this.#utterance);
    this.#utterance = null;
    this.result = null;
    this.#setState();
    this.#view.clear();
  }

  /** Shows the caption, if there is one, as the attributes want it. */
  #showCaption() {
    if (this.result) {
      this.#setState();
      this.#view.showCaption(this.result, {
        attention: this.attention,
        isGuess: this.#isGuess,
        spoken: this.#spoken,
      });
    }
  }

  /** Lets style sheets know a guess. */
  #setState() {
    // Older browsers know states by other names, and throw at this one.
    if (CSS.supports("selector(:state(unsure))")) {
      this.#internals.states[this.#isGuess ? "add" : "delete"]("unsure");
    }
  }

  #say() {
    const [voice] = deviceVoices(this.result?.language);
    if (this.text && voice) {
      this.#utterance = readAloud(this.#spoken, voice);
    }
  }

  /**
   * What is done once for every caption, however it is shown.
   * @param {Caption} caption
   */
  #announce({ text, language }) {
    const { texts } = this.#view;
    const before = this.#isGuess ? texts.guess : `${texts.caption}:`;
    this.#view.announce(...(text ? [before, " ", quoted(text, language)] : [texts.noWords]));
    if (this.speak) {
      this.#say();
    }
  }

  /**
   * Sets the alternative text of the page's image, or suggests it; tells whether it is set. A guess is only suggested.
   * @param {Caption} caption
   */
  #useAsAlt({ text, language }) {
    if (!text || !this.htmlFor || !(this.#source instanceof HTMLImageElement)) {
      return false;
    }
    if (this.applyAlt && !this.#isGuess) {
      this.#acceptAlt(text);
      return true;
    }
    this.#view.textField.offer(text, language);
    return false;
  }

  /** @param {string} text */
  #acceptAlt(text) {
    const { accepted } = this.#view.texts;
    /** @type {HTMLImageElement} */ (this.#source).alt = text;
    this.#view.textField.hide();
    this.#view.tell(accepted);
    this.#view.announce(accepted);
    this.#emit("alt", { text });
  }

  /** @param {Error} error */
  #fail(error) {
    this.#view.showError(error.message);
    this.#view.offerRetry(Boolean(this.#source || this.htmlFor));
    this.#emit("error", { message: error.message, error });
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

if (!customElements.get("glimpse-captioner")) {
  customElements.define("glimpse-captioner", GlimpseCaptioner);
}
