// Model files with another manifest.

import { crc32 } from "node:zlib";

/** The bytes of a model file whose manifest `change(manifest)` has changed in place, its checksum made to fit. */
export function withManifest(bytes, change) {
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString("utf8", 8, start));
  const manifest = JSON.parse(header.__metadata__.glimpse);
  change(manifest);
  const text = JSON.stringify(manifest);
  const data = bytes.subarray(start);
  const checksum = crc32(data, crc32(text)).toString(16).padStart(8, "0");
  Object.assign(header.__metadata__, { glimpse: text, crc32: checksum });
  const json = JSON.stringify(header);
  const padded = Buffer.from(json + " ".repeat((8 - (Buffer.byteLength(json) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, data]);
}
