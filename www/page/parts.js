// The parts of index.html that scripts work with, by their ids.

/**
 * What the parts are; all others are plain elements.
 * @typedef {Record<"accept" | "address-cancel" | "all-words" | "camera-cancel" | "camera-shoot" | "compare" | "copy" | "edit" | "forget" |
 *   "next" | "play" | "previous" | "read-aloud" | "restore" | "retry" | "save-map" | "use-update", HTMLButtonElement>} Buttons
 * @typedef {Record<"attention", HTMLCanvasElement>} Canvases
 * @typedef {Record<"address" | "camera", HTMLDialogElement>} Dialogs
 * @typedef {Record<"address-form" | "options-form", HTMLFormElement>} Forms
 * @typedef {Record<"photo-image", HTMLImageElement>} Images
 * @typedef {Record<"address-field" | "camera-file" | "camera-live" | "file" | "folder" | "map-strength" | "model-file" | "scrub" |
 *   "speech-automatic" | "speech-rate", HTMLInputElement>} Inputs
 * @typedef {Record<"gallery-bar" | "progress", HTMLProgressElement>} Bars
 * @typedef {Record<"backend" | "language" | "map-colour" | "model" | "speech-voice", HTMLSelectElement>} Selects
 * @typedef {Record<"own-caption", HTMLTextAreaElement>} TextAreas
 * @typedef {Record<"camera-video", HTMLVideoElement>} Videos
 * @typedef {Bars & Buttons & Canvases & Dialogs & Forms & Images & Inputs & Selects & TextAreas & Videos} Kinds
 */

/**
 * The part with an id, which index.html has.
 * @template {string} Id
 * @param {Id} id
 * @returns {Id extends keyof Kinds ? Kinds[Id] : HTMLElement}
 */
export const byId = (id) => /** @type {any} */ (document.getElementById(id));
