// The page without the network, a new version in place of the old one, and the model forgotten.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { choose, launch, open, sample, untilCaption, untilState } from "./support/browser.js";
import { mirror } from "./support/mirror.js";

const FOLDER = "some/folder/";

let browser;
let site;
before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => (site = await mirror({ folder: FOLDER })));
afterEach(() => site.close());

/** The page of the mirror, with its service worker ready. */
async function visit(options) {
  const opened = await open(browser, { address: site.address, serviceWorkers: "allow", ...options });
  await untilState(opened.page);
  await opened.page.evaluate(() => navigator.serviceWorker.ready);
  return opened;
}

const large = (asked) => asked.filter((path) => /\.(wasm|safetensors)$/.test(path));

test("a second visit downloads nothing large, and captions with the network off", async () => {
  const { context, page } = await visit();
  await choose(page, await sample("cat"));
  const caption = await untilCaption(page);
  assert.deepEqual(large(site.asked).sort(), ["models/glimpse.safetensors", "runtime/cpu/glimpse_bg.wasm"]);
  assert.ok(site.asked.includes("sw.js"));

  site.asked.length = 0;
  await page.reload();
  await untilState(page);
  assert.deepEqual(
    site.asked.filter((path) => path !== "sw.js"),
    [],
    "only whether there is a newer version",
  );

  await site.close();
  await page.goto(`${site.address}?backend=cpu`);
  await untilState(page);
  await choose(page, await sample("cat"));
  assert.equal(await untilCaption(page), caption);
  await page.click('[data-sample="moose"]');
  assert.ok((await untilCaption(page)).length > 0, "the samples are kept as well");
  await page.selectOption("#language", "ko");
  await page.waitForFunction(() => document.documentElement.lang === "ko");
  await context.close();
});

test("once loaded, with its service worker ready, the page asks the network for nothing", async () => {
  const { context, page } = await visit();
  site.asked.length = 0;
  await choose(page, [await sample("cat"), await sample("moose")]);
  await untilState(page);
  await page.click("#all-words");
  assert.deepEqual(site.asked, []);
  await context.close();
});

test("a new version is offered, and replaces the old one when the visitor agrees", async () => {
  const { context, page } = await visit();
  const caches = () => page.evaluate(async () => (await globalThis.caches.keys()).filter((name) => /page/.test(name)));
  const [old] = await caches();
  assert.ok(old.includes(site.address), "named after its folder: another page of the origin has its own");
  assert.equal(await page.locator("#update").isVisible(), false);

  site.settings.change = (path, body) => {
    if (path === "sw.js") {
      return body.toString().replace(/VERSION = "\w+"/, 'VERSION = "newer"');
    }
    return path === "" ? body.toString().replace("</h1>", " 2</h1>") : undefined;
  };
  await page.reload();
  await page.waitForSelector("#update:visible");
  assert.match(await page.locator("h1").textContent(), /Glimpse$/, "nothing changes under the visitor's hands");
  assert.equal((await caches()).length, 2);
  await Promise.all([page.waitForEvent("load"), page.click("#use-update")]);
  await untilState(page);
  assert.match(await page.locator("h1").textContent(), /Glimpse 2$/);
  assert.equal(await page.locator("#update").isVisible(), false);
  assert.deepEqual(await caches(), [old.replace(/\w+$/, "newer")], "the old one is gone");
  await context.close();
});

test("a version that comes only in part replaces nothing", async () => {
  const { context, page } = await visit();
  site.settings.change = (path, body) =>
    path === "sw.js"
      ? body
          .toString()
          .replace(/VERSION = "\w+"/, 'VERSION = "newer"')
          .replace('"page/app.js"', '"page/app.js","missing.js"')
      : undefined;
  await page.reload();
  await untilState(page);
  const states = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const arriving = registration.installing;
    if (arriving) {
      await new Promise((resolve) => arriving.addEventListener("statechange", resolve));
    }
    return [registration.waiting?.state, registration.active.state];
  });
  assert.deepEqual(states, [undefined, "activated"]);
  await page.reload();
  await untilState(page);
  await context.close();
});

test("the model is forgotten when the visitor wants it, and comes again", async () => {
  const { context, page } = await visit();
  const kept = () => page.evaluate(async () => (await (await caches.open("glimpse")).keys()).length);
  assert.equal(await kept(), 2);
  await page.getByRole("button", { name: "Forget the model" }).click();
  await page.getByText("no longer kept").waitFor();
  assert.equal(await kept(), 0);
  await choose(page, await sample("cat"));
  assert.ok((await untilCaption(page)).length > 0, "the page goes on with what it has loaded");
  site.asked.length = 0;
  await page.reload();
  await untilState(page);
  assert.equal(large(site.asked).length, 2);
  await context.close();
});

test("browsers find what they need to install the page", async () => {
  const { context, page } = await visit();
  const session = await context.newCDPSession(page);
  const { data, errors, url } = await session.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  assert.equal(url, `${site.address}manifest.webmanifest`);
  const manifest = JSON.parse(data);
  for (const { src, sizes, type } of manifest.icons) {
    const response = await fetch(site.address + src);
    assert.equal(response.headers.get("content-type"), type, src);
    if (type === "image/png") {
      const png = Buffer.from(await response.arrayBuffer());
      assert.equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, sizes, src);
    }
  }
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // Windows in which nothing is kept, as this one's, are not for installing.
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito"),
    [],
  );
  await context.close();
});
