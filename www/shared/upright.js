// Photos as they are seen: browsers turn a JPEG as its EXIF data say, and let a WebP lie. The runtime turns both.

/**
 * A photo for the browser to show: itself, or in its place a WebP's picture that was turned.
 * @param {Blob} photo
 * @returns {Promise<Blob>}
 */
export async function upright(photo) {
  try {
    const head = new Uint8Array(await photo.slice(0, 21).arrayBuffer());
    const hasExif = /^RIFF....WEBPVP8X/s.test(String.fromCharCode(...head)) && head[20] & 8;
    return hasExif ? await (await import("./turned-webp.js")).turned(photo) : photo;
  } catch {
    // Whoever shows it finds out what is wrong with it.
    return photo;
  }
}
