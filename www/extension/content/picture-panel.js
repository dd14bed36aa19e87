// One picture's description, shown beside it.

import { make, quoted } from "../../shared/make.js";
import { ask } from "../messages.js";
import { said } from "../said.js";
import { button, Panel } from "./panel.js";
import { boxOf, pictureAt } from "./pictures.js";
import { describe } from "./reading.js";
import { isGuess, sureness } from "./wording.js";

/** @type {Panel | null} */
let open = null;

/**
 * Describes the picture with an address.
 * @param {string} address
 */
export async function showPicture(address) {
  const picture = pictureAt(address);
  open?.close();
  const panel = new Panel({ heading: said("describePicture"), beside: () => picture && boxOf(picture) });
  open = panel;
  panel.show(said("looking"));
  panel.focus();
  panel.say(said("looking"));
  try {
    const described = await describe(picture, { address, clearView: () => panel.hidden() });
    const guess = isGuess(described) ? [make("p", { class: "muted" }, said("mayBe"))] : [];
    const caption = make("p", { class: "caption" }, quoted(described.text, described.language));
    const sure = make("p", { class: "muted" }, sureness(described));
    const copied = make("span", { class: "muted" });
    const copying = button("copy", async () => {
      copied.textContent = said((await copy(described.text, caption)) ? "copied" : "copyFailed");
      panel.say(copied.textContent);
    });
    panel.show(...guess, caption, sure, make("p", { class: "buttons" }, copying, copied));
    panel.say([...guess.map((node) => node.textContent), described.text, sure.textContent].join(" "));
  } catch (error) {
    const { message, name } = /** @type {Error} */ (error);
    panel.show(said("failed"), make("p", { class: "muted" }, message), ...allowing(name === "otherSite"));
    panel.say(`${said("failed")} ${message}`);
  }
}

/**
 * The way to allow pictures of other sites, where that would help.
 * @param {boolean} wouldHelp
 */
export function allowing(wouldHelp) {
  const buttons = wouldHelp ? [button("openOptions", () => ask("background", "openOptions", {}))] : [];
  return buttons.map((node) => make("p", { class: "buttons" }, node));
}

/**
 * Whether a text could be copied. Pages without https have no clipboard but the selection's.
 * @param {string} text
 * @param {Node} shown
 */
async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return document.execCommand("copy");
  }
}
