// The module in a page of somebody else's: sources, turns, aborting, sharing, integrity, and pages without workers.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, SITE } from "./support/browser.js";
import { count, openModule } from "./support/module-page.js";
import { captionOf, replaceFiles, replaceRuntime, TRAP } from "./support/stub-runtime.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

describe("sources", () => {
  let context, page, complaints, expected, other;
  before(async () => {
    ({ context, page, complaints } = await openModule(browser));
    [expected, other] = await page.evaluate(async () => {
      window.captioner = await load();
      window.blob = await photo("polar-bear");
      window.caption = async (source) => (await captioner.caption(source)).text;
      window.image = new Image();
      image.src = URL.createObjectURL(blob);
      await image.decode();
      window.canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      canvas.getContext("2d").drawImage(image, 0, 0);
      return [await caption(blob), await caption(await photo("coffee"))];
    });
    assert.notEqual(expected, other, "the photos can be told apart by their captions");
  });
  after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });

  const sources = {
    File: () => new File([blob], "photo.jpg"),
    address: () => `${site}samples/polar-bear.jpg`,
    "address relative to the page": () => "samples/polar-bear.jpg",
    URL: () => new URL(`${site}samples/polar-bear.jpg`),
    ArrayBuffer: () => blob.arrayBuffer(),
    Uint8Array: async () => new Uint8Array(await blob.arrayBuffer()),
    img: () => image,
    "img that is still loading": () => Object.assign(new Image(), { src: `${site}samples/polar-bear.jpg?slow` }),
    canvas: () => canvas,
    OffscreenCanvas: () => {
      const offscreen = new OffscreenCanvas(canvas.width, canvas.height);
      offscreen.getContext("2d").drawImage(image, 0, 0);
      return offscreen;
    },
    ImageBitmap: () => createImageBitmap(blob),
    ImageData: () => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height),
    "frame of a video": async () => {
      const video = Object.assign(document.createElement("video"), {
        muted: true,
        srcObject: canvas.captureStream(10),
      });
      // A canvas sends a frame when it is drawn on.
      const drawing = setInterval(() => canvas.getContext("2d").drawImage(image, 0, 0), 50);
      await video.play();
      clearInterval(drawing);
      return video;
    },
  };
  for (const [kind, make] of Object.entries(sources)) {
    test(kind, async () => {
      assert.equal(await page.evaluate(`(async () => caption(await (${make})()))()`), expected);
    });
  }

  const refused = [
    ["null", /TypeError: a photo is a File/],
    ["document.body", /TypeError: a photo is a File/],
    ["new Image()", /PhotoError: the image element has no picture/],
    ["document.createElement('video')", /PhotoError: the video has no picture yet/],
    ["new Blob([])", /PhotoError/],
    ["new Blob(['no photo'])", /UnknownFormatError/],
    ["site + 'samples/nothing.jpg'", /PhotoError: 127.0.0.1:\d+ answered 404/],
  ];
  for (const [source, says] of refused) {
    test(`${source} is refused, and the next photo works`, async () => {
      assert.match(await page.evaluate(`failure(captioner.caption(${source}))`), says);
      assert.equal(await page.evaluate("caption(blob)"), expected);
      complaints.splice(0);
    });
  }
});

test("a caption has words with maps and pictures of them, and runners-up; progress ends with every byte", async () => {
  const { context, page } = await openModule(browser);
  const { caption, progress, modelBytes, words } = await page.evaluate(async () => {
    const progress = [];
    const captioner = await load({ onProgress: (each) => progress.push(each) });
    const words = [];
    const photograph = await photo("cat");
    const caption = await captioner.caption(photograph, {
      beams: 3,
      alternatives: 2,
      onWord: (word) => words.push(word),
    });
    const plain = ({ map, heat, ...word }) => ({
      ...word,
      cells: map.length,
      sum: map.reduce((sum, weight) => sum + weight, 0),
      isPicture: new ImageData(heat.pixels, heat.width, heat.height).width === heat.width,
    });
    return {
      words: words.map(({ text }) => text),
      caption: {
        ...caption,
        words: caption.words.map(plain),
        alternatives: caption.alternatives.map(({ text }) => text),
      },
      progress,
      modelBytes: captioner.modelBytes,
    };
  });
  assert.deepEqual(
    words,
    caption.words.map(({ text }) => text),
  );
  assert.equal(caption.text, words.join(" "));
  for (const word of caption.words) {
    assert.equal(word.cells, caption.grid.rows * caption.grid.columns);
    assert.ok(Math.abs(word.sum - 1) < 1e-3 && word.isPicture && word.probability > 0 && word.probability <= 1);
  }
  assert.equal(new Set([caption.text, ...caption.alternatives]).size, 3);
  assert.equal(caption.backend, "cpu");
  const wasm = await fetch(`${SITE}runtime/cpu/glimpse_bg.wasm`).then((response) => response.arrayBuffer());
  assert.deepEqual(progress.at(-1), { loaded: modelBytes + wasm.byteLength, total: modelBytes + wasm.byteLength });
  await context.close();
});

test("many captions wait for their turn, and each gets its own", async () => {
  const { context, page } = await openModule(browser);
  const { alone, queued, order } = await page.evaluate(async () => {
    const names = ["polar-bear", "coffee", "cat"];
    const captioner = await load();
    const photos = await Promise.all(names.map(photo));
    const alone = [];
    for (const each of photos) {
      alone.push((await captioner.caption(each)).text);
    }
    const order = [];
    const queued = await Promise.all(
      [...Array(12).keys()].map(async (number) => {
        const { text } = await captioner.caption(photos[number % 3]);
        order.push(number);
        return text;
      }),
    );
    return { alone, queued, order };
  });
  assert.equal(new Set(alone).size, 3);
  assert.deepEqual(queued, [...alone, ...alone, ...alone, ...alone]);
  assert.deepEqual(order, [...Array(12).keys()]);
  await context.close();
});

test("a model on Hugging Face's Hub is called by its name", async () => {
  const asked = [];
  const { context, page } = await openModule(browser, {
    prepare: (context) =>
      context.route("https://huggingface.co/**", (route) => {
        asked.push(route.request().url());
        const path = fileURLToPath(new URL("models/merge-lstm.safetensors", import.meta.url));
        return route.fulfill({ path, headers: { "access-control-allow-origin": "*" } });
      }),
  });
  const kinds = await page.evaluate(async () => {
    const kind = async (model) => (await load({ model })).manifest.decoder.kind;
    return [await kind("hf:someone/photos"), await kind("hf:someone/photos.v2@1a2b3c")];
  });
  assert.deepEqual(kinds, ["merge-lstm", "merge-lstm"]);
  assert.deepEqual(asked, [
    "https://huggingface.co/someone/photos/resolve/main/model.safetensors",
    "https://huggingface.co/someone/photos.v2/resolve/1a2b3c/model.safetensors",
  ]);
  await context.close();
});

describe("aborting", () => {
  test("while loading: the worker ends, and a later attempt succeeds", async () => {
    const { context, page, requests } = await openModule(browser, {
      prepare: (context) => context.route("**/*.safetensors", () => {}),
    });
    const asked = page.waitForEvent("request", (request) => request.url().endsWith(".safetensors"));
    const loading = page.evaluate(() => {
      window.abort = new AbortController();
      return failure(load({ signal: abort.signal }));
    });
    await asked;
    const [worker] = page.workers();
    const ended = new Promise((resolve) => worker.once("close", resolve));
    await page.evaluate(() => abort.abort(new RangeError("no longer wanted")));
    assert.equal(await loading, "RangeError: no longer wanted");
    await ended;
    assert.equal(page.workers().length, 0);

    await context.unroute("**/*.safetensors");
    assert.ok((await page.evaluate(async () => (await (await load()).caption(await photo("cat"))).text)).length > 0);
    assert.equal(count(requests, ".safetensors"), 2);
    await context.close();
  });

  test("before loading: nothing is fetched", async () => {
    const { context, page, requests } = await openModule(browser);
    assert.match(await page.evaluate(() => failure(load({ signal: AbortSignal.abort() }))), /^AbortError/);
    assert.equal(count(requests, ".safetensors") + count(requests, ".wasm") + count(requests, "worker.js"), 0);
    await context.close();
  });

  test("one of two that load the same: the other goes on", async () => {
    const { context, page, requests } = await openModule(browser);
    const [failed, text] = await page.evaluate(async () => {
      const abort = new AbortController();
      const [first, second] = [failure(load({ signal: abort.signal })), load()];
      abort.abort();
      return [await first, (await (await second).caption(await photo("cat"))).text];
    });
    assert.match(failed, /^AbortError/);
    assert.ok(text.length > 0);
    assert.equal(count(requests, ".safetensors"), 1);
    await context.close();
  });

  test("while waiting and in mid-caption: the others get their captions", async () => {
    const { context, page } = await openModule(browser);
    const result = await page.evaluate(async () => {
      const captioner = await load();
      const cat = await photo("cat");
      const alone = (await captioner.caption(cat)).text;
      const [inMidCaption, waiting] = [new AbortController(), new AbortController()];
      const told = { first: 0, third: 0 };
      const first = failure(
        captioner.caption(cat, {
          beams: 1,
          signal: inMidCaption.signal,
          onWord: () => {
            told.first += 1;
            inMidCaption.abort(new Error("enough"));
          },
        }),
      );
      const second = captioner.caption(cat);
      const third = failure(captioner.caption(cat, { signal: waiting.signal, onWord: () => (told.third += 1) }));
      const fourth = captioner.caption(cat);
      waiting.abort();
      const failures = [await third, await first];
      return { alone, told, failures, others: [(await second).text, (await fourth).text] };
    });
    assert.deepEqual(result.told, { first: 1, third: 0 });
    assert.match(result.failures[0], /^AbortError/);
    assert.equal(result.failures[1], "Error: enough");
    assert.deepEqual(result.others, [result.alone, result.alone]);
    await context.close();
  });
});

test("captioners of one model share a worker and a download, until the last is disposed of", async () => {
  const { context, page, requests } = await openModule(browser);
  await page.evaluate(async () => (window.captioners = await Promise.all([load(), load()])));
  assert.equal(page.workers().length, 1);
  assert.deepEqual([count(requests, ".safetensors"), count(requests, ".wasm")], [1, 1]);
  const [first, second] = await page.evaluate(async () => {
    const pending = failure(captioners[0].caption(await photo("cat")));
    captioners[0].dispose();
    captioners[0].dispose();
    return [await pending, (await captioners[1].caption(await photo("cat"))).text];
  });
  assert.equal(first, "Error: the captioner was disposed of");
  assert.ok(second.length > 0);
  const ended = new Promise((resolve) => page.workers()[0].once("close", resolve));
  await page.evaluate(() => captioners[1].dispose());
  await ended;
  assert.equal(page.workers().length, 0);
  await context.close();
});

test("a crash fails its own caption only: the next ones get another worker", async () => {
  const { context, page } = await openModule(browser, {
    prepare: async (context) => {
      await replaceRuntime(context, "cpu", `if (photo[0] === 33) { ${TRAP} } ${captionOf("fine")}`);
      await replaceFiles(context, "cpu");
    },
  });
  const captions = await page.evaluate(async () => {
    const [bad, good] = [new TextEncoder().encode("!RIFF"), new Uint8Array([0xff, 0xd8, 0xff])];
    const captioner = await load();
    const text = async (photo) => (await captioner.caption(photo)).text;
    const results = await Promise.all([text(good), failure(text(bad)), text(good), text(good)]);
    return [...results, await text(good)];
  });
  assert.deepEqual(captions, ["fine", "RuntimeError: the program inside the page crashed", "fine", "fine", "fine"]);
  assert.equal(page.workers().length, 1);
  await context.close();
});

describe("integrity", () => {
  let right;
  before(async () => {
    const model = await readFile(new URL("../../www/models/glimpse.safetensors", import.meta.url));
    right = `sha256-${createHash("sha256").update(model).digest("base64")}`;
  });
  const wrong = `sha256-${createHash("sha256").update("another model").digest("base64")}`;
  const models = {
    "an address": async () => `${site}models/glimpse.safetensors`,
    "a file": async () => (await fetch(`${site}models/glimpse.safetensors`)).blob(),
  };
  for (const [kind, make] of Object.entries(models)) {
    test(`of ${kind}: the right one is accepted, another refused`, async () => {
      const { context, page } = await openModule(browser);
      const tried = (integrity) =>
        page.evaluate(`(async () => {
        const captioner = await load({ model: await (${make})(), integrity: "${integrity}" });
        return (await captioner.caption(await photo("cat"))).text;
      })().catch(String)`);
      assert.match(
        await tried(wrong),
        /is not the file that was expected: its SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}/,
      );
      assert.doesNotMatch(await tried(right), /Error/);
      assert.match(await tried("md5-no"), /TypeError: integrity must be/);
      await context.close();
    });
  }
});

describe("without a worker", () => {
  const ways = {
    "that the page does not want": [{ worker: false }, () => {}],
    "that the browser does not have": [{}, () => delete window.Worker],
    "that a policy forbids": [
      {},
      () => {
        window.Worker = class {
          constructor() {
            throw new DOMException("forbidden", "SecurityError");
          }
        };
      },
    ],
    "whose file is missing": [
      {},
      () => {
        const { Worker } = window;
        window.Worker = class extends Worker {
          constructor(address, options) {
            super(`${address}?missing`, options);
          }
        };
      },
    ],
  };
  for (const [what, [options, script]] of Object.entries(ways)) {
    test(`${what}, captions are computed in the page`, async () => {
      const { context, page, requests } = await openModule(browser, {
        prepare: async (context) => {
          await context.route("**/worker.js?missing", (route) => route.fulfill({ status: 404 }));
          await context.addInitScript(script);
        },
      });
      const text = await page.evaluate(async (options) => {
        const captioner = await load(options);
        return (await captioner.caption(await photo("cat"))).text;
      }, options);
      assert.ok(text.length > 0);
      assert.equal(page.workers().length, 0);
      assert.equal(count(requests, "/engine.js"), 1);
      await context.close();
    });
  }
});
