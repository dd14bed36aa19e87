// States that style sheets know an element by: `glimpse-captioner:state(unsure)`.

/**
 * What may be true of an element at a moment.
 * @typedef {object} States
 * @property {boolean} loading A photo is being captioned, or what that needs is being loaded.
 * @property {boolean} captioned There is a caption.
 * @property {boolean} unsure The caption is offered as a guess.
 * @property {boolean} error Something failed.
 */

/**
 * Lets style sheets know the element's states.
 * @param {ElementInternals} internals
 * @param {States} wanted
 */
export function showStates({ states }, wanted) {
  for (const [name, isOn] of Object.entries(wanted)) {
    // Older browsers know states by other names, and throw at these.
    if (CSS.supports(`selector(:state(${name}))`)) {
      states[isOn ? "add" : "delete"](name);
    }
  }
}
