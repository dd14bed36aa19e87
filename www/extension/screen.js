// What is seen of a tab, for pictures that nobody lets the extension read.

import { said } from "./said.js";

/** Browsers take two pictures of a tab a second, and refuse more. */
const PAUSE = 600;

let turn = Promise.resolve();

/**
 * A PNG of what the tab shows, as a `data:` address. Only of the tab that is in front: of another one nothing is seen, and what
 * is seen in its place is none of the page's business.
 * @param {chrome.tabs.Tab | undefined} tab
 * @returns {Promise<string>}
 */
export async function screenOf(tab) {
  const mine = turn;
  turn = mine.then(() => new Promise((resolve) => setTimeout(resolve, PAUSE)));
  await mine;
  await assertInFront(tab);
  const screen = await chrome.tabs.captureVisibleTab(/** @type {chrome.tabs.Tab} */ (tab).windowId, { format: "png" });
  await assertInFront(tab);
  return screen;
}

/** @param {chrome.tabs.Tab | undefined} tab */
async function assertInFront(tab) {
  if (tab?.id === undefined || !(await chrome.tabs.get(tab.id)).active) {
    throw new Error(said("notInFront"));
  }
}
