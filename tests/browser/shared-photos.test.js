// Photos that come from other programs: shared with the installed page, or opened with it.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { launch, open, sample, untilCaption, untilProblem, untilState } from "./support/browser.js";
import { openPage, untilProgress } from "./support/folder.js";
import { mirror } from "./support/mirror.js";

const FOLDER = "some/folder/";

let browser;
let cat;
before(async () => {
  browser = await launch();
  cat = await sample("cat");
});
after(() => browser?.close());

describe("shared", () => {
  let site;
  beforeEach(async () => (site = await mirror({ folder: FOLDER })));
  afterEach(() => site.close());

  /** Shares files with the page as a system does: by what its manifest says, answered by the service worker. */
  const share = (page, names) =>
    page.evaluate(
      async ({ names, bytes }) => {
        const manifest = await (await fetch("manifest.webmanifest")).json();
        const { action, method, params } = manifest.share_target;
        const form = new FormData();
        for (const name of names) {
          form.append(params.files[0].name, new File([Uint8Array.from(bytes)], name, { type: "image/jpeg" }));
        }
        // A system opens what it is led to as a page, which the test does itself.
        const { type } = await fetch(action, { method, body: form, redirect: "manual" });
        return type;
      },
      { names, bytes: [...cat.buffer] },
    );
  const caches = (page) =>
    page.evaluate(async () => (await globalThis.caches.keys()).filter((name) => /shared/.test(name)));

  /** The page with its service worker at work. */
  async function visit() {
    const opened = await open(browser, { address: site.address, serviceWorkers: "allow" });
    await untilState(opened.page);
    await opened.page.evaluate(() => navigator.serviceWorker.ready);
    await opened.page.reload();
    await untilState(opened.page);
    return opened;
  }

  test("opens captioned, without the network, and is kept nowhere", async () => {
    const { context, page, complaints } = await visit();
    site.asked.length = 0;
    assert.equal(await share(page, ["Oma & Opa.jpg"]), "opaqueredirect");
    assert.equal((await caches(page)).length, 1);
    await page.goto(`${site.address}?shared`);
    assert.ok((await untilCaption(page)).length > 0);
    assert.equal(page.url(), site.address, "a reload does not ask for it again");
    assert.deepEqual(await caches(page), []);
    assert.deepEqual(
      site.asked.filter((path) => path !== "sw.js"),
      [],
      "the network saw nothing of it",
    );
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("several are a gallery by their names, and those before them that nobody took are gone", async () => {
    const { context, page } = await visit();
    await share(page, ["left.jpg"]);
    await share(page, ["1.jpg", "20% of it.jpg"]);
    await page.goto(`${site.address}?shared`);
    await untilProgress(page, "2 of 2");
    assert.deepEqual(await page.locator("#gallery-items .fine").allTextContents(), ["1.jpg", "20% of it.jpg"]);
    await context.close();
  });

  test("nothing is told so", async () => {
    const { context, page } = await visit();
    await share(page, []);
    await page.goto(`${site.address}?shared`);
    assert.match(await untilProblem(page), /^No photo has come from the program that shared it\./);
    await context.close();
  });
});

test("opened with the page, photos are captioned, and one that cannot be read is named", async () => {
  const { context, page, complaints } = await openPage(browser, {
    prepare: (context) =>
      context.addInitScript(() => {
        const setConsumer = (consumer) => (globalThis.launch = consumer);
        Object.defineProperty(globalThis, "launchQueue", { value: { setConsumer } });
      }),
  });
  await page.evaluate(
    (bytes) => {
      const file = (name) => new File([Uint8Array.from(bytes)], name, { type: "image/jpeg" });
      const handle = (name) => ({ name, getFile: async () => file(name) });
      const gone = { name: "gone.jpg", getFile: () => Promise.reject(new DOMException("no", "NotFoundError")) };
      globalThis.launch({ files: [] });
      globalThis.launch({ files: [handle("1.jpg"), gone, handle("2.jpg")] });
    },
    [...cat.buffer],
  );
  await untilProgress(page, "2 of 2");
  assert.equal(await untilProblem(page), "Files or folders that could not be read: 1, such as “gone.jpg”.");
  assert.deepEqual(complaints, []);
  await context.close();
});
