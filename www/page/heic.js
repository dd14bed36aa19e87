// HEIC, in which iPhones keep photos: few browsers open it, and visitors are to know what to do.

/** What ISO 23008-12 calls files of HEVC pictures, among the brands of ISO 14496-12. */
const BRANDS = /^....ftyp.*(hei[cmsx]|hev[cmsx])/s;

/**
 * Whether a file that no program could open is one.
 * @param {Blob} file
 */
export async function isHeic(file) {
  try {
    const bytes = new Uint8Array(await file.slice(0, 64).arrayBuffer());
    return BRANDS.test(String.fromCharCode(...bytes));
  } catch {
    return false;
  }
}
