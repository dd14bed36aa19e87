// What the element tells the page.

/** @import { Backend, Caption, Progress, Word } from "../captioner/captioner.js" */

/**
 * Whether a caption is offered as a guess, and whether it became the image's `alt` without asking.
 * @typedef {{ guess: boolean, applied: boolean }} CaptionUse
 */

/** @typedef {Caption & CaptionUse} CaptionDetail */

/** @typedef {{ message: string, backend: Backend }} NoticeDetail */

/** @typedef {{ text: string }} AltDetail */

/** @typedef {{ message: string, error: Error }} ErrorDetail */

/**
 * What each event has in its `detail`.
 * @typedef {object} Details
 * @property {Progress} progress
 * @property {Word} word
 * @property {CaptionDetail} caption
 * @property {null} restart
 * @property {NoticeDetail} notice
 * @property {AltDetail} alt
 * @property {ErrorDetail} error
 */

/**
 * Fires an event, which does not bubble.
 * @template {keyof Details} Type
 * @param {HTMLElement} element
 * @param {Type} type
 * @param {Details[Type]} detail
 */
export function emit(element, type, detail) {
  element.dispatchEvent(new CustomEvent(type, { detail }));
}
