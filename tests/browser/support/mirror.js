// A web server in front of the page's own, which can change what is served, and go away.

import { createServer } from "node:http";

import { SITE } from "./browser.js";

/**
 * Serves the page below a folder of another origin. `settings.change(path, body)` may give another body for a file; `asked`
 * lists the files that were asked for; `close()` takes the whole server away, as a lost network does.
 */
export async function mirror({ folder = "" } = {}) {
  const asked = [];
  const settings = { change: () => undefined };
  const server = createServer(async (request, response) => {
    const path = request.url.slice(1 + folder.length);
    asked.push(path);
    if (!request.url.startsWith(`/${folder}`)) {
      response.writeHead(404).end();
      return;
    }
    const found = await fetch(SITE + path, { headers: { "accept-encoding": "identity" } });
    const body = Buffer.from(await found.arrayBuffer());
    // Lengths and dates are not those of a changed file.
    const kept = [...found.headers].filter(([name]) => !/length|encoding|connection|modified/.test(name));
    const headers = Object.fromEntries(kept);
    response.writeHead(found.status, headers).end(settings.change(path, body) ?? body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { address: `http://127.0.0.1:${server.address().port}/${folder}`, asked, settings, close };
}
