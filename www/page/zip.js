// ZIP archives of files that are stored as they are (PKWARE's APPNOTE 6.3, without compression). This page has no bundler and
// loads no code of others; sidecars are a kilobyte each, so that nothing would be gained by a library that compresses.

/** Files of one archive: their number has two bytes. */
export const MOST_FILES = 0xffff;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** ZIP 2.0. */
const VERSION = 20;
/** Names are UTF-8. */
const UTF8 = 0x0800;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  }
  return rest;
});

/**
 * An archive of texts, by their paths in it.
 * @param {{ path: string, text: string }[]} files At most `MOST_FILES`, and four gigabytes.
 * @param {Date} date When they were written.
 */
export function zip(files, date) {
  const encoder = new TextEncoder();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const locals = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const centrals = [];
  let offset = 0;
  for (const { path, text } of files) {
    const name = encoder.encode(path);
    const body = encoder.encode(text);
    // What both headers say, in this order: flags, no compression, time, day, checksum, both sizes, lengths of name and extra field.
    const common = fields(
      [2, UTF8],
      [2, 0],
      [2, timeOf(date)],
      [2, dayOf(date)],
      [4, crc32(body)],
      [4, body.length],
      [4, body.length],
      [2, name.length],
      [2, 0],
    );
    const local = [fields([4, LOCAL], [2, VERSION]), common, name, body];
    // No remark, one disk, no attributes, and where the local header is.
    const rest = fields([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]);
    locals.push(...local);
    centrals.push(fields([4, CENTRAL], [2, VERSION], [2, VERSION]), common, rest, name);
    offset += sizeOf(local);
  }
  const count = files.length;
  const end = fields([4, END], [2, 0], [2, 0], [2, count], [2, count], [4, sizeOf(centrals)], [4, offset], [2, 0]);
  return new Blob([...locals, ...centrals, end], { type: "application/zip" });
}

/**
 * Numbers one after the other, the lowest byte first: how many bytes, and the value.
 * @param {[2 | 4, number][]} numbers
 */
function fields(...numbers) {
  const bytes = new Uint8Array(numbers.reduce((total, [size]) => total + size, 0));
  const view = new DataView(bytes.buffer);
  let place = 0;
  for (const [size, value] of numbers) {
    if (size === 2) {
      view.setUint16(place, value, true);
    } else {
      view.setUint32(place, value, true);
    }
    place += size;
  }
  return bytes;
}

/** @param {Uint8Array[]} parts */
function sizeOf(parts) {
  return parts.reduce((total, { length }) => total + length, 0);
}

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest = CRC_TABLE[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  }
  return ~rest >>> 0;
}

/**
 * As MS-DOS has it, in steps of two seconds.
 * @param {Date} date
 */
function timeOf(date) {
  return (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
}

/** @param {Date} date */
function dayOf(date) {
  return ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
}
