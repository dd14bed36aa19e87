// What stands for a photo: its kind, its address, and what is wrong with it.

/**
 * The name of the class that something is of, such as "HTMLImageElement". It is told for objects of other frames as well,
 * which `instanceof` is not, and where the class itself is missing, as in workers.
 * @param {unknown} value
 */
export function kindOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * An address that may be relative to the page, or to a worker's own file; `null` where it is none.
 * @param {string | URL} address
 */
export function absolute(address) {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  return URL.canParse(address, base) ? new URL(address, base) : null;
}

/**
 * The photo at an address, asked for with the options of `fetch`. Fails with the signal's reason, or with a `PhotoError`, which
 * has the `status` that a server answered.
 * @param {string} address
 * @param {RequestInit} [options]
 * @returns {Promise<Blob>}
 */
export async function fetchPhoto(address, options = {}) {
  const url = absolute(address);
  if (!url) {
    throw photoError(`“${address}” is no address of a photo`);
  }
  const { href, host } = url;
  let response;
  try {
    response = await fetch(href, options);
    if (response.ok) {
      return await response.blob();
    }
  } catch {
    options.signal?.throwIfAborted();
    throw photoError(
      `${host || "the address"} did not answer, or does not allow other sites to read its photos (CORS)`,
    );
  }
  throw Object.assign(photoError(`${host} answered ${response.status}`), { status: response.status });
}

/**
 * What fails for want of a photo that can be read.
 * @param {string} message
 */
export function photoError(message) {
  return Object.assign(new Error(message), { name: "PhotoError" });
}
