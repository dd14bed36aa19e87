// Photos at addresses.

/**
 * The photo at an address, asked for with the options of `fetch`. Fails with the signal's reason, or with a `PhotoError`, which
 * has the `status` that a server answered.
 */
export async function fetchPhoto(address, options = {}) {
  if (!URL.canParse(address, document.baseURI)) {
    throw photoError(`“${address}” is no address of a photo`);
  }
  const { href, host } = new URL(address, document.baseURI);
  let response;
  try {
    response = await fetch(href, options);
    if (response.ok) {
      return await response.blob();
    }
  } catch {
    options.signal?.throwIfAborted();
    throw photoError(`${host || "the address"} did not answer, or does not allow other sites to read its photos (CORS)`);
  }
  throw Object.assign(photoError(`${host} answered ${response.status}`), { status: response.status });
}

/** What fails for want of a photo that can be read. */
export function photoError(message) {
  return Object.assign(new Error(message), { name: "PhotoError" });
}
