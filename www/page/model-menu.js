// The menu of models: those that come with the page, and the one that the visitor brought.

import { make } from "../shared/make.js";
import { MODELS } from "./models.js";

/** Lists the page's models in `select`; `onChoose(address)` is called with the one that is chosen. */
export class ModelMenu {
  #select;
  #other = make("option", { hidden: "" });

  /**
   * @param {HTMLSelectElement} select
   * @param {(address: string) => void} onChoose
   */
  constructor(select, onChoose) {
    this.#select = select;
    const options = MODELS.map(({ address, name, year }) => make("option", { value: address }, `${name}, ${year}`));
    select.append(...options, this.#other);
    select.addEventListener("change", () => onChoose(select.value));
  }

  /**
   * Shows which model is in use.
   * @param {string | File} model
   */
  show(model) {
    const isOther = model instanceof File || !MODELS.some(({ address }) => address === model);
    this.#other.hidden = !isOther;
    if (isOther) {
      const name = model instanceof File ? model.name : model.replace(/^.*\//, "");
      Object.assign(this.#other, { value: name, textContent: name });
    }
    this.#select.value = isOther ? this.#other.value : /** @type {string} */ (model);
  }
}
