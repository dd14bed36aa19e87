// Where an image's picture is seen: within its border and padding, as `object-fit` and `object-position` lay it, turned and
// scaled by transforms, and cut off by what is round it.

import { inset, lengthOf, parentOf, pixels, radiiOf } from "./boxes.js";
import { clippedBy } from "./clipping.js";
import { naturalSize } from "./page-image.js";

/** @import { Box } from "./boxes.js" */
/** @import { PageImage } from "./page-image.js" */

/**
 * Styles: of the image's border box, as it lies in the window; of the picture in that box; and `clip`, what is left of the
 * window by all that cuts the image off.
 * @typedef {{ frame: Record<string, string>, picture: Record<string, string>, clip: string }} Place
 */

/**
 * Where the picture is; `null` where nothing of it can be seen.
 * @param {PageImage} image
 * @returns {Place | null}
 */
export function visiblePicture(image) {
  const seen = { opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true };
  const bounds = image.getBoundingClientRect();
  if (!image.isConnected || !image.checkVisibility(seen) || !bounds.width || !bounds.height) {
    return null;
  }
  const clip = clippedBy(image);
  if (!clip) {
    return null;
  }
  const style = getComputedStyle(image);
  const isSvg = "preserveAspectRatio" in image;
  const inside = isSvg ? noInsets() : insetsOf(style);
  // What is drawn within a drawing is measured as it is seen.
  const size = isSvg ? bounds : borderBox(style, inside, bounds);
  const content = {
    left: inside.left,
    top: inside.top,
    width: Math.max(0, size.width - inside.left - inside.right),
    height: Math.max(0, size.height - inside.top - inside.bottom),
  };
  const { fit, position } = isSvg ? aspectOf(image) : { fit: style.objectFit, position: style.objectPosition };
  const picture = fitted(content, naturalSize(image), fit, position);
  return {
    frame: frameStyle(bounds, size, isSvg ? [1, 0, 0, 1] : linearPart(image), style),
    picture: { ...pixels(picture), clipPath: inset(picture, content, isSvg ? [] : innerRadii(style, size, inside)) },
    clip,
  };
}

/**
 * Where a picture of a natural size lies in a content box.
 * @param {Box} content
 * @param {{ width: number, height: number }} natural
 * @param {string} fit As `object-fit` is computed.
 * @param {string} position As `object-position` is computed.
 * @returns {Box}
 */
export function fitted(content, natural, fit, position) {
  const [across, down] = [content.width / natural.width, content.height / natural.height];
  /** @type {Record<string, number>} */
  const scales = {
    contain: Math.min(across, down),
    cover: Math.max(across, down),
    none: 1,
    "scale-down": Math.min(1, across, down),
  };
  const scale = scales[fit];
  const width = scale === undefined ? content.width : scale * natural.width;
  const height = scale === undefined ? content.height : scale * natural.height;
  const [x, y = "50%"] = position.match(/[\w-]*\((?:[^()]|\([^()]*\))*\)|[^\s]+/g) ?? ["50%"];
  return {
    left: content.left + lengthOf(x, content.width - width),
    top: content.top + lengthOf(y, content.height - height),
    width,
    height,
  };
}

/** @param {SVGImageElement} image */
function aspectOf(image) {
  const aspect = image.preserveAspectRatio.baseVal;
  if (aspect.align <= SVGPreserveAspectRatio.SVG_PRESERVEASPECTRATIO_NONE) {
    return { fit: "fill", position: "50% 50%" };
  }
  // From xMinYMin, row by row.
  const place = aspect.align - SVGPreserveAspectRatio.SVG_PRESERVEASPECTRATIO_XMINYMIN;
  const isSlice = aspect.meetOrSlice === SVGPreserveAspectRatio.SVG_MEETORSLICE_SLICE;
  return { fit: isSlice ? "cover" : "contain", position: `${50 * (place % 3)}% ${50 * Math.floor(place / 3)}%` };
}

function noInsets() {
  return { left: 0, top: 0, right: 0, bottom: 0 };
}

/**
 * Border and padding on each side.
 * @param {CSSStyleDeclaration} style
 */
function insetsOf(style) {
  const { borderLeftWidth, borderTopWidth, borderRightWidth, borderBottomWidth } = style;
  const { paddingLeft, paddingTop, paddingRight, paddingBottom } = style;
  return {
    left: Number.parseFloat(borderLeftWidth) + Number.parseFloat(paddingLeft),
    top: Number.parseFloat(borderTopWidth) + Number.parseFloat(paddingTop),
    right: Number.parseFloat(borderRightWidth) + Number.parseFloat(paddingRight),
    bottom: Number.parseFloat(borderBottomWidth) + Number.parseFloat(paddingBottom),
  };
}

/**
 * The size that an image has before it is transformed.
 * @param {CSSStyleDeclaration} style
 * @param {ReturnType<typeof insetsOf>} inside
 * @param {DOMRect} bounds
 */
function borderBox({ width, height, boxSizing }, inside, bounds) {
  const more = boxSizing === "border-box" ? noInsets() : inside;
  const size = {
    width: Number.parseFloat(width) + more.left + more.right,
    height: Number.parseFloat(height) + more.top + more.bottom,
  };
  // Styles are told in thousandths.
  const isSame = Math.abs(size.width - bounds.width) < 0.05 && Math.abs(size.height - bounds.height) < 0.05;
  return isSame ? { width: bounds.width, height: bounds.height } : size;
}

/**
 * How an image is turned, scaled and skewed by itself and by everything that it stands in: a, b, c and d of a matrix.
 * @param {Element} image
 */
function linearPart(image) {
  let matrix = new DOMMatrix();
  for (let node = /** @type {Element | null} */ (image); node; node = parentOf(node)) {
    const { transform, rotate, scale, display } = getComputedStyle(node);
    if (display === "inline" && node !== image) {
      continue;
    }
    const own = new DOMMatrix();
    for (const [name, value] of Object.entries({ rotate, scale })) {
      // Those in space are left to the bounds.
      if (value && value !== "none" && !/[xyz]|(\S+ ){2}/.test(value)) {
        own.multiplySelf(new DOMMatrix(`${name}(${value.replace(" ", ", ")})`));
      }
    }
    if (transform !== "none") {
      own.multiplySelf(new DOMMatrix(transform));
    }
    matrix = own.multiply(matrix);
  }
  return [matrix.a, matrix.b, matrix.c, matrix.d];
}

/**
 * A box about the same middle as the image's bounds, transformed as it is. Where that gives other bounds, for `zoom` and
 * perspective are no part of it, it is scaled to them.
 * @param {DOMRect} bounds
 * @param {{ width: number, height: number }} size
 * @param {number[]} linear
 * @param {CSSStyleDeclaration} style
 */
function frameStyle(bounds, size, [a, b, c, d], style) {
  const { width, height } = size;
  const across = bounds.width / (Math.abs(a) * width + Math.abs(c) * height);
  const down = bounds.height / (Math.abs(b) * width + Math.abs(d) * height);
  let matrix = [a, b, c, d].map((part) => part * across);
  if (!(Math.abs(across - down) < 0.02)) {
    matrix = [bounds.width / width, 0, 0, bounds.height / height];
  } else if (Math.abs(across - 1) < 0.001) {
    matrix = [a, b, c, d];
  }
  return {
    ...pixels({
      left: bounds.left + (bounds.width - width) / 2,
      top: bounds.top + (bounds.height - height) / 2,
      width,
      height,
    }),
    transform: matrix.join() === "1,0,0,1" ? "none" : `matrix(${matrix.join()}, 0, 0)`,
    clipPath: style.clipPath.startsWith("url") ? "none" : style.clipPath,
  };
}

/**
 * The radii of the content box's corners, which lie within those of the border.
 * @param {CSSStyleDeclaration} style
 * @param {{ width: number, height: number }} size
 * @param {ReturnType<typeof insetsOf>} inside
 * @returns {[number, number][]}
 */
function innerRadii(style, size, { left, top, right, bottom }) {
  const insets = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  return radiiOf(style, size).map(([x, y], corner) => [
    Math.max(0, x - insets[corner][0]),
    Math.max(0, y - insets[corner][1]),
  ]);
}
