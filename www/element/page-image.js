// Images of the page that an element is for: found by an id, told apart by their photos.

import { kindOf } from "../captioner/photo.js";

/** @import { PhotoSource } from "../captioner/captioner.js" */

/**
 * Images that stay what they are while they are in view, unlike a canvas or a video.
 * @typedef {HTMLImageElement | SVGImageElement} PageImage
 * @typedef {PageImage | HTMLCanvasElement | HTMLVideoElement} Named
 */

const KINDS = ["HTMLImageElement", "SVGImageElement", "HTMLCanvasElement", "HTMLVideoElement"];

/** What decides which photo an image shows: its own attributes, and those of the sources beside it. */
const NAMING = ["src", "srcset", "href", "xlink:href", "poster", "media", "type"];

/** What is watched for, so as to notice another image or another photo. */
export const WATCHED = ["id", ...NAMING];

/**
 * The image that an id names: in the tree of `host` or, from within shadow trees, in those round it. Whatever else has the id,
 * such as a picture, a figure or a link, stands for the first image in it.
 * @param {Element} host
 * @param {string} id
 * @returns {Named | null}
 */
export function findImage(host, id) {
  if (!id) {
    return null;
  }
  const name = `#${CSS.escape(id)}`;
  for (let root = host.getRootNode(); ; root = /** @type {ShadowRoot} */ (root).host.getRootNode()) {
    const tree = /** @type {ParentNode & Node} */ (root);
    const named = root instanceof Element && root.id === id ? root : tree.querySelector(name);
    if (named) {
      const image = KINDS.includes(kindOf(named)) ? named : named.querySelector("img, image, canvas, video");
      return /** @type {Named | null} */ (image);
    }
    if (!(root instanceof ShadowRoot)) {
      return null;
    }
  }
}

/**
 * The trees that {@link findImage} looks in.
 * @param {Element} host
 */
export function treesAround(host) {
  const trees = [host.getRootNode()];
  for (let [tree] = trees; tree instanceof ShadowRoot; ) {
    tree = tree.host.getRootNode();
    trees.push(tree);
  }
  return trees;
}

/**
 * What tells the photo of an image from others: the same for two images that show the same one.
 * @param {Element} image
 */
export function photoOf(image) {
  const parent = image.parentElement;
  const holder = parent && kindOf(parent) === "HTMLPictureElement" ? parent : image;
  const sources = [...holder.querySelectorAll("source")];
  const named = [image, ...sources].map((node) => NAMING.map((name) => node.getAttribute(name)));
  return JSON.stringify(named);
}

/**
 * Whether a photo is that of an image.
 * @param {PhotoSource} source
 * @returns {source is PageImage}
 */
export function isPageImage(source) {
  return ["HTMLImageElement", "SVGImageElement"].includes(kindOf(source));
}

/**
 * Whether the image lies in this page, where maps can be laid over it.
 * @param {PhotoSource} source
 * @returns {source is PageImage}
 */
export function isInPage(source) {
  return isPageImage(source) && source.isConnected && source.ownerDocument === document;
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
  const { naturalWidth: width, naturalHeight: height } = image instanceof SVGImageElement ? copyOf(image) : image;
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
