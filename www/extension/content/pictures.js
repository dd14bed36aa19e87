// Pictures of a page, and which of them nobody has described.

import { holderOf, treesOf } from "./trees.js";

/** Smaller ones, in pixels of a side, are icons, spacers and counters. */
const SMALLEST = 40;

const PICTURES = 'img, input[type="image"], [role="img"]';

/** What an assistive technology is told to leave out, and what is being written and would be saved with our words in it. */
const LEFT_OUT = '[aria-hidden="true"], [inert], [contenteditable]:not([contenteditable="false"])';

/** Where a picture's name may stand, beside its `alt`. */
const NAMES = ["aria-label", "title"];

/**
 * Those that people who hear the page know nothing of, in the order of the page.
 * @returns {Element[]}
 */
export function undescribed() {
  return [...treesOf()].flatMap((tree) => [...tree.querySelectorAll(PICTURES)]).filter(isUndescribed);
}

/**
 * The picture with an address: the one that the pointer is over, else one that is in view.
 * @param {string} address
 * @returns {Element | null}
 */
export function pictureAt(address) {
  const found = [...treesOf()]
    .flatMap((tree) => [...tree.querySelectorAll(`${PICTURES}, svg image`)])
    .filter((picture) => addressOf(picture) === address);
  const isPointedAt = (/** @type {Element} */ picture) => picture.matches(":hover");
  return found.find(isPointedAt) ?? found.find((picture) => boxOf(picture) !== null) ?? found[0] ?? null;
}

/**
 * Where a picture comes from; empty where it is drawn by the page.
 * @param {Element} picture
 */
export function addressOf(picture) {
  const { currentSrc, src, href } = /** @type {any} */ (picture);
  if (currentSrc || src) {
    return String(currentSrc || src);
  }
  if (picture.localName === "image" && href) {
    return new URL(href.baseVal, picture.baseURI).href;
  }
  const [, background] = /^url\("(.*)"\)$/.exec(getComputedStyle(picture).backgroundImage) ?? [];
  return background ?? "";
}

/**
 * Whether an element is an `<img>`, whatever window it comes from.
 * @param {Element} picture
 * @returns {picture is HTMLImageElement}
 */
export function isImage(picture) {
  return picture.localName === "img" && "naturalWidth" in picture;
}

/**
 * What is seen of a picture, in CSS pixels of the window; `null` where less than half of it is.
 * @param {Element} picture
 * @returns {import("../messages.js").Box | null}
 */
export function boxOf(picture) {
  const { left, top, width, height } = picture.getBoundingClientRect();
  const box = { left, top, right: left + width, bottom: top + height };
  for (let view = /** @type {Window | null} */ (picture.ownerDocument.defaultView); view; view = view.parent) {
    box.left = Math.max(0, box.left);
    box.top = Math.max(0, box.top);
    box.right = Math.min(view.innerWidth, box.right);
    box.bottom = Math.min(view.innerHeight, box.bottom);
    if (view === view.parent) {
      break;
    }
    const frame = view.frameElement;
    if (!frame) {
      // In another site's page nobody knows where this frame is.
      return null;
    }
    const { left, top } = frame.getBoundingClientRect();
    box.left += left + frame.clientLeft;
    box.right += left + frame.clientLeft;
    box.top += top + frame.clientTop;
    box.bottom += top + frame.clientTop;
  }
  const seen = { left: box.left, top: box.top, width: box.right - box.left, height: box.bottom - box.top };
  const isSeen = seen.width > 0 && seen.height > 0 && seen.width * seen.height >= (width * height) / 2;
  return isSeen ? seen : null;
}

/** @param {Element} picture */
function isUndescribed(picture) {
  return !isNamed(picture) && !isForNobody(picture) && isLargeEnough(picture);
}

/** @param {Element} picture */
function isNamed(picture) {
  // An empty `alt` says that the picture is decoration. Its author knows.
  const hasAlt = ["img", "input"].includes(picture.localName) && picture.hasAttribute("alt");
  const labels = (picture.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
  const tree = /** @type {import("./trees.js").Tree} */ (picture.getRootNode());
  return (
    hasAlt ||
    NAMES.some((name) => picture.getAttribute(name)?.trim()) ||
    labels.some((id) => tree.getElementById(id)?.textContent?.trim()) ||
    [...picture.children].some((child) => child.localName === "title" && child.textContent?.trim())
  );
}

/** @param {Element} picture */
function isForNobody(picture) {
  if (/^(none|presentation)$/.test(picture.getAttribute("role") ?? "") || !picture.checkVisibility()) {
    return true;
  }
  for (let holder = /** @type {Element | null} */ (picture); holder; holder = holderOf(holder)) {
    if (holder.matches(LEFT_OUT)) {
      return true;
    }
  }
  return false;
}

/**
 * Whether a picture is more than an icon. One that has not arrived is not known: it is looked at again when it has.
 * @param {Element} picture
 */
function isLargeEnough(picture) {
  const { width, height } = picture.getBoundingClientRect();
  if (Math.min(width, height) < SMALLEST) {
    return false;
  }
  if (!isImage(picture)) {
    return true;
  }
  const { complete, naturalWidth, naturalHeight } = picture;
  const isDrawing = complete && /^(data:image\/svg|[^?#]*\.svg)/i.test(addressOf(picture));
  const isBroken = complete && naturalWidth === 0;
  return complete && (isDrawing || isBroken || Math.min(naturalWidth, naturalHeight) >= SMALLEST);
}
