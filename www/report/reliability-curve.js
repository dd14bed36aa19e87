// How often captions are right, by how sure the model is of them.

import { make } from "../shared/make.js";

/** @import { Bin } from "./data.js" */

const SIDE = 240;
const MARGIN = 26;

/**
 * A diagram of the bins that hold captions, and the same as a table.
 * @param {Bin[]} bins
 */
export function reliabilityCurve(bins) {
  const filled = bins.filter(({ count }) => count > 0);
  const size = SIDE + 2 * MARGIN;
  const svg = shape("svg", {
    viewBox: `0 0 ${size} ${size}`,
    role: "img",
    "aria-label": "Share right over confidence",
  });
  const x = (/** @type {number} */ share) => MARGIN + share * SIDE;
  const y = (/** @type {number} */ share) => MARGIN + (1 - share) * SIDE;
  const text = (/** @type {Record<string, string | number>} */ attributes, /** @type {string} */ words) => {
    const label = shape("text", attributes);
    label.append(words);
    return label;
  };
  svg.append(
    shape("rect", { class: "frame", x: MARGIN, y: MARGIN, width: SIDE, height: SIDE }),
    shape("line", { class: "ideal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    shape("polyline", { points: filled.map(({ confidence, right }) => `${x(confidence)},${y(right)}`).join(" ") }),
    ...filled.map(({ confidence, right }) => shape("circle", { cx: x(confidence), cy: y(right), r: 4 })),
    text({ x: x(0.5), y: size - 8, "text-anchor": "middle" }, "confidence, 0 to 100%"),
    text({ x: -y(0.5), y: 16, "text-anchor": "middle", transform: "rotate(-90)" }, "right, 0 to 100%"),
  );
  const head = ["confidence", "mean", "right", "captions"].map((name) => make("th", { scope: "col" }, name));
  const rows = [...bins.entries()]
    .filter(([, { count }]) => count > 0)
    .map(([place, { count, confidence, right }]) => {
      const range = `${(100 * place) / bins.length}–${(100 * (place + 1)) / bins.length}%`;
      const cells = [share(confidence), share(right), String(count)].map((value) => make("td", {}, value));
      return make("tr", {}, make("th", { scope: "row" }, range), ...cells);
    });
  const caption = make("caption", { class: "visually-hidden" }, "Share right by confidence");
  return [svg, make("table", {}, caption, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows))];
}

/** @param {number} part */
function share(part) {
  return `${Math.round(100 * part)}%`;
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function shape(name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, String(value));
  }
  return node;
}
