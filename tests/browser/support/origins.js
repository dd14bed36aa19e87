// Servers of other origins: one port of this computer's each.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".jpg": "image/jpeg",
  ".avif": "image/avif",
};

const servers = [];

/**
 * Serves an origin until {@link closeAll}: texts, bytes and folders by their paths, such as
 * `{ "/": "<p>page", "/photos/": { folder } }`. Every answer carries `headers`. Gives `{ address, asked }`; `asked` collects
 * every path that was asked for.
 */
export async function serve(files, headers = {}) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/favicon.ico") {
      // Browsers ask for it by themselves, and complain where there is none.
      response.writeHead(204).end();
      return;
    }
    asked.push(pathname);
    const found = await find(files, pathname);
    if (found === null) {
      response.writeHead(404, headers).end();
    } else if (found.body !== undefined) {
      response.writeHead(200, { "content-type": TYPES[path.extname(pathname)] ?? TYPES[".html"], ...headers });
      response.end(found.body);
    } else {
      const type = TYPES[path.extname(found.file)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-length": found.bytes, ...headers });
      createReadStream(found.file).pipe(response);
    }
  });
  servers.push(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    asked,
  };
}

/** Closes all servers, also those of tests that failed. */
export async function closeAll() {
  for (const server of servers.splice(0)) {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}

async function find(files, pathname) {
  const exact = files[pathname];
  if (exact !== undefined && !exact.folder) {
    return { body: exact };
  }
  const base = Object.keys(files).find((base) => files[base].folder && pathname.startsWith(base));
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
  return Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => line.split(/: (.*)/)),
  );
}
