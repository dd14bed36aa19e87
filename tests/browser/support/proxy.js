// A proxy for a whole browser, which writes down every request that leaves it, and lets it reach this computer only.

import { request as ask, createServer } from "node:http";

/** Gives `{ address, asked, close }`; `asked` collects every address. */
export async function startProxy() {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    if (!URL.canParse(request.url) || new URL(request.url).hostname !== "127.0.0.1") {
      response.writeHead(502).end();
      return;
    }
    const { method, headers } = request;
    const forwarded = ask(request.url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    request.pipe(forwarded);
  });
  server.on("connect", (request, socket) => {
    asked.push(request.url);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { address: `http://127.0.0.1:${server.address().port}`, asked, close };
}
