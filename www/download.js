// Fetching a file while counting its bytes.

/**
 * The share of its size that a file keeps when a web server compresses it, by the end of its name. A browser counts the
 * bytes of a compressed file as they come out, but is told only how many go in; these make a good estimate of the whole.
 */
const COMPRESSED_SHARE = { ".wasm": 0.14, ".safetensors": 0.85 };

/**
 * Fetches `url` and returns a response whose bytes are counted while they are read.
 * `onProgress(loaded, total)` gets the bytes so far and, exactly or about, of the whole file; `total` is `null` where
 * nobody knows.
 */
export async function download(url, onProgress) {
  const name = nameOf(url);
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new Error(`${name} could not be fetched: the server did not answer`);
  }
  if (!response.ok) {
    throw new Error(`${name} could not be fetched: the server answered ${response.status}`);
  }

  const whole = expectedBytes(response, url);
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

/** All bytes of `url`. */
export async function downloadBytes(url, onProgress) {
  const response = await download(url, onProgress);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new Error(`${nameOf(url)} could not be fetched: the connection broke off`);
  }
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

function expectedBytes(response, url) {
  const sent = Number(response.headers.get("content-length"));
  if (!sent) {
    return null;
  }
  if (!response.headers.get("content-encoding")) {
    return sent;
  }
  const path = new URL(url).pathname;
  const ending = Object.keys(COMPRESSED_SHARE).find((end) => path.endsWith(end));
  return ending ? sent / COMPRESSED_SHARE[ending] : null;
}

function nameOf(url) {
  return decodeURIComponent(new URL(url).pathname.split("/").pop()) || "The file";
}
