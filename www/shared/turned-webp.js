// A WebP's picture, turned as its EXIF data say: by the same entry that the runtime reads.

import { contextOf } from "./make.js";

/** More pixels than these are drawn smaller: Safari on iOS draws no larger canvas. */
const MOST_PIXELS = 16_000_000;

/**
 * How a picture of width and height 1 is drawn upright, by its orientation, from 2 on: the arguments of `transform`.
 * @type {[number, number, number, number, number, number][]}
 */
const TRANSFORMS = [
  [-1, 0, 0, 1, 1, 0],
  [-1, 0, 0, -1, 1, 1],
  [1, 0, 0, -1, 0, 1],
  [0, 1, 1, 0, 0, 0],
  [0, 1, -1, 0, 1, 0],
  [0, -1, -1, 0, 1, 1],
  [0, -1, 1, 0, 0, 1],
];

/**
 * The picture of a WebP file upright, or the file itself where it lies so. Fails where the browser cannot read it.
 * @param {Blob} photo
 */
export async function turned(photo) {
  const orientation = orientationOf(await photo.arrayBuffer());
  const transform = TRANSFORMS[orientation - 2];
  if (!transform) {
    return photo;
  }
  // A browser that will turn them some day must not do it as well.
  const bitmap = await createImageBitmap(photo, { imageOrientation: "none" });
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  const size = [scale * bitmap.width, scale * bitmap.height].map(Math.round);
  const [width, height] = orientation < 5 ? size : size.reverse();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = contextOf(canvas);
  context.scale(width, height);
  context.transform(...transform);
  context.drawImage(bitmap, 0, 0, 1, 1);
  bitmap.close();
  return new Promise((/** @type {(blob: Blob) => void} */ resolve) =>
    canvas.toBlob((blob) => resolve(blob ?? photo), "image/webp", 0.95),
  );
}

/**
 * The orientation in the EXIF data of a WebP file, from 1 to 8; 1 where there is none.
 * @param {ArrayBuffer} file
 */
function orientationOf(file) {
  const view = new DataView(file);
  try {
    for (let at = 12; ; at += 8 + view.getUint32(at + 4, true) + (view.getUint8(at + 4) & 1)) {
      if (view.getUint32(at) === 0x45584946 /* EXIF */) {
        return orientationIn(new DataView(file, at + 8, view.getUint32(at + 4, true)));
      }
    }
  } catch {
    // It ends before there is one.
    return 1;
  }
}

/** @param {DataView} tiff */
function orientationIn(tiff) {
  const isLittle = tiff.getUint32(0) === 0x49492a00;
  const start = tiff.getUint32(4, isLittle);
  const count = isLittle || tiff.getUint32(0) === 0x4d4d002a ? tiff.getUint16(start, isLittle) : 0;
  for (let entry = start + 2; entry < start + 2 + 12 * count; entry += 12) {
    const [tag, type] = [tiff.getUint16(entry, isLittle), tiff.getUint16(entry + 2, isLittle)];
    if (tag === 0x0112 && type === 3 && tiff.getUint32(entry + 4, isLittle) === 1) {
      return tiff.getUint16(entry + 8, isLittle);
    }
  }
  return 1;
}
