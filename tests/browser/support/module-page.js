// An empty page of the site's origin that uses the module as another page would, without the site's own.

import { open, SITE } from "./browser.js";

/**
 * Opens it; see `open` for the rest. In the page, `load(options)` loads a captioner, on the CPU where the options name no
 * backend, and `photo(name)` gives a sample as a `Blob`.
 */
export function openModule(browser, { prepare, ...options } = {}) {
  return open(browser, { ...options, address: `${SITE}empty.html`, prepare: (context) => furnish(context, prepare) });
}

/** Another page in the same context: a later visit. */
export async function visitAgain(context) {
  const page = await context.newPage();
  await page.goto(`${SITE}empty.html`);
  return page;
}

async function furnish(context, prepare) {
  await context.route(`${SITE}empty.html`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>empty</title><body>" }),
  );
  await context.addInitScript((site) => {
    window.site = site;
    window.load = async (options) => {
      const { loadCaptioner } = await import(`${site}glimpse.js`);
      return loadCaptioner({ backend: "cpu", ...options });
    };
    window.photo = async (name) => (await fetch(`${site}samples/${name}.jpg`)).blob();
    /** What a promise fails with, as text. */
    window.failure = (promise) =>
      promise.then(
        () => "it did not fail",
        (error) => `${error.name}: ${error.message}`,
      );
  }, SITE);
  await prepare?.(context);
}

/** What the module says of a sample. */
export async function captionOf(browser, name) {
  const { context, page } = await openModule(browser);
  const text = await page.evaluate(async (name) => (await (await load()).caption(await photo(name))).text, name);
  await context.close();
  return text;
}

/** How many addresses end in `end`. */
export function count(requests, end) {
  return requests.filter((address) => new URL(address).pathname.endsWith(end)).length;
}
