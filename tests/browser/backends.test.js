// The two builds: the GPU's on Chromium's software adapter, and every way back to the CPU's.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch, open, SITE, untilCaption, untilProblem, untilState } from "./support/browser.js";
import { replaceRuntime, TRAP } from "./support/stub-runtime.js";

/** A software adapter takes seconds for every word. */
const SOFTWARE_GPU_PATIENCE = 280_000;

const PHOTO = '[data-sample="cat"]';

async function cpuCaption(browser) {
  const { context, page } = await open(browser, { query: "?backend=cpu" });
  await untilState(page);
  await page.click(PHOTO);
  const caption = await untilCaption(page);
  await context.close();
  return caption;
}

describe("with an adapter", () => {
  let browser;
  before(async () => (browser = await launch({ webgpu: true })));
  after(() => browser.close());

  test("the GPU build gives the same caption as the CPU build", { timeout: 2 * SOFTWARE_GPU_PATIENCE }, async () => {
    const { context, page, requests } = await open(browser, { query: "?backend=gpu" });
    await untilState(page, ["ready", "failed"], SOFTWARE_GPU_PATIENCE);
    assert.equal(await page.locator("#notice").isVisible(), false, await page.locator("#notice").textContent());
    assert.ok(requests.includes(`${SITE}runtime/gpu/glimpse_bg.wasm`));
    await page.click(PHOTO);
    const caption = await untilCaption(page, SOFTWARE_GPU_PATIENCE);
    assert.match(await page.locator("#facts").textContent(), /Ran on the GPU in/);
    assert.ok(!requests.some((address) => address.includes("/runtime/cpu/")), "one build was enough");
    await context.close();
    assert.equal(caption, await cpuCaption(browser));
  });

  test("a GPU build that cannot be fetched gives way to the CPU build, and the page says so", async () => {
    const { context, page } = await open(browser, {
      query: "?backend=gpu",
      prepare: (context) => context.route("**/runtime/gpu/**", (route) => route.abort()),
    });
    await untilState(page);
    assert.match(await page.locator("#notice:visible").textContent(), /GPU.*could not be fetched.*CPU/);
    await page.click(PHOTO);
    await untilCaption(page);
    assert.match(await page.locator("#facts").textContent(), /Ran on the CPU in/);
    await context.close();
  });

  const failures = [
    {
      what: "fails",
      body: 'onWord({ text: "wrong", probability: 1, map }); throw new Error("device lost");',
      says: /device lost/,
    },
    { what: "crashes", body: TRAP, says: /crashed/ },
  ];
  for (const { what, body, says } of failures) {
    test(`a GPU that ${what} at the first caption gives way to the CPU build, and the page says so`, async () => {
      const { context, page } = await open(browser, {
        query: "?backend=gpu",
        prepare: async (context) => {
          await replaceRuntime(context, "gpu", body);
          await context.route("**/runtime/gpu/glimpse_bg.wasm", (route) => route.fulfill({ body: "" }));
        },
      });
      await untilState(page);
      await page.click(PHOTO);
      const caption = await untilCaption(page);
      const notice = await page.locator("#notice:visible").textContent();
      assert.match(notice, /GPU failed .*CPU/);
      assert.match(notice, says);
      assert.match(await page.locator("#facts").textContent(), /Ran on the CPU in/);
      await context.close();
      assert.equal(caption, await cpuCaption(browser));
    });
  }

  test("the choice on the page changes the build", async () => {
    const { context, page, requests } = await open(browser, {
      query: "?backend=cpu",
      prepare: (context) => context.route("**/runtime/gpu/**", (route) => route.abort()),
    });
    await untilState(page);
    assert.ok(!requests.some((address) => address.includes("/runtime/gpu/")));
    await page.selectOption("#backend", "gpu");
    await page.waitForSelector("#notice:visible");
    assert.ok(requests.some((address) => address.includes("/runtime/gpu/")));
    assert.match(page.url(), /backend=gpu/);
    await untilState(page);
    await page.click(PHOTO);
    await untilCaption(page);
    await context.close();
  });
});

describe("without an adapter", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser.close());

  test("the page says so, uses the CPU, and does not fetch the GPU build", async () => {
    const { context, page, requests, complaints } = await open(browser, { query: "?backend=gpu" });
    await untilState(page);
    assert.match(await page.locator("#notice:visible").textContent(), /(No GPU|no WebGPU).*CPU/);
    assert.ok(!requests.some((address) => address.includes("/runtime/gpu/")));
    await page.click(PHOTO);
    await untilCaption(page);
    assert.match(await page.locator("#facts").textContent(), /Ran on the CPU in/);
    assert.deepEqual(
      complaints.filter((text) => !/adapter|WebGPU/i.test(text)),
      [],
    );
    await context.close();
  });

  test("a crash of the runtime is told, and the next photo works", async () => {
    const { context, page } = await open(browser, {
      prepare: (context) => replaceRuntime(context, "cpu", TRAP),
    });
    await untilState(page);
    await context.unroute("**/runtime/cpu/glimpse.js");
    await page.click(PHOTO);
    assert.match(await untilProblem(page), /crashed/);
    await untilState(page);
    await page.click(PHOTO);
    assert.ok((await untilCaption(page)).length > 0);
    await context.close();
  });
});
