// Photos and models that are not what they should be: a clear sentence each, and a page that goes on working.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { choose, drop, launch, open, SITE, sample, untilCaption, untilProblem, untilState } from "./support/browser.js";
import { png } from "./support/png.js";

let browser;
let moose;
before(async () => {
  browser = await launch();
  moose = await sample("moose");
});
after(() => browser?.close());

const BAD_PHOTOS = [
  {
    what: "a text file",
    file: () => ({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("This is no photo.\n") }),
    says: /“notes\.txt” got no caption: .*not a photo/,
  },
  {
    what: "a text file that calls itself a photo",
    file: () => ({ name: "notes.jpg", mimeType: "image/jpeg", buffer: Buffer.from("This is no photo.\n") }),
    says: /“notes\.jpg” got no caption: .*not a photo/,
  },
  {
    what: "an empty file",
    file: () => ({ name: "nothing.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(0) }),
    says: /“nothing\.jpg” got no caption: .*empty/,
  },
  {
    what: "a truncated JPEG",
    file: () => ({ ...moose, name: "half.jpg", buffer: moose.buffer.subarray(0, moose.buffer.length / 2) }),
    says: /“half\.jpg” got no caption: .*(cut short|damaged)/,
  },
  {
    what: "a decompression bomb",
    file: () => ({ name: "bomb.png", mimeType: "image/png", buffer: png(40_000, 40_000) }),
    says: /“bomb\.png” got no caption: .*(too large|at most|limit)/,
  },
];

test("bad photos are refused, and a good one is captioned after each", async () => {
  const { context, page, complaints } = await open(browser);
  await untilState(page);
  for (const [index, { what, file, says }] of BAD_PHOTOS.entries()) {
    await (index % 2 ? drop : choose)(page, file());
    assert.match(await untilProblem(page), says, what);
    assert.equal(await page.locator("#retry").isVisible(), false, "another attempt with this photo would not help");
    assert.equal(await page.locator("#drop-zone").isVisible(), true, "the page waits for another photo");
    await choose(page, moose);
    assert.ok((await untilCaption(page)).length > 0, `a caption after ${what}`);
    assert.equal(await page.locator("#problem").isVisible(), false);
  }
  assert.deepEqual(complaints, []);
  await context.close();
});

test("something dropped that is no file is refused", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  const dataTransfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "just words");
    return data;
  });
  await page.dispatchEvent("body", "drop", { dataTransfer });
  assert.match(await untilProblem(page), /not a file/);
  await context.close();
});

/** The shipped model by another address, so that the page does not know its sum. */
const UNKNOWN_MODEL = `?model=${encodeURIComponent("models/glimpse.safetensors?unknown")}`;

const BAD_MODELS = [
  { what: "is missing", serve: () => ({ status: 404, body: "not found" }), says: /could not be loaded: .*404/ },
  { what: "is empty", serve: () => ({ body: Buffer.alloc(0) }), says: /could not be loaded: .*model file/ },
  {
    what: "is cut short",
    serve: (model) => ({ body: model.subarray(0, Math.floor(0.7 * model.length)) }),
    says: /could not be loaded: .*model file/,
  },
  {
    what: "has flipped bytes in its header",
    serve: (model) => ({ body: flip(model, 200, 300) }),
    says: /could not be loaded: .*(model file|manifest)/,
  },
  {
    what: "has a flipped byte in its header's length",
    serve: (model) => ({ body: flip(model, 6, 7) }),
    says: /could not be loaded: .*model file/,
  },
  {
    what: "has one flipped byte in its weights",
    serve: (model) => ({ body: flip(model, model.length - 10_000, model.length - 9_999) }),
    says: /could not be loaded: .*model file.*checksum/,
  },
  { what: "is another kind of file", serve: () => ({ body: moose.buffer }), says: /could not be loaded: .*model file/ },
];

for (const { what, serve, says } of BAD_MODELS) {
  test(`a model that ${what} is told, and can be tried again`, async () => {
    const model = await wholeModel();
    const { context, page } = await open(browser, {
      query: UNKNOWN_MODEL,
      prepare: (context) =>
        context.route("**/models/glimpse.safetensors?*", (route) =>
          route.fulfill({ contentType: "application/octet-stream", ...serve(model) }),
        ),
    });
    await untilState(page, "failed");
    assert.match(await untilProblem(page), says);

    // A photo given now is another attempt, and is kept for the one that succeeds.
    await choose(page, moose);
    await untilState(page, "failed");
    assert.match(await untilProblem(page), says);
    await context.unroute("**/models/glimpse.safetensors?*");
    await page.click("#retry");
    assert.ok((await untilCaption(page)).length > 0);
    assert.equal(await page.locator("#problem").isVisible(), false);
    await context.close();
  });
}

test("the page's own model, damaged on its way, is refused, and can be tried again", async () => {
  const model = await wholeModel();
  const { context, page } = await open(browser, {
    prepare: (context) =>
      context.route("**/models/glimpse.safetensors", (route) =>
        route.fulfill({ body: flip(model, 5_000_000, 5_000_001) }),
      ),
  });
  await untilState(page, "failed");
  assert.match(await untilProblem(page), /could not be loaded: .*not the file that was expected/);
  await context.unroute("**/models/glimpse.safetensors");
  await page.click("#retry");
  await untilState(page);
  await context.close();
});

test("a model of another site is refused", async () => {
  const { context, page, requests } = await open(browser, { query: "?model=https://example.org/model.safetensors" });
  await untilState(page, "failed");
  assert.match(await untilProblem(page), /same site/);
  assert.ok(requests.every((address) => address.startsWith(SITE) || address.startsWith("blob:")));
  await context.close();
});

test("a runtime that cannot be fetched is told, and can be tried again", async () => {
  const { context, page } = await open(browser, {
    prepare: (context) => context.route("**/runtime/cpu/glimpse_bg.wasm", (route) => route.abort()),
  });
  await untilState(page, "failed");
  assert.match(await untilProblem(page), /could not be loaded: .*fetched/);
  await context.unroute("**/runtime/cpu/glimpse_bg.wasm");
  await page.click("#retry");
  await untilState(page);
  await context.close();
});

let model;
async function wholeModel() {
  model ??= Buffer.from(await (await fetch(`${SITE}models/glimpse.safetensors`)).arrayBuffer());
  return model;
}

function flip(model, from, to) {
  const copy = Buffer.from(model);
  for (let place = from; place < to; place += 1) {
    copy[place] ^= 0xff;
  }
  return copy;
}
