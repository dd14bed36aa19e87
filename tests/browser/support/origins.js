// Servers of other origins: one port of this computer's each.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".jpg": "image/jpeg",
  ".avif": "image/avif",
};

/**
 * Serves an origin. `files` are folders and texts by their paths: `{ "/": "<p>page", "/photos/": folder }`, where a path
 * that ends in "/" and stands for a folder begins with it; a folder is a `URL` or path object `{ folder }`. Every answer
 * carries `headers`. Gives `{ address, asked, close }`; `asked` collects every path that was asked for.
 */
export async function serve(files, headers = {}) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    asked.push(pathname);
    const found = await find(files, pathname);
    if (found === null) {
      response.writeHead(404, headers).end();
    } else if (found.text !== undefined) {
      response.writeHead(200, { "content-type": TYPES[path.extname(pathname)] ?? TYPES[".html"], ...headers });
      response.end(found.text);
    } else {
      const type = TYPES[path.extname(found.file)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-length": found.bytes, ...headers });
      createReadStream(found.file).pipe(response);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    asked,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

async function find(files, pathname) {
  if (typeof files[pathname] === "string") {
    return { text: files[pathname] };
  }
  const base = Object.keys(files).find((base) => typeof files[base] !== "string" && pathname.startsWith(base));
  if (base === undefined) {
    return null;
  }
  const rest = decodeURIComponent(pathname.slice(base.length)) || "index.html";
  const file = path.join(files[base].folder, rest);
  const { size } = await stat(file).catch(() => ({}));
  return file.startsWith(files[base].folder) && size !== undefined ? { file, bytes: size } : null;
}

/** Headers as a file of examples has them, a line each. */
export function headersOf(text) {
  return Object.fromEntries(text.trim().split("\n").map((line) => line.split(/: (.*)/)));
}
