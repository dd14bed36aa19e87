// A page of somebody else's that the element stands in.

import { open, SITE } from "./browser.js";

/** A page that knows nothing but the one line, with `body`. Events of the element end up in `events`. */
export async function openEmbedded(browser, body, { path = "somebody.html", headers = {}, ...options } = {}) {
  const html = `<!doctype html><html lang="en"><title>Somebody's page</title><script type="module" src="element.js"></script>
    <link rel="icon" href="icon.svg"><body>${body}</body></html>`;
  const opened = await open(browser, {
    ...options,
    query: path,
    prepare: async (context) => {
      await context.route(`${SITE}${path}`, (route) =>
        route.fulfill({ contentType: "text/html", headers, body: html }),
      );
      await context.addInitScript(() => {
        globalThis.events = [];
        const note = ({ type, detail, target }) => globalThis.events.push({ type, detail, id: target.id });
        addEventListener("DOMContentLoaded", () => {
          for (const element of document.querySelectorAll("glimpse-captioner")) {
            for (const type of ["progress", "word", "caption", "alt", "error"]) {
              element.addEventListener(type, note);
            }
          }
        });
      });
      await options.prepare?.(context);
    },
  });
  return { ...opened, element: opened.page.locator("glimpse-captioner").first() };
}

/** Waits for an event of the element, and returns what it tells. */
export async function untilEvent(page, type, index = 0) {
  await page.waitForFunction(
    ([type, index]) => globalThis.events.filter((event) => event.type === type)[index],
    [type, index],
  );
  return page.evaluate(
    ([type, index]) => globalThis.events.filter((event) => event.type === type)[index].detail,
    [type, index],
  );
}

/** A part of the element. */
export const shown = (element, part) => element.locator(`[part~="${part}"]`);
