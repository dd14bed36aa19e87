// What the extension shows and says in a page: in a closed shadow tree, which the page's scripts and styles do not reach.

import { make } from "../../shared/make.js";
import { said } from "../said.js";
import { PANEL_STYLE } from "./panel-style.js";

/** Each announcement is left for so long, so that the next one does not cut it off. */
const ANNOUNCED = 1500;

/** What keeps the page's styles from the panel's place. */
const HOST_STYLE = { all: "initial", position: "fixed", inset: "auto", display: "block", "z-index": "2147483647" };

/** Between panel and picture, and round the window. */
const GAP = 8;

/**
 * Those in front of the page, the last one in front of the others.
 * @type {Panel[]}
 */
const open = [];

/** A small window in front of the page. */
export class Panel {
  #host = document.createElement("div");
  #root = this.#host.attachShadow({ mode: "closed" });
  #status = make("p", { role: "status", class: "status" });
  #body = make("div", { class: "body" });
  #box;
  #onClose;
  #announcements = Promise.resolve();
  /** What had the focus before. */
  #before = document.activeElement;
  #isFocused = false;

  /**
   * @param {object} options
   * @param {string} options.heading
   * @param {() => import("../messages.js").Box | null} [options.beside] Where the picture is that it is about; left out, it stands in
   *   the window's corner.
   * @param {() => void} [options.onClose]
   */
  constructor({ heading, beside, onClose }) {
    this.#onClose = onClose;
    this.beside = beside ?? (() => null);
    const close = make("button", { type: "button", class: "close", "aria-label": said("close") }, "×");
    close.addEventListener("click", () => this.close());
    this.#box = make(
      "section",
      { role: "dialog", "aria-labelledby": "heading", tabindex: "-1", lang: said("language") },
      make("header", {}, make("h2", { id: "heading" }, heading), close),
      this.#body,
      this.#status,
    );
    const sheet = make("style", {}, PANEL_STYLE);
    this.#root.append(sheet, this.#box);
    for (const [name, value] of Object.entries(HOST_STYLE)) {
      this.#host.style.setProperty(name, value, "important");
    }
    this.#host.popover = "manual";
    // What is behind a modal dialogue can be neither reached nor heard.
    (document.querySelector("dialog:modal") ?? document.documentElement).append(this.#host);
    this.#host.showPopover();
    open.push(this);
    this.#place();
    addEventListener("keydown", this, true);
    addEventListener("resize", this);
  }

  /** Puts the keyboard's focus there, as in a window that was asked for. */
  focus() {
    this.#isFocused = true;
    this.#box.focus();
  }

  /**
   * Shows something else.
   * @param {(Node | string)[]} nodes
   */
  show(...nodes) {
    this.#body.replaceChildren(...nodes);
    this.#place();
  }

  /**
   * Says something to who hears the page, after what was to be said before.
   * @param {string} text
   */
  say(text) {
    this.#announcements = this.#announcements.then(async () => {
      this.#status.textContent = text;
      await new Promise((resolve) => setTimeout(resolve, ANNOUNCED));
    });
  }

  /** Takes the panel out of the picture, for as long as something is done. */
  async hidden() {
    this.#host.style.setProperty("opacity", "0", "important");
    setTimeout(() => this.#host.style.removeProperty("opacity"), ANNOUNCED);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }

  close() {
    if (!open.includes(this)) {
      return;
    }
    removeEventListener("keydown", this, true);
    removeEventListener("resize", this);
    this.#host.remove();
    open.splice(open.indexOf(this), 1);
    if (this.#isFocused && this.#before && "focus" in this.#before) {
      /** @type {HTMLElement} */ (this.#before).focus({ preventScroll: true });
    }
    this.#onClose?.();
  }

  /** @param {Event} event */
  handleEvent(event) {
    if (event.type === "resize") {
      this.#place();
    } else if (/** @type {KeyboardEvent} */ (event).key === "Escape" && open.at(-1) === this) {
      // The page's own windows stay.
      event.stopImmediatePropagation();
      event.preventDefault();
      this.close();
    }
  }

  /** Below the picture, or above it, or over its lower end; without one in the corner. */
  #place() {
    const { offsetWidth: width, offsetHeight: height } = this.#host;
    const [right, bottom] = [innerWidth - width - GAP, innerHeight - height - GAP];
    const box = this.beside();
    let [left, top] = [right, bottom];
    if (box) {
      left = box.left;
      const below = box.top + box.height + GAP;
      const above = box.top - height - GAP;
      top = below <= bottom || above < GAP ? below : above;
    }
    this.#host.style.setProperty("left", `${Math.max(GAP, Math.min(left, right))}px`, "important");
    this.#host.style.setProperty("top", `${Math.max(GAP, Math.min(top, bottom))}px`, "important");
  }
}

/**
 * A button of the panel.
 * @param {string} name Of its text.
 * @param {(button: HTMLButtonElement) => void} onClick
 */
export function button(name, onClick) {
  const node = make("button", { type: "button" }, said(name));
  node.addEventListener("click", () => onClick(node));
  return node;
}
