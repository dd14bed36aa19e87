// Fetching a file while counting its bytes.

/**
 * Fetches `url` and returns a response whose bytes are counted while they are read.
 * `onProgress(loaded, total)` gets the bytes so far and of the whole file: `bytes`, or what the server says; `null` where
 * nobody knows, as with a file that the server compresses.
 */
export async function download(url, { bytes = null, cache = "default", onProgress }) {
  const name = nameOf(url);
  let response;
  try {
    response = await fetch(url, { cache });
  } catch {
    throw new Error(`${name} could not be fetched: the server did not answer, or does not allow this page to read it`);
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
  return new Response(response.body.pipeThrough(counter), { headers });
}

/** All bytes of a file of the visitor's. */
export async function fileBytes(file, onProgress) {
  onProgress(0, file.size);
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name ?? "the model"} could not be read`);
  }
  onProgress(bytes.byteLength, bytes.byteLength);
  return bytes;
}

/** What is sent is counted as it comes out of the compression, so that a compressed file's length says nothing. */
function sentBytes({ headers }) {
  return headers.get("content-encoding") ? null : Number(headers.get("content-length")) || null;
}

/** The last part of an address, for messages. */
export function nameOf(url) {
  return fileNameIn(new URL(url)) || "The file";
}

/** The last part of an address, as people write it; empty where it ends with a slash. */
export function fileNameIn({ pathname }) {
  const name = pathname.split("/").pop();
  try {
    return decodeURIComponent(name);
  } catch {
    // Percent signs that stand for nothing.
    return name;
  }
}
