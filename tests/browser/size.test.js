// How much a first visit downloads, as it is sent: compressed.

import assert from "node:assert/strict";
import { get } from "node:http";
import { after, before, test } from "node:test";

import { choose, launch, open, SITE, sample, untilCaption, untilState } from "./support/browser.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** The bytes of an answer to a browser that takes brotli. */
function sentBytes(address) {
  return new Promise((resolve, reject) => {
    get(address, { headers: { "accept-encoding": "br" } }, (response) => {
      let bytes = 0;
      response.on("data", (chunk) => (bytes += chunk.length));
      response.on("end", () => resolve(bytes));
    }).on("error", reject);
  });
}

for (const locale of ["en-US", "ko-KR", "zh-CN"]) {
  test(`a first visit up to its first caption needs 31 kB of the page's scripts, and 12 MB in all (${locale})`, async () => {
    const { context, page, requests } = await open(browser, { locale });
    await untilState(page);
    await choose(page, await sample("cat"));
    await untilCaption(page);
    const addresses = [...new Set(requests)].filter((address) => address.startsWith(SITE));
    await context.close();
    const sizes = Object.fromEntries(
      await Promise.all(addresses.map(async (address) => [address.slice(SITE.length), await sentBytes(address)])),
    );
    const sum = (names) => names.reduce((total, name) => total + sizes[name], 0);
    const names = Object.keys(sizes);
    // What wasm-bindgen makes belongs to the WebAssembly module.
    const scripts = names.filter((name) => name.endsWith(".js") && !name.startsWith("runtime/"));
    for (const name of ["page/app.js", "captioner/worker.js", "captioner/engine.js", "page/texts/en.js"]) {
      assert.ok(scripts.includes(name), `${name} is one of ${scripts}`);
    }
    assert.ok(sum(scripts) <= 31_000, `${sum(scripts)} bytes of scripts`);
    assert.ok(sum(names) <= 12_000_000, `${sum(names)} bytes in all`);
    console.log(`${locale}: ${sum(scripts)} bytes of scripts, ${sum(names)} bytes in all`);
  });
}
