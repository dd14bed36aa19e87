// Photos that do not lie upright, and say so in their EXIF data.

/** TIFF data, as EXIF has them, with one entry: the orientation. */
function exif(orientation, isLittle) {
  const data = Buffer.alloc(26);
  const [write16, write32] = isLittle ? ["writeUInt16LE", "writeUInt32LE"] : ["writeUInt16BE", "writeUInt32BE"];
  data.write(isLittle ? "II" : "MM", 0, "latin1");
  data[write16](42, 2);
  data[write32](8, 4);
  data[write16](1, 8);
  data[write16](0x0112, 10);
  data[write16](3, 12);
  data[write32](1, 14);
  data[write16](orientation, 18);
  return data;
}

/** A JPEG file with that orientation. */
export function orientedJpeg(bytes, orientation) {
  const data = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), exif(orientation, false)]);
  const head = Buffer.from([0xff, 0xe1, 0, data.length + 2]);
  return Buffer.concat([bytes.subarray(0, 2), head, data, bytes.subarray(2)]);
}

/** A lossy WebP file of `width` × `height` opaque pixels, with that orientation and nothing else beside its picture. */
export function orientedWebp(bytes, orientation, { width, height, isLittle = true }) {
  const head = Buffer.alloc(10);
  head[0] = 8;
  head.writeUIntLE(width - 1, 4, 3);
  head.writeUIntLE(height - 1, 7, 3);
  const picture = bytes.subarray(bytes.indexOf("VP8 "));
  const body = Buffer.concat([
    Buffer.from("WEBP"),
    chunk("VP8X", head),
    picture,
    chunk("EXIF", exif(orientation, isLittle)),
  ]);
  return chunk("RIFF", body);
}

function chunk(name, data) {
  const head = Buffer.alloc(8);
  head.write(name, "latin1");
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}
