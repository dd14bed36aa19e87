// Which build the module chooses by itself, and what it does when a GPU is lost.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch } from "./support/browser.js";
import { watchDevices } from "./support/devices.js";
import { count, openModule, visitAgain } from "./support/module-page.js";
import { captionOf, replaceFiles, replaceRuntime } from "./support/stub-runtime.js";

/** A software adapter takes seconds for every word. */
const SOFTWARE_GPU_PATIENCE = 280_000;

const GPU_IS_FASTER = "The GPU is faster here, so captions run there.";

describe("with a software adapter", () => {
  let browser;
  before(async () => (browser = await launch({ webgpu: true })));
  after(() => browser.close());

  test("auto stays on the CPU, and never fetches the GPU build", async () => {
    const { context, page, requests } = await openModule(browser);
    const { backend, notices, isThere } = await page.evaluate(async () => {
      const notices = [];
      const captioner = await load({ backend: "auto", onNotice: (message) => notices.push(message) });
      const { backend } = await captioner.caption(await photo("cat"));
      return { backend, notices, isThere: Boolean(await navigator.gpu.requestAdapter()) };
    });
    assert.ok(isThere, "an adapter is there to be chosen");
    await page.waitForFunction(() => localStorage.getItem("glimpse-backend") === "cpu");
    assert.deepEqual([backend, notices], ["cpu", []]);
    assert.ok(!requests.some((address) => address.includes("/runtime/gpu/")));
    await context.close();
  });

  /** Loses devices while they caption: the "first" or "every" one at its first word, or the first one before ("early"). */
  async function captionWhileLosing(how) {
    // In the page, so that the device can be taken away here.
    const { context, page } = await openModule(browser, { prepare: watchDevices });
    page.setDefaultTimeout(2 * SOFTWARE_GPU_PATIENCE);
    const result = await page.evaluate(async (how) => {
      const notices = [];
      const options = { beams: 1, maxWords: 3 };
      const cat = await photo("cat");
      const cpu = await load({ worker: false });
      const expected = await cpu.caption(cat, options);
      cpu.dispose();

      const onNotice = (message, { backend }) => notices.push([message, backend]);
      const captioner = await load({ backend: "gpu", worker: false, onNotice });
      const before = [captioner.backend, ...notices.splice(0)];
      let words = [];
      let restarts = 0;
      if (how === "early") {
        setTimeout(() => devices[0].destroy(), 100);
      }
      const found = await captioner.caption(cat, {
        ...options,
        onWord: ({ text }) => {
          words.push(text);
          if (how === "every" || (how === "first" && devices.length === 1)) {
            devices.at(-1).destroy();
          }
        },
        onRestart: () => {
          words = [];
          restarts += 1;
        },
      });
      return {
        expected: expected.text,
        found: found.text,
        words,
        restarts,
        before,
        notices,
        devices: devices.length,
        backend: captioner.backend,
      };
    }, how);
    await context.close();
    return result;
  }

  for (const [how, when] of [
    ["first", "in mid-caption"],
    ["early", "before the first word"],
  ]) {
    test(`a device lost ${when} is opened anew: same caption, and a notice`, {
      timeout: 2 * SOFTWARE_GPU_PATIENCE,
    }, async () => {
      const { expected, found, words, restarts, before, notices, devices, backend } = await captionWhileLosing(how);
      assert.deepEqual(before, ["gpu"]);
      assert.equal(found, expected);
      assert.equal(words.join(" "), found);
      assert.deepEqual([restarts, devices, backend], [1, 2, "gpu"]);
      assert.deepEqual(notices, [["The GPU was lost, and opened anew.", "gpu"]]);
    });
  }

  test("where that one is lost too, the CPU gives the same caption, and a notice tells", {
    timeout: 2 * SOFTWARE_GPU_PATIENCE,
  }, async () => {
    const { expected, found, words, restarts, before, notices, devices, backend } = await captionWhileLosing("every");
    assert.deepEqual(before, ["gpu"]);
    assert.equal(found, expected);
    assert.equal(words.join(" "), found);
    assert.deepEqual([restarts, devices, backend], [2, 2, "cpu"]);
    assert.equal(notices.length, 1);
    assert.match(notices[0][0], /^The GPU failed \(.+\), so captions run on the CPU from now on\.$/);
    assert.equal(notices[0][1], "cpu");
  });
});

describe("auto, with a GPU", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser.close());

  /** A page whose GPU is said to be real, and whose builds caption in so many milliseconds. */
  function openWith(milliseconds, adapter = { info: { vendor: "real" } }) {
    return openModule(browser, {
      prepare: async (context) => {
        await context.addInitScript((adapter) => {
          Object.defineProperty(navigator, "gpu", { value: { requestAdapter: async () => adapter } });
        }, adapter);
        for (const [build, wait] of Object.entries(milliseconds)) {
          const body =
            wait === null
              ? 'throw new Error("out of order");'
              : `await new Promise((resolve) => setTimeout(resolve, ${wait})); ${captionOf(build)}`;
          await replaceRuntime(context, build, body);
          await replaceFiles(context, build);
        }
      },
    });
  }

  /** Where captions ran, before and after it was measured, and what was told. */
  const measure = (page, { until }) =>
    page.evaluate(async (until) => {
      const photo = new Uint8Array([0xff, 0xd8, 0xff]);
      const notices = [];
      const captioner = await load({ backend: "auto", worker: false, onNotice: (message) => notices.push(message) });
      const first = await captioner.caption(photo);
      while (until && localStorage.getItem("glimpse-backend") !== until) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const second = await captioner.caption(photo);
      captioner.dispose();
      return { texts: [first.text, second.text], backends: [first.backend, second.backend], notices };
    }, until);

  test("captions move there where it is much faster, and begin there at the next visit", async () => {
    const { context, page, requests } = await openWith({ cpu: 400, gpu: 1 });
    assert.deepEqual(await measure(page, { until: "gpu" }), {
      texts: ["cpu", "gpu"],
      backends: ["cpu", "gpu"],
      notices: [GPU_IS_FASTER],
    });
    const again = await visitAgain(context);
    requests.splice(0);
    assert.deepEqual(await measure(again, {}), { texts: ["gpu", "gpu"], backends: ["gpu", "gpu"], notices: [] });
    assert.equal(count(requests, "/runtime/cpu/glimpse.js"), 0);
    await context.close();
  });

  const stays = [
    ["is slower", { cpu: 1, gpu: 400 }],
    ["fails", { cpu: 1, gpu: null }],
  ];
  for (const [why, milliseconds] of stays) {
    test(`captions stay on the CPU where it ${why}, and it is not tried again`, async () => {
      const { context, page, requests } = await openWith(milliseconds);
      assert.deepEqual(await measure(page, { until: "cpu" }), {
        texts: ["cpu", "cpu"],
        backends: ["cpu", "cpu"],
        notices: [],
      });
      assert.equal(count(requests, "/runtime/gpu/glimpse.js"), 1);
      const again = await visitAgain(context);
      requests.splice(0);
      assert.deepEqual(await measure(again, { until: "cpu" }), {
        texts: ["cpu", "cpu"],
        backends: ["cpu", "cpu"],
        notices: [],
      });
      assert.equal(count(requests, "/runtime/gpu/glimpse.js"), 0);
      await context.close();
    });
  }

  test("nothing is measured, or fetched for it, where the visitor saves data", async () => {
    const { context, page, requests } = await openWith({ cpu: 400, gpu: 1 });
    await page.evaluate(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } }));
    assert.deepEqual((await measure(page, {})).texts, ["cpu", "cpu"]);
    assert.equal(requests.filter((address) => address.includes("/runtime/gpu/")).length, 0);
    assert.equal(await page.evaluate(() => localStorage.getItem("glimpse-backend")), null);
    await context.close();
  });

  for (const adapter of [
    { info: { vendor: "google", architecture: "swiftshader" } },
    { info: {}, isFallbackAdapter: true },
  ]) {
    test(`an adapter that is ${JSON.stringify(adapter)} is no GPU`, async () => {
      const { context, page, requests } = await openWith({ cpu: 400, gpu: 1 }, adapter);
      assert.deepEqual((await measure(page, { until: "cpu" })).backends, ["cpu", "cpu"]);
      assert.equal(count(requests, "/runtime/gpu/glimpse.js"), 0);
      await context.close();
    });
  }
});
