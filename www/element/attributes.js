// The element's attributes, the properties that mirror them, and the rest that a page sees of it.

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

/** What elements are made of; a server, which has none, may import this file all the same. */
const Base = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (class {});

/** @typedef {"auto" | "cpu" | "gpu"} BackendChoice */
/** @typedef {"lazy" | "eager" | "manual"} Loading */
/** @typedef {"hover" | "grid" | "off"} Attention */

/**
 * An element with the attributes of `<glimpse-captioner>`, and what pages and style sheets reach of it.
 * @attr {string} src - The photo's address. Without it, and without `for`, the visitor chooses a photo.
 * @attr {string} for - The id of an image of the page, in place of `src`.
 * @attr {"lazy" | "eager" | "manual"} [loading=lazy] - Begins when it scrolls into view, at once, or when the visitor asks.
 * @attr {"hover" | "grid" | "off"} [attention=hover] - The map of the word that is pointed at, all maps as well, or plain text.
 * @attr {string} model - The model's address; the one that comes along where there is none.
 * @attr {string} integrity - "sha256-…": a model with another SHA-256 is refused.
 * @attr {"auto" | "cpu" | "gpu"} [backend=auto] - Where captions are computed.
 * @attr {number} beams - Beginnings that a beam search keeps; the model's own number where there is none.
 * @attr {string} caption-style - One of the model's styles; its own where there is none.
 * @attr {string} lang - The language of the controls: en, ko or zh; the page's where there is none.
 * @attr {boolean} speak - Reads captions aloud, with voices of the visitor's device only.
 * @attr {boolean} apply-alt - With `for`: sets the image's `alt` without asking, where nobody wrote one.
 * @attr {number} [min-confidence=0] - 0 to 1: a caption that is less likely to be right is offered as a guess.
 * @slot - Above the caption.
 * @slot actions - Beside the buttons.
 * @csspart photo - The photo's frame.
 * @csspart picture - The photo.
 * @csspart map - A word's map, over the photo.
 * @csspart body - All but the photo.
 * @csspart status - The line about what is going on.
 * @csspart progress - The bar of what is loaded.
 * @csspart error - What went wrong.
 * @csspart guess - What stands before a caption that is a guess.
 * @csspart caption - The caption.
 * @csspart word - A word of it.
 * @csspart unsure - A word that is more likely wrong than right.
 * @csspart grid - All words' maps.
 * @csspart suggestion - The alternative text that is suggested.
 * @csspart suggestion-text - Its field.
 * @csspart actions - The row of buttons.
 * @csspart button - Each button.
 * @csspart start - The button that asks for a caption.
 * @csspart retry - The button that tries again.
 * @csspart read - The button that reads aloud.
 * @csspart choose - The button that chooses a photo.
 * @csspart accept - The button that accepts the alternative text.
 * @cssprop --glimpse-accent - Buttons, links and focus.
 * @cssprop --glimpse-on-accent - Text on the accent.
 * @cssprop --glimpse-ink - Text.
 * @cssprop --glimpse-muted - Less important text.
 * @cssprop --glimpse-card - The background.
 * @cssprop --glimpse-line - Borders.
 * @cssprop --glimpse-radius - Of the corners.
 * @cssState loading - A photo is being captioned, or what that needs is being loaded.
 * @cssState captioned - There is a caption.
 * @cssState unsure - The caption is offered as a guess.
 * @cssState error - Something failed.
 */
export class CaptionerAttributes extends Base {
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

  /** The photo's address. */
  get src() {
    return textOf(this, "src");
  }

  set src(value) {
    reflect(this, "src", value);
  }

  /** The id of an image of the page, in place of `src`. */
  get htmlFor() {
    return textOf(this, "for");
  }

  set htmlFor(value) {
    reflect(this, "for", value);
  }

  /** The model's address; empty for the one that comes along. */
  get model() {
    return textOf(this, "model");
  }

  set model(value) {
    reflect(this, "model", value);
  }

  /** "sha256-…": a model with another SHA-256 is refused. */
  get integrity() {
    return textOf(this, "integrity");
  }

  set integrity(value) {
    reflect(this, "integrity", value);
  }

  /**
   * "auto", "cpu" or "gpu"; empty for "auto".
   * @returns {string}
   */
  get backend() {
    return textOf(this, "backend");
  }

  /** @param {BackendChoice | ""} value */
  set backend(value) {
    reflect(this, "backend", value);
  }

  /**
   * "lazy", "eager" or "manual"; empty for "lazy".
   * @returns {string}
   */
  get loading() {
    return textOf(this, "loading");
  }

  /** @param {Loading | ""} value */
  set loading(value) {
    reflect(this, "loading", value);
  }

  /**
   * Number of beams, or `null` for the model's default.
   * @returns {number | null}
   */
  get beams() {
    return this.hasAttribute("beams") ? Number(this.getAttribute("beams")) : null;
  }

  set beams(value) {
    reflect(this, "beams", value);
  }

  /** One of the model's styles; empty for its own. */
  get captionStyle() {
    return textOf(this, "caption-style");
  }

  set captionStyle(value) {
    reflect(this, "caption-style", value);
  }

  /**
   * "hover", "grid" or "off"; empty for "hover".
   * @returns {string}
   */
  get attention() {
    return textOf(this, "attention");
  }

  /** @param {Attention | ""} value */
  set attention(value) {
    reflect(this, "attention", value);
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
    reflect(this, "min-confidence", value);
  }
}

/**
 * Properties that a page has set before it knew the element hide those of the class.
 * @param {CaptionerAttributes} element
 */
export function takeEarlyProperties(element) {
  for (const name of PROPERTIES.filter((name) => Object.hasOwn(element, name))) {
    const value = Reflect.get(element, name);
    Reflect.deleteProperty(element, name);
    Reflect.set(element, name, value);
  }
}

/**
 * @param {Element} element
 * @param {string} name
 */
function textOf(element, name) {
  return element.getAttribute(name) ?? "";
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {unknown} value
 */
function reflect(element, name, value) {
  if (value === null || value === undefined) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, String(value));
  }
}
