// What is left of the window for an image to be seen in: what it stands in may cut it off.

import { inset, parentOf, radiiOf } from "./boxes.js";

/** @import { Box } from "./boxes.js" */

/** @type {[number, number][]} */
const SQUARE = [
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
];

/** How far apart two edges may be and still be the same one. */
const SAME = 0.5;

/**
 * A `clip-path` of the window that leaves what the boxes round an image leave of it; `null` where that is nothing.
 * @param {Element} image
 */
export function clippedBy(image) {
  const { innerWidth: width, innerHeight: height } = image.ownerDocument.defaultView ?? globalThis;
  const view = { left: 0, top: 0, width, height };
  /** @type {Box} */
  let left = view;
  /** @type {[number, number][]} */
  let radii = SQUARE;
  for (const { box, corners } of clippingBoxes(image)) {
    const before = left;
    left = common(before, box);
    radii = cornersOf(left).map((corner, index) => {
      const ours = isSame(corner, cornersOf(before)[index]) ? radii[index] : SQUARE[index];
      const theirs = isSame(corner, cornersOf(box)[index]) ? corners[index] : SQUARE[index];
      return ours[0] > theirs[0] ? ours : theirs;
    });
  }
  const bounds = image.getBoundingClientRect();
  const seen = common(left, bounds);
  return seen.width <= 0 || seen.height <= 0 ? null : inset(view, left, radii);
}

/**
 * The boxes that cut an element off, from the inside to the outside, with the radii of their corners.
 * @param {Element} element
 */
function* clippingBoxes(element) {
  const { body, documentElement } = element.ownerDocument;
  let { position } = getComputedStyle(element);
  for (let node = parentOf(element); node && node !== documentElement; node = parentOf(node)) {
    const style = getComputedStyle(node);
    // What is laid elsewhere is cut off only by what it is laid in.
    const holds = holdsFixed(style) || (position !== "fixed" && style.position !== "static");
    if ((position === "absolute" || position === "fixed") && !holds) {
      continue;
    }
    ({ position } = style);
    // In place of the body the window scrolls, unless the page's author wants something else.
    const isWindow = node === body && isVisible(getComputedStyle(documentElement));
    if (isWindow || style.display === "contents" || style.display === "inline") {
      continue;
    }
    const box = clippingBox(node, style);
    if (box) {
      yield box;
    }
  }
}

/**
 * Whether even what is fixed is laid within an element.
 * @param {CSSStyleDeclaration} style
 */
function holdsFixed({ transform, rotate, scale, translate, perspective, filter, contain, willChange }) {
  const moved = [transform, rotate, scale, translate, perspective, filter].some((value) => value && value !== "none");
  return moved || /paint|layout|strict|content/.test(contain) || /transform|filter|perspective/.test(willChange);
}

/** @param {CSSStyleDeclaration} style */
function isVisible({ overflowX, overflowY }) {
  return overflowX === "visible" && overflowY === "visible";
}

/**
 * The inside of an element's border, where that cuts off what is in it; `null` where it does not.
 * @param {Element} node
 * @param {CSSStyleDeclaration} style
 * @returns {{ box: Box, corners: [number, number][] } | null}
 */
function clippingBox(node, style) {
  const paints = /paint|strict|content/.test(style.contain);
  const [across, down] = [style.overflowX !== "visible" || paints, style.overflowY !== "visible" || paints];
  if (!across && !down) {
    return null;
  }
  const bounds = node.getBoundingClientRect();
  const { clientLeft, clientTop, clientWidth, clientHeight } = node;
  const { offsetWidth = bounds.width, offsetHeight = bounds.height } = /** @type {Partial<HTMLElement>} */ (node);
  const [wide, high] = [offsetWidth ? bounds.width / offsetWidth : 1, offsetHeight ? bounds.height / offsetHeight : 1];
  const corners = radiiOf(style, { width: offsetWidth, height: offsetHeight }).map(([x, y]) => [
    Math.max(0, x - clientLeft) * wide,
    Math.max(0, y - clientTop) * high,
  ]);
  return {
    box: {
      left: across ? bounds.left + clientLeft * wide : -1e6,
      top: down ? bounds.top + clientTop * high : -1e6,
      width: across ? clientWidth * wide : 2e6,
      height: down ? clientHeight * high : 2e6,
    },
    corners: /** @type {[number, number][]} */ (corners),
  };
}

/**
 * @param {Box} a
 * @param {Box} b
 * @returns {Box}
 */
function common(a, b) {
  const [left, top] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
  const right = Math.min(a.left + a.width, b.left + b.width);
  const bottom = Math.min(a.top + a.height, b.top + b.height);
  return { left, top, width: right - left, height: bottom - top };
}

/**
 * Clockwise from the top left.
 * @param {Box} box
 */
function cornersOf({ left, top, width, height }) {
  return [
    [left, top],
    [left + width, top],
    [left + width, top + height],
    [left, top + height],
  ];
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function isSame(a, b) {
  return Math.abs(a[0] - b[0]) < SAME && Math.abs(a[1] - b[1]) < SAME;
}
