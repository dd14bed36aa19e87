// Files kept in the browser by their SHA-256, so that a second visit downloads nothing.

import { download, nameOf } from "./download.js";
import { DEFAULT_MODEL } from "./files.js";

const CACHE = "glimpse";

/** Entries of this site's or package's folder, so that two versions side by side do not throw each other's out. */
const FOLDER = DEFAULT_MODEL.replace(/[^/]*$/, "kept/");

/** The files that came with this one, which a newer version replaces, are kept apart from models of others. */
const entry = (sha256, own) => `${FOLDER}${own ? "own" : "other"}/${sha256}`;

/**
 * A response with the bytes of `url`, counted by `onProgress(loaded, total)`. Where their SHA-256 is known (64 hex
 * digits) they are checked, and kept. Where the cache is missing, forbidden or full, they are downloaded every time; where
 * they cannot be checked, which browsers do over https only, they are an error if `strict`, and not kept otherwise.
 */
export async function fetchFile(url, { bytes = null, sha256 = null, strict = false, onProgress }) {
  if (!sha256 || (!strict && !crypto.subtle)) {
    return download(url, { bytes, onProgress });
  }
  const cache = await openCache();
  const key = entry(sha256, !strict);
  const kept = await cache?.match(key).catch(() => undefined);
  if (kept) {
    const whole = Number(kept.headers.get("content-length"));
    onProgress(whole, whole);
    return kept;
  }
  // Asked for anew: under the same address the browser may still have an older version, of another sum.
  const response = await download(url, { bytes, cache: "no-cache", onProgress });
  const type = response.headers.get("content-type");
  const body = await bytesOf(response, url);
  await checkSha256(body, sha256, nameOf(url));
  const headers = { "content-type": type, "content-length": String(body.byteLength) };
  // A full disk, or a browser that refuses: the next visit downloads it again.
  await cache?.put(key, new Response(body, { headers })).catch(() => {});
  return new Response(body, { headers });
}

/** All bytes of what {@link fetchFile} returned. */
export async function bytesOf(response, url) {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new Error(`${nameOf(url)} could not be fetched: the connection broke off`);
  }
}

/** Fails where the bytes have another SHA-256, or where that cannot be told. */
export async function checkSha256(bytes, expected, name) {
  if (!crypto.subtle) {
    throw new Error(`${name} cannot be checked against its SHA-256: the page must come over https`);
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== expected) {
    throw new Error(`${name} is not the file that was expected: its SHA-256 is ${found}, not ${expected}`);
  }
}

/** Throws out what an older version kept of its own files. */
export async function keepOnly(sha256s) {
  const wanted = new Set(sha256s.map((sha256) => entry(sha256, true)));
  await remove((address) => address.startsWith(entry("", true)) && !wanted.has(address));
}

/** Throws out everything that is kept. */
export function forget() {
  return remove(() => true);
}

async function remove(isUnwanted) {
  const cache = await openCache();
  for (const { url } of (await cache?.keys().catch(() => [])) ?? []) {
    if (url.startsWith(FOLDER) && isUnwanted(url)) {
      await cache.delete(url).catch(() => {});
    }
  }
}

/** `null` on pages without https, in sandboxed frames, and where the visitor forbids it. */
async function openCache() {
  try {
    return await globalThis.caches.open(CACHE);
  } catch {
    return null;
  }
}
