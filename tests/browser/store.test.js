// What the module keeps in the browser, and what it does where nothing can be kept.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { launch, SITE } from "./support/browser.js";
import { count, openModule, visitAgain } from "./support/module-page.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** The caption of a new captioner, which is disposed of. */
const captionOnce = (page, options = {}) =>
  page.evaluate(async (options) => {
    const progress = [];
    const captioner = await load({ ...options, onProgress: (each) => progress.push(each) });
    const { text } = await captioner.caption(await photo("cat"));
    captioner.dispose();
    const { loaded, total } = progress.at(-1);
    return loaded === total ? text : `progress ended with ${loaded} of ${total}`;
  }, options);

const large = (requests) => [count(requests, ".wasm"), count(requests, ".safetensors")];

/** The addresses that are kept, without the folder. */
const kept = (page) =>
  page.evaluate(async () => {
    const requests = await (await caches.open("glimpse")).keys();
    return requests.map(({ url }) => url.split("/kept/")[1]).sort();
  });

test("a second visit downloads neither model nor WebAssembly, until they are forgotten", async () => {
  const { context, page, requests } = await openModule(browser);
  const first = await captionOnce(page);
  assert.deepEqual(large(requests), [1, 1]);
  assert.equal((await kept(page)).length, 2);

  const again = await visitAgain(context);
  requests.splice(0);
  assert.equal(await captionOnce(again), first);
  assert.deepEqual(large(requests), [0, 0]);

  await again.evaluate(async () => {
    localStorage.setItem("glimpse-backend", "cpu");
    localStorage.setItem("other", "of the page's own");
    await (await caches.open("other")).put("/other", new Response("of the page's own"));
    await (await import(`${site}glimpse.js`)).forgetModel();
  });
  assert.deepEqual(await kept(again), []);
  const others = await again.evaluate(async () => [{ ...localStorage }, Boolean(await caches.match("/other"))]);
  assert.deepEqual(others, [{ other: "of the page's own" }, true]);
  assert.equal(await captionOnce(again), first);
  assert.deepEqual(large(requests), [1, 1]);
  await context.close();
});

test("what is kept is not mistaken for another file: a damaged download is refused and not kept", async () => {
  const { context, page, requests } = await openModule(browser, {
    prepare: (context) => context.route("**/models/glimpse.safetensors", (route) => route.fulfill({ body: "damaged" })),
  });
  assert.match(await page.evaluate(() => failure(load())), /glimpse.safetensors is not the file that was expected/);
  await context.unroute("**/models/glimpse.safetensors");
  assert.ok((await captionOnce(page)).length > 0);
  assert.equal(count(requests, ".safetensors"), 2);
  await context.close();
});

test("a new version throws out what the old one kept, and nothing else", async () => {
  const old = await readFile(new URL("models/cnn-transformer.safetensors", import.meta.url));
  const digest = createHash("sha256").update(old).digest("hex");
  const { context, page } = await openModule(browser, {
    prepare: async (context) => {
      const assets = await (await fetch(`${SITE}assets.js`)).text();
      const body = assets.replace(
        /("models\/glimpse.safetensors": ).*/,
        `$1{ bytes: ${old.length}, sha256: "${digest}" },`,
      );
      assert.ok(body.includes(digest));
      await context.route("**/assets.js", (route) => route.fulfill({ contentType: "text/javascript", body }));
      await context.route("**/models/glimpse.safetensors", (route) => route.fulfill({ body: old }));
    },
  });
  await captionOnce(page);
  assert.ok((await kept(page)).includes(`own/${digest}`));
  // Somebody else's model, with its integrity, stays when this module's own is replaced.
  const others = new URL("kept/other/1234", SITE).href;
  await page.evaluate(async (address) => (await caches.open("glimpse")).put(address, new Response("kept")), others);

  await context.unroute("**/assets.js");
  await context.unroute("**/models/glimpse.safetensors");
  const again = await visitAgain(context);
  await captionOnce(again);
  // It throws out when there is nothing else to do.
  await again.waitForFunction(async (old) => !(await caches.match(old)), new URL(`kept/own/${digest}`, SITE).href);
  const left = await kept(again);
  assert.deepEqual([left.length, left.includes("other/1234")], [3, true]);
  await context.close();
});

describe("where the cache", () => {
  const ways = {
    "is missing": () => Object.defineProperty(globalThis, "caches", { value: undefined }),
    "cannot be asked for": () =>
      Object.defineProperty(globalThis, "caches", {
        get() {
          throw new DOMException("sandboxed", "SecurityError");
        },
      }),
    "cannot be opened": () =>
      (CacheStorage.prototype.open = async () => {
        throw new DOMException("forbidden", "SecurityError");
      }),
    "is full": () =>
      (Cache.prototype.put = async () => {
        throw new DOMException("full", "QuotaExceededError");
      }),
    "cannot be read": () =>
      (Cache.prototype.match = Cache.prototype.keys =
        async () => {
          throw new DOMException("damaged", "UnknownError");
        }),
  };
  for (const [how, script] of Object.entries(ways)) {
    for (const worker of [true, false]) {
      test(`${how}, ${worker ? "in the worker" : "in the page"}, every visit downloads and captions`, async () => {
        const code = await (await fetch(`${SITE}captioner/worker.js`)).text();
        const { context, page, requests } = await openModule(browser, {
          prepare: async (context) => {
            await context.addInitScript(script);
            await context.route("**/worker.js", (route) =>
              route.fulfill({ contentType: "text/javascript", body: `${code}\n(${script})();` }),
            );
          },
        });
        let workers = 0;
        page.on("worker", () => (workers += 1));
        const first = await captionOnce(page, { worker });
        assert.equal(workers, worker ? 1 : 0);
        assert.equal(await captionOnce(await visitAgain(context), { worker }), first);
        assert.deepEqual(large(requests), [2, 2]);
        // Nothing can be thrown out, and nobody hears of it.
        await page.evaluate(async () => (await import(`${site}glimpse.js`)).forgetModel());
        await context.close();
      });
    }
  }
});
