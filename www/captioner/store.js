// Files: fetched while their bytes are counted, and kept in the browser by their SHA-256, so that a second visit downloads
// nothing.

import { assetAt, pageModel } from "./files.js";
import { server } from "./host.js";

/**
 * Hears the bytes so far, and of the whole file: `null` where nobody knows.
 * @typedef {(loaded: number, total: number | null) => void} OnProgress
 */

const CACHE = "glimpse";

/** Entries of this site's or package's folder, so that two versions side by side do not throw each other's out. */
const folder = () => pageModel.replace(/[^/]*$/, "kept/");

/**
 * The files that came with this one, which a newer version replaces, are kept apart from models of others.
 * @param {string} sha256
 * @param {boolean} own
 */
const entry = (sha256, own) => `${folder()}${own ? "own" : "other"}/${sha256}`;

/**
 * A response with the bytes of `url`, counted by `onProgress`. Where their SHA-256 is known (64 hex
 * digits) they are checked, and kept. Where the cache is missing, forbidden or full, they are downloaded every time; where
 * they cannot be checked, which browsers do over https only, they are an error if `strict`, and not kept otherwise.
 * @param {string} url
 * @param {{ bytes?: number | null, sha256?: string | null, strict?: boolean, onProgress: OnProgress }} options
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
  const type = response.headers.get("content-type") ?? "";
  const body = await bytesOf(response, url);
  await checkSha256(body, sha256, nameOf(url));
  const headers = { "content-type": type, "content-length": String(body.byteLength) };
  // A full disk, or a browser that refuses: the next visit downloads it again.
  await cache?.put(key, new Response(body, { headers })).catch(() => {});
  return new Response(body, { headers });
}

/**
 * The bytes of a model: of a file, or what an address leads to, whose SHA-256 is `integrity` where that is asked for.
 * @param {string | Blob} model
 * @param {string | undefined} integrity
 * @param {OnProgress} onProgress
 */
export async function modelBytes(model, integrity, onProgress) {
  if (typeof model !== "string") {
    const bytes = await fileBytes(model, onProgress);
    if (integrity) {
      await checkSha256(bytes, integrity, "name" in model ? String(model.name) : "The model");
    }
    return bytes;
  }
  const known = assetAt(model);
  const options = integrity ? { sha256: integrity, strict: true } : known;
  return bytesOf(await fetchFile(model, { bytes: known?.bytes, ...options, onProgress }), model);
}

/**
 * All bytes of what {@link fetchFile} returned.
 * @param {Response} response
 * @param {string} url
 */
export async function bytesOf(response, url) {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new Error(`${nameOf(url)} could not be fetched: the connection broke off`);
  }
}

/**
 * Fails where the bytes have another SHA-256, or where that cannot be told.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} expected
 * @param {string} name
 */
async function checkSha256(bytes, expected, name) {
  if (!crypto.subtle) {
    throw new Error(`${name} cannot be checked against its SHA-256: the page must come over https`);
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = hexOf(digest);
  if (found !== expected) {
    throw new Error(`${name} is not the file that was expected: its SHA-256 is ${found}, not ${expected}`);
  }
}

/**
 * Two hex digits for each byte.
 * @param {Uint8Array} bytes
 */
export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Throws out what an older version kept of its own files.
 * @param {string[]} sha256s
 */
export async function keepOnly(sha256s) {
  const wanted = new Set(sha256s.map((sha256) => entry(sha256, true)));
  await remove((address) => address.startsWith(entry("", true)) && !wanted.has(address));
}

/** Throws out everything that is kept. */
export function forget() {
  return remove(() => true);
}

/** @param {(address: string) => boolean} isUnwanted */
async function remove(isUnwanted) {
  const cache = await openCache();
  for (const { url } of (await cache?.keys().catch(() => [])) ?? []) {
    if (url.startsWith(folder()) && isUnwanted(url)) {
      await cache?.delete(url).catch(() => {});
    }
  }
}

/** `null` on servers, on pages without https, in sandboxed frames, and where the visitor forbids it. */
async function openCache() {
  if (server) {
    return null;
  }
  try {
    return await globalThis.caches.open(CACHE);
  } catch {
    return null;
  }
}

/**
 * Fetches `url` and returns a response whose bytes are counted while they are read. The whole file has `bytes`, or what the
 * server says; nobody knows of a file that the server compresses.
 * @param {string} url
 * @param {{ bytes?: number | null, cache?: RequestCache, onProgress: OnProgress }} options
 */
async function download(url, { bytes = null, cache = "default", onProgress }) {
  const name = nameOf(url);
  let response;
  try {
    response = await (server?.fetchAddress ?? fetch)(url, { cache });
  } catch {
    throw new Error(
      server
        ? `${name} could not be fetched: ${server.reason(url)}`
        : `${name} could not be fetched: the server did not answer, or does not allow this page to read it`,
    );
  }
  if (!response.ok) {
    throw new Error(`${name} could not be fetched: the server answered ${response.status}`);
  }

  const whole = bytes ?? sentBytes(response);
  let loaded = 0;
  const counter = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      onProgress(loaded, whole && Math.max(whole, loaded));
      controller.enqueue(chunk);
    },
    flush() {
      onProgress(loaded, loaded);
    },
  });
  const headers = { "content-type": response.headers.get("content-type") ?? "" };
  return new Response(/** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body).pipeThrough(counter), {
    headers,
  });
}

/**
 * All bytes of a file of the visitor's.
 * @param {Blob | File} file
 * @param {OnProgress} onProgress
 */
async function fileBytes(file, onProgress) {
  onProgress(0, file.size);
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Error(`${"name" in file ? file.name : "the model"} could not be read`);
  }
  onProgress(bytes.byteLength, bytes.byteLength);
  return bytes;
}

/**
 * What is sent is counted as it comes out of the compression, so that a compressed file's length says nothing.
 * @param {Response} response
 */
function sentBytes({ headers }) {
  return headers.get("content-encoding") ? null : Number(headers.get("content-length")) || null;
}

/**
 * The last part of an address, for messages.
 * @param {string} url
 */
function nameOf(url) {
  return fileNameIn(new URL(url)) || "The file";
}

/**
 * The last part of an address, as people write it; empty where it ends with a slash.
 * @param {URL} url
 */
export function fileNameIn({ pathname }) {
  const name = /** @type {string} */ (pathname.split("/").pop());
  try {
    return decodeURIComponent(name);
  } catch {
    // Percent signs that stand for nothing.
    return name;
  }
}
