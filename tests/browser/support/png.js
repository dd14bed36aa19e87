// Small PNG files, also such as no honest program writes.

import { crc32, deflateSync } from "node:zlib";

/** Kinds of pixels, as PNG's header numbers them. */
const GREY = 0;
const RGB = 2;

/** A PNG whose header promises `width` × `height` grey pixels, with only as much picture data as fits in a few bytes. */
export function png(width, height) {
  // As many rows as a small buffer holds; a decoder that trusts the header has allocated the whole before it sees that.
  return file(width, height, GREY, Buffer.alloc(Math.min((width + 1) * height, 1 << 20)));
}

/** A PNG of `width` × `height` pixels, three bytes each. */
export function picture(width, height, rgb) {
  const rows = Array.from({ length: height }, (_, row) =>
    Buffer.concat([Buffer.from([0]), rgb.subarray(row * width * 3, (row + 1) * width * 3)]),
  );
  return file(width, height, RGB, Buffer.concat(rows));
}

function file(width, height, colours, rows) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colours, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
