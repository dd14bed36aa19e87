// Pictures that the browser decodes: opened, and read as pixels. Loaded when there is one, for most photos are files that the
// runtime decodes.

import { absolute, drawOn, fetchPhoto, kindOf, photoError, readPixels } from "./photo.js";

/** @import { Pixels, PhotoSource } from "./captioner.js" */
/** @import { Photo, Picture } from "./photo.js" */

/**
 * What a page can draw.
 * @typedef {Exclude<PhotoSource, Blob | ArrayBuffer | ArrayBufferView | string | URL>} Drawn
 */

/** What an SVG picture without a size of its own is given. */
const USUAL = { width: 300, height: 150 };

/** What an image element asks for, and how. */
const ASKED = ["crossorigin", "referrerpolicy", "sizes", "srcset"];

/**
 * The pixels of a picture; or a file: of bytes, and where another site's picture may be shown, but not read, and could be fetched: the page
 * may not have asked for it with CORS.
 * @param {Drawn | ArrayBuffer | ArrayBufferView} source
 * @param {AbortSignal} signal
 * @returns {Promise<Photo | Blob>}
 */
export async function readPicture(source, signal) {
  if (isBytes(source)) {
    return new Blob([unshared(source)]);
  }
  if (isPlain(source)) {
    const { data, width, height } = source;
    return { pixels: new Uint8Array(data), width, height };
  }
  const picture = await openPicture(source);
  try {
    return readPixels(picture);
  } catch (error) {
    if (!picture.address) {
      throw error;
    }
    return fetchPhoto(picture.address, { signal });
  } finally {
    close(picture, source);
  }
}

/**
 * @param {unknown} source
 * @returns {source is ArrayBuffer | ArrayBufferView}
 */
function isBytes(source) {
  return ArrayBuffer.isView(source) || ["ArrayBuffer", "SharedArrayBuffer"].includes(kindOf(source));
}

/**
 * Bytes that no other thread can change, which a `Blob` takes no others.
 * @param {ArrayBuffer | ArrayBufferView} source
 * @returns {ArrayBuffer | ArrayBufferView<ArrayBuffer>}
 */
function unshared(source) {
  try {
    const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(source) ? source : new Uint8Array(source);
    return new Uint8Array(buffer, byteOffset, byteLength).slice();
  } catch {
    throw photoError("the bytes are not there any more");
  }
}

/**
 * The pixels of a drawing's file.
 * @param {Blob} file
 * @returns {Promise<Photo>}
 */
export async function readDrawing(file) {
  const picture = await openSvg(file);
  try {
    return readPixels(picture);
  } finally {
    close(picture, file);
  }
}

/**
 * Draws any picture on a canvas that is at most `widest` pixels wide.
 * @param {HTMLCanvasElement} canvas
 * @param {Drawn | Blob} source
 * @param {{ widest: number, signal: AbortSignal }} options
 */
export async function drawPicture(canvas, source, { widest, signal }) {
  const picture = await openPicture(source);
  try {
    signal.throwIfAborted();
    drawOn(canvas, picture, Math.min(1, widest / picture.width));
  } finally {
    close(picture, source);
  }
}

/**
 * Waits until a picture can be drawn. Nothing of the page changes: of an image that is not to be loaded yet, a copy is.
 * @param {Drawn | Blob} source
 * @returns {Promise<Picture>}
 */
async function openPicture(source) {
  if (isFile(source)) {
    return source.type.startsWith("image/svg") ? openSvg(source) : sized(await createImageBitmap(source));
  }
  switch (kindOf(source)) {
    case "ImageData": {
      const data = /** @type {ImageData} */ (source);
      return sized(
        await createImageBitmap(data).catch(() => {
          throw photoError("the pixels are not there any more");
        }),
      );
    }
    case "HTMLPictureElement": {
      const image = /** @type {HTMLPictureElement} */ (source).querySelector("img");
      if (!image) {
        throw photoError("the picture element holds no img");
      }
      return openPicture(image);
    }
    case "HTMLImageElement": {
      const image = /** @type {HTMLImageElement} */ (source);
      return decoded(isHeldBack(image) ? copyOf(image) : image);
    }
    case "SVGImageElement":
      return openSvgImage(/** @type {SVGImageElement} */ (source));
    case "HTMLVideoElement":
      return openVideo(/** @type {HTMLVideoElement} */ (source));
    case "VideoFrame": {
      const { displayWidth: width, displayHeight: height } = /** @type {VideoFrame} */ (source);
      return withPixels({ image: /** @type {VideoFrame} */ (source), width, height });
    }
    case "HTMLCanvasElement":
    case "OffscreenCanvas":
    case "ImageBitmap":
      return sized(/** @type {HTMLCanvasElement | OffscreenCanvas | ImageBitmap} */ (source));
    default:
      if (isBytes(Object(source).data)) {
        const { data, width, height } = /** @type {any} */ (source);
        throw photoError(`${width}×${height} pixels of red, green, blue and alpha are not ${data.length} bytes`);
      }
      throw new TypeError(
        "a photo is a File, Blob, ArrayBuffer, ImageData, ImageBitmap, VideoFrame, img, picture, SVG image, canvas, video " +
          "or an address",
      );
  }
}

/**
 * @param {Drawn | Blob} source
 * @returns {source is Blob}
 */
function isFile(source) {
  return ["Blob", "File"].includes(kindOf(source));
}

/** @param {HTMLCanvasElement | OffscreenCanvas | ImageBitmap} image */
function sized(image) {
  return withPixels({ image, width: image.width, height: image.height });
}

/** @param {Picture} picture */
function withPixels(picture) {
  if (!picture.width || !picture.height) {
    throw photoError("the element has no picture yet, or none any more");
  }
  return picture;
}

/**
 * Gives back what was opened here.
 * @param {Picture} picture
 * @param {Drawn | Blob} source
 */
function close({ image, address }, source) {
  if (image !== source && kindOf(image) === "ImageBitmap") {
    /** @type {ImageBitmap} */ (image).close();
  }
  if (isFile(source) && address) {
    URL.revokeObjectURL(address);
  }
}

/**
 * Bytes of sRGB, as the runtime takes them, of an `ImageData` or of what only looks like one; others are converted.
 * @param {any} source
 * @returns {source is Pixels}
 */
function isPlain(source) {
  const { data, colorSpace = "srgb", width, height } = source ?? {};
  return (
    ["Uint8ClampedArray", "Uint8Array"].includes(kindOf(data)) &&
    width > 0 &&
    data.length === 4 * width * height &&
    colorSpace === "srgb"
  );
}

/**
 * @param {HTMLImageElement} image
 * @returns {Promise<Picture>}
 */
async function decoded(image) {
  // Firefox decodes the picture before, as long as it shows that until another one has arrived.
  while (!image.complete) {
    await new Promise((resolve) => {
      image.addEventListener("load", resolve, { once: true });
      image.addEventListener("error", resolve, { once: true });
    });
  }
  await image.decode().catch(() => {
    throw photoError("the image element has no picture, or a broken one");
  });
  return {
    image,
    width: image.naturalWidth || USUAL.width,
    height: image.naturalHeight || USUAL.height,
    address: image.currentSrc,
  };
}

/**
 * Whether the browser may never load an image: a lazy one outside the view, or one of no page.
 * @param {HTMLImageElement} image
 */
function isHeldBack({ naturalWidth, complete, loading, ownerDocument }) {
  return (loading === "lazy" && !(complete && naturalWidth)) || (!naturalWidth && !ownerDocument.defaultView);
}

/**
 * Another image with the same picture.
 * @param {HTMLImageElement} image
 */
function copyOf(image) {
  const copy = new Image();
  const { parentElement } = image;
  if (parentElement && kindOf(parentElement) === "HTMLPictureElement") {
    const sources = [...parentElement.querySelectorAll("source")].map((source) => document.importNode(source));
    const picture = document.createElement("picture");
    picture.append(...sources, copy);
  }
  for (const name of ASKED) {
    const value = image.getAttribute(name);
    if (value !== null) {
      copy.setAttribute(name, value);
    }
  }
  if (image.hasAttribute("src")) {
    copy.src = image.src;
  }
  return copy;
}

/** @param {SVGImageElement} source */
function openSvgImage(source) {
  const image = new Image();
  const [crossOrigin, address] = [source.getAttribute("crossorigin"), source.href.baseVal];
  if (crossOrigin !== null) {
    image.crossOrigin = crossOrigin;
  }
  if (address && URL.canParse(address, source.baseURI)) {
    image.src = new URL(address, source.baseURI).href;
  }
  return decoded(image);
}

/**
 * The present frame; before the first, the picture that the page shows in its place.
 * @param {HTMLVideoElement} video
 */
function openVideo(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && width) {
    return { image: video, width, height };
  }
  if (!video.poster) {
    throw photoError("the video has no picture yet");
  }
  return decoded(Object.assign(new Image(), { src: absolute(video.poster)?.href ?? video.poster }));
}

/**
 * A drawing in a file, which browsers decode as an image element's only.
 * @param {Blob} file
 */
function openSvg(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  return decoded(image);
}
