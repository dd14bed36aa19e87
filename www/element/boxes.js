// Boxes of a page: their sides, corners and order.

/**
 * Lengths in pixels.
 * @typedef {{ left: number, top: number, width: number, height: number }} Box
 */

/**
 * What an element stands in, as it is shown: slots and shadow roots included.
 * @param {Element} node
 * @returns {Element | null}
 */
export function parentOf(node) {
  return node.assignedSlot ?? node.parentElement ?? /** @type {ShadowRoot} */ (node.getRootNode()).host ?? null;
}

/**
 * A computed length, percentage, or sum of both, in pixels.
 * @param {string} text
 * @param {number} whole What a hundred percent are.
 */
export function lengthOf(text, whole) {
  let sum = 0;
  for (const [, sign, number, unit] of text.matchAll(/([+-]?)\s*(\d*\.?\d+(?:e[+-]?\d+)?)(px|%)/g)) {
    sum += (sign === "-" ? -1 : 1) * (unit === "%" ? (Number(number) / 100) * whole : Number(number));
  }
  return sum;
}

/**
 * The radii of a border's corners, clockwise from the top left, made smaller where they would meet.
 * @param {CSSStyleDeclaration} style
 * @param {{ width: number, height: number }} size
 * @returns {[number, number][]}
 */
export function radiiOf(style, { width, height }) {
  const { borderTopLeftRadius, borderTopRightRadius, borderBottomRightRadius, borderBottomLeftRadius } = style;
  const radii = [borderTopLeftRadius, borderTopRightRadius, borderBottomRightRadius, borderBottomLeftRadius].map(
    (radius) => {
      const [x, y = x] = radius.split(" ");
      return [lengthOf(x, width), lengthOf(y, height)];
    },
  );
  const [[ax, ay], [bx, by], [cx, cy], [dx, dy]] = radii;
  const shrink = Math.min(1, width / (ax + bx), width / (cx + dx), height / (ay + dy), height / (by + cy));
  return radii.map(([x, y]) => [x * shrink, y * shrink]);
}

/**
 * A `clip-path` that cuts one box to another, whose corners may be round.
 * @param {Box} box
 * @param {Box} to
 * @param {[number, number][]} radii
 */
export function inset(box, to, radii) {
  const [left, top] = [to.left - box.left, to.top - box.top];
  const sides = [top, box.width - left - to.width, box.height - top - to.height, left];
  const across = radii.map(([x]) => `${x}px`).join(" ");
  const down = radii.map(([, y]) => `${y}px`).join(" ");
  const corners = radii.some(([x, y]) => x && y) ? ` round ${across} / ${down}` : "";
  return `inset(${sides.map((side) => `${side}px`).join(" ")}${corners})`;
}

/** @param {Box} box */
export function pixels({ left, top, width, height }) {
  return { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` };
}
