// The element: the life of a photo in it, from its coming to its caption.

import { loadCaptioner } from "../captioner/captioner.js";
import { Loader } from "../captioner/loader.js";
import { isBelow } from "../shared/confidence.js";
import { quoted } from "../shared/make.js";
import { setAccepted, setUnasked } from "./alternative-text.js";
import { CaptionerAttributes, takeEarlyProperties } from "./attributes.js";
import { emit } from "./events.js";
import { InView } from "./in-view.js";
import { captionerOptions, captionOptions } from "./options.js";
import { isElement } from "./page-image.js";
import { frozen } from "./photo.js";
import { Reader } from "./reader.js";
import { showStates } from "./states.js";
import { Subject } from "./subject.js";
import { Target } from "./target.js";
import { languageFor, textsIn } from "./texts.js";
import { View } from "./view.js";

/** @import { Caption, PhotoSource } from "../captioner/captioner.js" */
/** @import { Photo } from "./photo.js" */

/**
 * Captions a photo in the page that it stands in, and shows for each word where the model looked.
 *
 * Its attributes, slots, parts and states are those of `CaptionerAttributes`. No event bubbles; what each brings is in its
 * `detail`.
 * @customElement glimpse-captioner
 * @fires {CustomEvent<Progress>} progress - So many bytes of the model and of what runs it are there.
 * @fires {CustomEvent<Word>} word - A word of the caption is certain.
 * @fires {CustomEvent<CaptionDetail>} caption - The caption is there.
 * @fires {CustomEvent<null>} restart - The words so far are void, for the photo begins anew on another device.
 * @fires {CustomEvent<NoticeDetail>} notice - What the visitor should know, such as that the GPU was lost.
 * @fires {CustomEvent<AltDetail>} alt - An alternative text was accepted, or set without asking.
 * @fires {CustomEvent<ErrorDetail>} error - Something failed.
 */
export class GlimpseCaptioner extends CaptionerAttributes {
  #internals = this.attachInternals();
  #view = new View(this.attachShadow({ mode: "open", delegatesFocus: true }), () => this.#language, {
    begin: () => this.#begin(),
    read: () => this.#read(),
    choose: (photo) => this.caption(photo).catch(() => {}),
    accept: (text) => this.#acceptAlt(text),
  });
  /** Loads a captioner, which goes on when a photo is given up for another one. */
  #loader = new Loader((signal) =>
    loadCaptioner(captionerOptions(this, signal, (progress) => this.#view.showProgress(progress))),
  );
  /** Ends the captioning of the photo in view. */
  #job = new AbortController();
  /**
   * The job whose caption is not there yet.
   * @type {AbortController | null}
   */
  #underWay = null;
  #subject = new Subject(this);
  #inView = new InView();
  #target = new Target((loaded) => this.#follow(loaded));
  #reader = new Reader(() => this.#view.offerReading(this.text));
  /**
   * The last caption, as `Captioner.caption` gives it.
   * @type {Caption | null}
   */
  result = null;

  connectedCallback() {
    takeEarlyProperties(this);
    this.#reader.open();
    this.#view.showTexts();
    this.#update();
  }

  adoptedCallback() {
    this.#view.dress();
  }

  disconnectedCallback() {
    this.#reader.close();
    this.#inView.stop();
    this.#target.stop();
    // Frameworks, editors and those who drag it move an element by taking it out and putting it in again.
    queueMicrotask(() => this.isConnected || this.#leave());
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} after
   */
  attributeChangedCallback(name, before, after) {
    if (before === after) {
      return;
    }
    if (name === "lang") {
      this.#view.showTexts();
      this.#showCaption();
    } else if (["attention", "min-confidence"].includes(name)) {
      this.#showCaption();
    } else {
      if (["model", "integrity", "backend"].includes(name)) {
        this.#loader.giveUp();
      }
      if (["src", "for"].includes(name)) {
        this.#subject.isGiven = false;
      }
      if (name !== "loading") {
        this.#stop(`${name} was changed`);
      }
      if (this.isConnected) {
        this.#update();
      }
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
    const job = this.#job;
    const { signal } = job;
    this.#subject.take(given);
    const { source } = this.#subject;
    this.#underWay = job;
    this.#showStates();
    const view = this.#view;
    view.offer({ choose: !this.#subject.isNamed, start: false });
    try {
      if (!source) {
        throw this.#subject.noPhoto();
      }
      view.tell(view.texts.looking);
      const photo = await frozen(source, signal);
      signal.throwIfAborted();
      // By now the page may show the same photo in another image.
      await view.picture.show(photo === source ? /** @type {Photo} */ (this.#subject.source) : photo, signal);
      view.picture.move(this.#subject.source);
      view.tell(view.texts.loading);
      const captioner = await this.#loader.ready();
      signal.throwIfAborted();
      view.showProgress(null);
      view.tell(view.texts.looking);
      const result = await captioner.caption(photo, captionOptions(this, signal));
      this.#underWay = null;
      this.result = result;
      const hadFocus = view.hasFocus;
      this.#showCaption();
      if (hadFocus) {
        view.focusWords();
      }
      const applied = this.#useAsAlt(result);
      this.#announce(result);
      emit(this, "caption", { ...result, guess: this.#isGuess, applied });
      return result;
    } catch (/** @type {any} */ error) {
      if (!signal.aborted) {
        this.#underWay = null;
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

  /**
   * Follows the page's image: another one, or another photo in it, is captioned anew.
   * @param {EventTarget | null} loaded An image that has just loaded.
   */
  #follow(loaded) {
    const subject = this.#subject;
    // One that was broken may be whole now.
    const isMended = loaded !== null && loaded === subject.source && this.#view.hasError;
    if (subject.hasChosen(loaded) || isMended) {
      this.#stop("the image has loaded");
      this.#update();
    } else if (subject.hasChanged) {
      this.#update();
    }
  }

  /** Captions the photo that the page names when `loading` says so, unless that is done already, or under way. */
  #update() {
    const subject = this.#subject;
    this.#target.stop();
    if (this.htmlFor) {
      this.#target.watch(this, this.htmlFor);
    }
    const isOn = subject.isSame && (this.result !== null || this.#underWay !== null);
    if (!isOn) {
      if (!subject.isGiven) {
        this.#stop("there is another photo");
      }
      subject.look();
      this.#schedule();
      // A photo of the visitor's, given up when the element was removed.
      this.#view.offerRetry(subject.isGiven && !subject.isNamed);
      return;
    }
    this.#view.offer({ choose: !subject.isNamed, start: false });
    if (!subject.isGiven && subject.named !== subject.source) {
      // Another image, which shows the same photo.
      subject.look();
      this.#view.picture.move(subject.source);
      if (this.result && !subject.isSettled) {
        this.#useAsAlt(this.result);
      }
    }
  }

  /** Captions when `loading` says so. */
  #schedule() {
    this.#inView.stop();
    const isManual = this.loading === "manual";
    const { isNamed } = this.#subject;
    this.#view.offer({ choose: !isNamed, start: isNamed && isManual });
    if (!isNamed || isManual) {
      return;
    }
    const { signal } = this.#job;
    const { source } = this.#subject;
    if (source === null) {
      this.#subject.whenMissing(signal, (error) => this.#fail(error));
    } else if (this.loading === "eager") {
      // Frameworks set one attribute after the other.
      queueMicrotask(() => signal.aborted || this.#begin());
    } else {
      const seen = [this, this.#view.body, ...(isElement(source) ? [source] : [])];
      this.#inView.wait(seen, () => this.#begin());
    }
  }

  #begin() {
    // The error is shown, and told by an event.
    this.caption().catch(() => {});
  }

  /** Gives up what is under way, and the captioner. A caption that is there stays, for when the element comes back. */
  #leave() {
    this.#reader.stop();
    this.#view.lookAway();
    if (!this.result) {
      this.#stop("the element was removed");
    }
    this.#loader.giveUp();
  }

  /**
   * Gives up what is being captioned, and shows nothing of it any more.
   * @param {string} reason
   */
  #stop(reason) {
    this.#job.abort(new DOMException(reason, "AbortError"));
    this.#job = new AbortController();
    this.#underWay = null;
    this.#reader.stop();
    this.result = null;
    this.#view.clear();
    this.#showStates();
  }

  /** Shows the caption, if there is one, as the attributes want it. */
  #showCaption() {
    this.#showStates();
    if (this.result) {
      this.#view.showCaption(this.result, {
        attention: this.attention,
        isGuess: this.#isGuess,
        spoken: this.#spoken,
      });
    }
  }

  #showStates() {
    showStates(this.#internals, {
      loading: this.#underWay !== null,
      captioned: this.result !== null,
      unsure: this.#isGuess,
      error: this.#view.hasError,
    });
  }

  #read() {
    this.#reader.read(this.#spoken, this.result?.language);
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
      this.#read();
    }
  }

  /**
   * Sets the alternative text of the page's image, or suggests it; tells whether it is set. A guess is only suggested.
   * @param {Caption} caption
   */
  #useAsAlt({ text, language }) {
    const { image, isAltFree, photo } = this.#subject;
    if (!text || !image) {
      return false;
    }
    if (this.applyAlt && !this.#isGuess && isAltFree && !this.#view.textField.hasDraft(photo)) {
      setUnasked(image, text);
      this.#tellAlt(text);
      return true;
    }
    this.#view.textField.offer(text, language, photo);
    return false;
  }

  /** @param {string} text */
  #acceptAlt(text) {
    const { image } = this.#subject;
    if (image) {
      setAccepted(image, text);
      this.#tellAlt(text);
    }
  }

  /** @param {string} text */
  #tellAlt(text) {
    const { accepted } = this.#view.texts;
    this.#view.textField.hide();
    this.#view.tell(accepted);
    this.#view.announce(accepted);
    emit(this, "alt", { text });
  }

  /** @param {Error} error */
  #fail(error) {
    this.#view.showError(error.message);
    this.#showStates();
    this.#view.offerRetry(Boolean(this.#subject.source || this.htmlFor));
    emit(this, "error", { message: error.message, error });
  }
}

// A server has no elements.
if (globalThis.customElements && !customElements.get("glimpse-captioner")) {
  customElements.define("glimpse-captioner", GlimpseCaptioner);
}
