// The one choice: whether pictures of other sites may be fetched, where their sites let no other page read them.

import { said } from "./said.js";

const ORIGINS = ["http://*/*", "https://*/*"];

const button = /** @type {HTMLButtonElement} */ (document.getElementById("change"));
const state = /** @type {HTMLElement} */ (document.getElementById("state"));

document.documentElement.lang = said("language");
for (const node of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-text]"))) {
  node.textContent = said(node.dataset.text ?? "");
}

let isAllowed = false;

async function show() {
  isAllowed = await chrome.permissions.contains({ origins: ORIGINS });
  button.textContent = said(isAllowed ? "disallow" : "allow");
  state.textContent = said(isAllowed ? "allowed" : "notAllowed");
}

button.addEventListener("click", async () => {
  // Asked at once: Firefox asks nobody after an `await`.
  await (isAllowed
    ? chrome.permissions.remove({ origins: ORIGINS })
    : chrome.permissions.request({ origins: ORIGINS }));
  await show();
});

await show();
