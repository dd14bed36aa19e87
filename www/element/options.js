// What the element asks of the module, by its attributes.

import { emit } from "./events.js";

/** @import { CaptionerOptions, CaptionOptions, Progress } from "../captioner/captioner.js" */
/** @import { CaptionerAttributes } from "./attributes.js" */

/**
 * Options of `loadCaptioner`.
 * @param {CaptionerAttributes} element
 * @param {AbortSignal} signal
 * @param {(progress: Progress) => void} onProgress
 * @returns {CaptionerOptions}
 */
export function captionerOptions(element, signal, onProgress) {
  const { model, integrity, backend } = element;
  return {
    ...(model && { model }),
    ...(integrity && { integrity }),
    backend: /** @type {"auto"} */ (backend || "auto"),
    signal,
    onProgress: (progress) => {
      onProgress(progress);
      emit(element, "progress", progress);
    },
    onNotice: (message, detail) => emit(element, "notice", { message, ...detail }),
  };
}

/**
 * Options of `Captioner.caption`.
 * @param {CaptionerAttributes} element
 * @param {AbortSignal} signal
 * @returns {CaptionOptions}
 */
export function captionOptions(element, signal) {
  const { beams, captionStyle } = element;
  return {
    signal,
    onWord: (word) => emit(element, "word", word),
    onRestart: () => emit(element, "restart", null),
    ...(beams && { beams }),
    ...(captionStyle && { style: captionStyle }),
  };
}
