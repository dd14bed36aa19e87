// What the parts of the extension ask of one another. Every question has an answer, or an error with a sentence for people.

import { said } from "./said.js";

/**
 * A picture for the captioner: a file's bytes as a `data:` address; an address that the extension may read; or a part of what is
 * seen of the tab, in CSS pixels of its window.
 * @typedef {{ file: string } | { address: string } | { seen: Box, window: { width: number, height: number } }} Picture
 * @typedef {{ left: number, top: number, width: number, height: number }} Box
 * @typedef {{ text: string, confidence: number | null, language: string }} Described
 */

/**
 * What can be asked of the background, of the captioner, and of a page.
 * @typedef {object} Questions
 * @property {{ asked: { picture: Picture }, answer: Described }} describe
 * @property {{ asked: {}, answer: void }} openOptions
 * @property {{ asked: { picture: { file: string } | { address: string } | { screen: string } & Extract<Picture, { seen: Box }> },
 *   answer: Described }} caption
 * @property {{ asked: { address: string }, answer: void }} describePicture
 * @property {{ asked: {}, answer: void }} describePage
 * @property {{ asked: {}, answer: void }} undo
 */

/** @typedef {"background" | "captioner" | "page"} Recipient */

/**
 * The message for a question.
 * @template {keyof Questions} Question
 * @param {Recipient} to
 * @param {Question} question
 * @param {Questions[Question]["asked"]} asked
 */
function messageFor(to, question, asked) {
  return { to, question, asked };
}

/**
 * Asks another part of the extension.
 * @template {keyof Questions} Question
 * @param {Exclude<Recipient, "page">} to
 * @param {Question} question
 * @param {Questions[Question]["asked"]} asked
 * @returns {Promise<Questions[Question]["answer"]>}
 */
export async function ask(to, question, asked) {
  return opened(await chrome.runtime.sendMessage(messageFor(to, question, asked)));
}

/**
 * Asks the script in a page's frame.
 * @template {keyof Questions} Question
 * @param {number} tabId
 * @param {number} frameId
 * @param {Question} question
 * @param {Questions[Question]["asked"]} asked
 * @returns {Promise<Questions[Question]["answer"]>}
 */
export async function askPage(tabId, frameId, question, asked) {
  return opened(await chrome.tabs.sendMessage(tabId, messageFor("page", question, asked), { frameId }));
}

/**
 * Answers what is asked of this part.
 * @param {Recipient} part
 * @param {{ [Question in keyof Questions]?: (asked: Questions[Question]["asked"], sender: chrome.runtime.MessageSender)
 *   => Promise<Questions[Question]["answer"]> | Questions[Question]["answer"] }} answers
 */
export function answer(part, answers) {
  chrome.runtime.onMessage.addListener((message, sender, respond) => {
    const { to, question, asked } = message;
    const how = answers[/** @type {keyof Questions} */ (question)];
    if (to !== part || !how) {
      return false;
    }
    Promise.resolve()
      .then(() => how(asked, sender))
      .then(
        (result) => respond({ result }),
        (error) => respond({ error: error?.message || String(error), name: error?.name }),
      );
    // The answer comes later.
    return true;
  });
}

/** @param {{ result?: any, error?: string, name?: string } | undefined} reply */
function opened(reply) {
  if (!reply || reply.error !== undefined) {
    throw Object.assign(new Error(reply?.error ?? said("stopped")), { name: reply?.name ?? "Error" });
  }
  return reply.result;
}
