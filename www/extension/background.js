// The extension's centre: its menus, its button and its key, and what pages' scripts cannot do themselves.

import { caption } from "./home.js";
import { answer, askPage } from "./messages.js";
import { said } from "./said.js";
import { screenOf } from "./screen.js";

/** @import { Questions } from "./messages.js" */

/** The script for pages, which the build makes of `content/`. */
const CONTENT = "extension/content.js";

/** In a tab that was just opened Chromium's permission (`activeTab`) at times comes a moment after the press that gives it. */
const TRIES = 5;
const PAUSE = 200;

/** The page itself, and not a frame in it. */
const TOP = 0;

/**
 * The entries of the menus, by the questions that they ask of a page.
 * @typedef {`${chrome.contextMenus.ContextType}`} Context
 * @type {Record<"describePicture" | "describePage" | "undo", [Context, ...Context[]]>}
 */
const MENUS = { describePicture: ["image"], describePage: ["page", "action"], undo: ["page", "action"] };

chrome.runtime.onInstalled.addListener(async () => {
  await chrome.contextMenus.removeAll();
  for (const [id, contexts] of Object.entries(MENUS)) {
    chrome.contextMenus.create({ id, title: said(id), contexts });
  }
});

chrome.contextMenus.onClicked.addListener(({ menuItemId, srcUrl, frameId }, tab) => {
  if (menuItemId === "describePicture") {
    order(tab, frameId ?? TOP, menuItemId, { address: srcUrl ?? "" });
  } else {
    order(tab, TOP, /** @type {"describePage" | "undo"} */ (menuItemId), {});
  }
});

chrome.action.onClicked.addListener((tab) => order(tab, TOP, "describePage", {}));

answer("background", {
  async describe({ picture }, { tab }) {
    if ("address" in picture) {
      await assertReadable(picture.address);
      return caption({ picture });
    }
    return caption({ picture: "seen" in picture ? { ...picture, screen: await screenOf(tab) } : picture });
  },
  openOptions: () => chrome.runtime.openOptionsPage(),
});

/**
 * Asks the script of a page, which is brought there first. The menu or the button has allowed it, for this tab and until
 * another page is opened in it (`activeTab`).
 * @template {keyof Questions} Question
 * @param {chrome.tabs.Tab | undefined} tab
 * @param {number} frameId
 * @param {Question} question
 * @param {Questions[Question]["asked"]} asked
 */
async function order(tab, frameId, question, asked) {
  if (tab?.id === undefined) {
    return;
  }
  for (let tries = 1; ; tries += 1) {
    try {
      await chrome.scripting.executeScript({ target: { tabId: tab.id, frameIds: [frameId] }, files: [CONTENT] });
      await askPage(tab.id, frameId, question, asked);
      return;
    } catch {
      if (frameId !== TOP) {
        // A frame of another site, which the permission does not reach: the page round it may do better.
        await order(tab, TOP, question, asked);
        return;
      }
      if (tries === TRIES) {
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
  await chrome.action.setBadgeText({ tabId: tab.id, text: "!" });
  await chrome.action.setTitle({ tabId: tab.id, title: said("noPage") });
}

/**
 * Fails unless a picture's site is one of those that were allowed on the options page.
 * @param {string} address
 */
async function assertReadable(address) {
  const { protocol, hostname } = new URL(address);
  const isWeb = protocol === "http:" || protocol === "https:";
  if (!isWeb || !(await chrome.permissions.contains({ origins: [`${protocol}//${hostname}/*`] }))) {
    throw Object.assign(new Error(said("otherSite")), { name: "NotAllowedError" });
  }
}
