// The form that says how captions are chosen.

/** @import { CaptionOptions } from "../captioner/captioner.js" */

/** Runners-up asked for in a beam search, where there are as many beams. */
const MOST_RUNNERS_UP = 4;

/** Captions drawn at random, until the visitor says otherwise. */
const DRAWS = 3;

/**
 * The form, disabled until it knows the defaults. `onChange()` is called when a valid choice was made; what is not valid
 * is told by the browser.
 */
export class DecodingOptions {
  #form;
  /** @type {Record<string, any> | null} */
  #defaults = null;

  /**
   * @param {HTMLFormElement} form
   * @param {() => void} onChange
   */
  constructor(form, onChange) {
    this.#form = form;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => {
      this.#showFieldsInUse();
      if (form.reportValidity()) {
        onChange();
      }
    });
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      this.#fill();
      onChange();
    });
  }

  /**
   * Fills the form with what the runtime does when nothing is said. The first time counts: a choice is kept.
   * @param {Record<string, any>} defaults
   */
  useDefaults(defaults) {
    if (!this.#defaults && defaults) {
      this.#defaults = defaults;
      this.#fill();
      this.#fields.fieldset.disabled = false;
    }
  }

  /**
   * Offers the styles of the model in use, where it has several. A choice that this model has too is kept.
   * @param {string[]} styles
   */
  offerStyles(styles) {
    const { captionStyle: select } = this.#fields;
    const chosen = select.value;
    const offered = styles.length > 1 ? styles : [];
    select.replaceChildren(select.options[0], ...offered.map(optionOf));
    select.value = offered.includes(chosen) ? chosen : "";
    /** @type {HTMLElement} */ (this.#form.querySelector("[data-styles]")).hidden = offered.length === 0;
  }

  /**
   * The choice, as the captioner takes it; nothing before the defaults are known, or while a field is not valid.
   * @returns {CaptionOptions}
   */
  get value() {
    if (!this.#defaults || !this.#form.checkValidity()) {
      return {};
    }
    const number = (/** @type {string} */ name) => this.#fields[name].valueAsNumber;
    const common = {
      lengthPenalty: number("lengthPenalty"),
      repeatBlock: number("repeatBlock"),
      repeatWords: this.#fields.repeatWords.value === "true",
      maxWords: number("maxWords"),
      // Said only where one is chosen: a model that has none refuses every one.
      ...(this.#fields.captionStyle.value && { style: this.#fields.captionStyle.value }),
    };
    if (this.#fields.strategy.value === "sample") {
      const sample = {
        temperature: number("temperature"),
        topK: number("topK"),
        topP: number("topP"),
        seed: number("seed"),
      };
      return { ...common, sample, alternatives: number("draws") - 1 };
    }
    const beams = number("beams");
    return { ...common, beams, alternatives: Math.min(beams - 1, MOST_RUNNERS_UP) };
  }

  /**
   * The fields by their names.
   * @returns {any}
   */
  get #fields() {
    return this.#form.elements;
  }

  #fill() {
    const { beams, sample, sampling, ...common } = this.#defaults ?? {};
    const values = {
      beams: beams ?? 1,
      draws: DRAWS,
      captionStyle: "",
      ...sampling,
      ...common,
      strategy: sample ? "sample" : "beam",
    };
    for (const [name, value] of Object.entries(values)) {
      if (this.#fields[name]) {
        this.#fields[name].value = String(value);
      }
    }
    this.#showFieldsInUse();
  }

  /** Those of the other strategy are hidden, and disabled so that they cannot be invalid. */
  #showFieldsInUse() {
    for (const group of /** @type {NodeListOf<HTMLElement>} */ (this.#form.querySelectorAll("[data-strategy]"))) {
      const inUse = group.dataset.strategy === this.#fields.strategy.value;
      group.hidden = !inUse;
      for (const input of group.querySelectorAll("input")) {
        input.disabled = !inUse;
      }
    }
  }
}

/**
 * A style by the name that the model file gives it, in English.
 * @param {string} style
 */
function optionOf(style) {
  const option = new Option(style);
  option.lang = "en";
  return option;
}
