// 200 captions take no more memory than 20, and on the GPU no more than the first.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch } from "./support/browser.js";
import { memoryOf, showMemories } from "./support/memory.js";
import { openModule } from "./support/module-page.js";

/** What may be left of a caption by chance; the pictures of 180 captions' maps alone would be 36 MB. */
const SLACK_BYTES = 3_000_000;

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("200 captions take no more memory than 20", { timeout: 600_000 }, async () => {
  const { context, page } = await openModule(browser, { prepare: showMemories });
  await page.evaluate(async () => {
    window.captioner = await load({ worker: false });
    window.cat = await photo("cat");
    window.pixels = new ImageData(640, 480);
  });
  /** Files and pixels in turn. */
  const caption = (times) =>
    page.evaluate(async (times) => {
      for (let time = 0; time < times; time += 1) {
        await captioner.caption(time % 2 ? cat : pixels, { beams: 1, maxWords: 1 });
      }
    }, times);
  const measure = async () => {
    const { modules, heap } = await memoryOf(context, page);
    const [wasm, ...others] = modules;
    assert.deepEqual(others, [], "there is one module");
    return { wasm, heap };
  };

  await caption(20);
  const early = await measure();
  await caption(180);
  const late = await measure();
  assert.ok(early.wasm > 1e7, `the module's memory was found: ${early.wasm}`);
  assert.equal(late.wasm, early.wasm);
  assert.ok(late.heap - early.heap < SLACK_BYTES, `${early.heap} bytes became ${late.heap}`);
  await context.close();
});

test("a captioner in the page gets the memory of the one that was given up before", async () => {
  const { context, page } = await openModule(browser, { prepare: showMemories });
  const { texts, sizes } = await page.evaluate(async () => {
    const cat = await photo("cat");
    const texts = [];
    const sizes = [];
    for (let time = 0; time < 4; time += 1) {
      const captioner = await load({ worker: false });
      texts.push((await captioner.caption(cat, { beams: 1, maxWords: 2 })).text);
      captioner.dispose();
      sizes.push(memories.map(({ buffer }) => buffer.byteLength));
    }
    return { texts, sizes };
  });
  assert.deepEqual(
    texts,
    texts.map(() => texts[0]),
  );
  const [, second, ...later] = sizes;
  assert.equal(second.length, 1, "there is one module");
  assert.deepEqual(
    later,
    later.map(() => second),
  );
  await context.close();
});

test("on the GPU no caption but the first takes memory", { timeout: 600_000 }, async () => {
  const browser = await launch({ webgpu: true });
  const model = await readFile(new URL("models/cnn-transformer.safetensors", import.meta.url));
  const { page } = await openModule(browser, {
    prepare: async (context) => {
      await context.route("**/small.safetensors", (route) => route.fulfill({ body: model }));
      await context.addInitScript(() => {
        // In the page, so that the test sees what the runtime asks of its device.
        window.created = { buffers: 0, bytes: 0, textures: 0 };
        const { createBuffer, createTexture } = GPUDevice.prototype;
        GPUDevice.prototype.createBuffer = function (description) {
          created.buffers += 1;
          created.bytes += description.size;
          return createBuffer.call(this, description);
        };
        GPUDevice.prototype.createTexture = function (description) {
          created.textures += 1;
          return createTexture.call(this, description);
        };
      });
    },
  });
  const measured = await page.evaluate(async () => {
    const captioner = await load({ model: `${site}small.safetensors`, backend: "gpu", worker: false });
    const cat = await photo("cat");
    const measured = [];
    // A software adapter takes seconds for every word.
    for (const source of [cat, new ImageData(640, 480), cat, cat]) {
      const { backend } = await captioner.caption(source, { beams: 1, maxWords: 1 });
      measured.push({ backend, ...created });
    }
    return measured;
  });
  const [first, ...later] = measured;
  assert.equal(first.backend, "gpu");
  assert.ok(first.bytes > model.length, `the buffers were counted: ${first.bytes} bytes`);
  assert.deepEqual(
    later,
    later.map(() => first),
  );
  await browser.close();
});
