// Images of the page that an element is for: found by an id, told apart by their photos.

import { kindOf } from "../captioner/photo.js";

/** @import { PhotoSource } from "../captioner/captioner.js" */

/**
 * Images that stay what they are while they are in view, unlike a canvas or a video.
 * @typedef {HTMLImageElement | SVGImageElement} PageImage
 * @typedef {PageImage | HTMLCanvasElement | HTMLVideoElement} Named
 */

const KINDS = ["HTMLImageElement", "SVGImageElement", "HTMLCanvasElement", "HTMLVideoElement"];

/** Where an image's photo is. */
const ADDRESSES = ["src", "srcset", "href", "xlink:href"];

/** What decides which photo an image shows: its own attributes, and those of the sources beside it. */
const NAMING = [...ADDRESSES, "poster", "media", "type"];

/** What is watched for, so as to notice another image or another photo. */
export const WATCHED = ["id", ...NAMING];

/**
 * What an id names: in the tree of `host` or, from within shadow trees, in those round it.
 * @param {Element} host
 * @param {string} id
 * @returns {Element | null}
 */
export function findNamed(host, id) {
  for (const tree of id ? treesAround(host) : []) {
    // The top of a tree that is in no document.
    const found = isElement(tree) && tree.id === id ? tree : tree.querySelector(`#${CSS.escape(id)}`);
    if (found) {
      return found;
    }
  }
  return null;
}

/**
 * The image that an id names. Whatever else has the id, such as a picture, a figure, a link or a component, stands for the
 * first image in it. An image that has no photo yet is none.
 * @param {Element} host
 * @param {string} id
 * @returns {Named | null}
 */
export function findImage(host, id) {
  const named = findNamed(host, id);
  if (!named) {
    return null;
  }
  const held = "img, image, canvas, video";
  const inside = () => named.shadowRoot?.querySelector(held) ?? named.querySelector(held);
  const image = KINDS.includes(kindOf(named)) ? named : inside();
  return /** @type {Named | null} */ (image && (!isPageImage(image) || hasPhoto(image)) ? image : null);
}

/**
 * The trees that an id is looked for in, the nearest first.
 * @param {Element} host
 */
export function treesAround(host) {
  const trees = [/** @type {Node & ParentNode} */ (host.getRootNode())];
  while (kindOf(trees.at(-1)) === "ShadowRoot") {
    const shadow = /** @type {ShadowRoot} */ (/** @type {unknown} */ (trees.at(-1)));
    trees.push(/** @type {Node & ParentNode} */ (shadow.host.getRootNode()));
  }
  return trees;
}

/**
 * What tells the photo of an image from others: the same for two images that show the same one.
 * @param {Element} image
 */
export function photoOf(image) {
  return JSON.stringify(sourcesOf(image).map((node) => NAMING.map((name) => node.getAttribute(name))));
}

/** @param {Element} image */
function hasPhoto(image) {
  return sourcesOf(image).some((node) => ADDRESSES.some((name) => node.getAttribute(name)));
}

/**
 * An image, and the sources that it may choose from.
 * @param {Element} image
 */
function sourcesOf(image) {
  const parent = image.parentElement;
  const holder = parent && kindOf(parent) === "HTMLPictureElement" ? parent : image;
  return [image, ...holder.querySelectorAll("source")];
}

/**
 * Whether something is an element, be it of another document.
 * @param {unknown} value
 * @returns {value is Element}
 */
export function isElement(value) {
  return value !== null && typeof value === "object" && "tagName" in value;
}

/**
 * Whether a photo is that of an image.
 * @param {unknown} source
 * @returns {source is PageImage}
 */
export function isPageImage(source) {
  return ["HTMLImageElement", "SVGImageElement"].includes(kindOf(source));
}

/**
 * Whether the image lies in a page, where maps can be laid over it.
 * @param {PhotoSource} source
 * @param {Document} page
 * @returns {source is PageImage}
 */
export function isInPage(source, page) {
  return isPageImage(source) && source.isConnected && source.ownerDocument === page;
}

/**
 * Copies of the pictures that drawings hold: only they tell their size.
 * @type {WeakMap<SVGImageElement, HTMLImageElement>}
 */
const copies = new WeakMap();

/**
 * The size of an image's photo; of its place in the page as long as nobody knows.
 * @param {PageImage} image
 */
export function naturalSize(image) {
  const { naturalWidth: width, naturalHeight: height } = "naturalWidth" in image ? image : copyOf(image);
  return width && height ? { width, height } : image.getBoundingClientRect();
}

/** @param {SVGImageElement} image */
function copyOf(image) {
  const copy = copies.get(image) ?? new Image();
  copies.set(image, copy);
  const { href } = new URL(image.href.baseVal, image.baseURI);
  if (copy.src !== href) {
    copy.src = href;
  }
  return copy;
}
