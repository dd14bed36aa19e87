// A GPU that is lost in the middle of many captions, one after the other, by one captioner: each time the caption has to be
// the same, on a GPU opened anew; and what the page's process takes is told, in Linux. Minutes, for a software adapter is slow.
//
//     GLIMPSE_SITE_URL=http://127.0.0.1:8080/ GLIMPSE_LOSSES=100 node tests/browser/benchmarks/lost-devices.js

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";

import { launch, SITE } from "../support/browser.js";
import { watchDevices } from "../support/devices.js";
import { openModule } from "../support/module-page.js";

const LOSSES = Number(process.env.GLIMPSE_LOSSES ?? 100);
/** A small one: a software adapter takes seconds for every word. */
const MODEL = new URL("../models/tf-tutorial.safetensors", import.meta.url);
const OPTIONS = { beams: 1, maxWords: 3 };

const browser = await launch({ webgpu: true });
const { page } = await openModule(browser, { prepare: furnish });
page.setDefaultTimeout(0);
const expected = await page.evaluate(
  async ({ model, options }) => {
    window.cat = await photo("cat");
    const cpu = await load({ model, worker: false });
    const { text } = await cpu.caption(cat, options);
    cpu.dispose();
    window.notices = [];
    window.captioner = await load({
      model,
      backend: "gpu",
      worker: false,
      onNotice: (message) => notices.push(message),
    });
    return text;
  },
  { model: `${SITE}small.safetensors`, options: OPTIONS },
);

for (let loss = 1; loss <= LOSSES; loss++) {
  const { text, backend, notices } = await page.evaluate(async (options) => {
    // At another moment each time: the devices' own promises end it before, in or after the first words.
    const device = devices.at(-1);
    setTimeout(() => device.destroy(), Math.random() * 500);
    let word = 0;
    const onWord = () => word++ === 1 && device.destroy();
    const { text } = await captioner.caption(cat, { ...options, onWord });
    return { text, backend: captioner.backend, notices: notices.splice(0) };
  }, OPTIONS);
  assert.equal(text, expected, `loss ${loss}`);
  assert.equal(backend, "gpu", `loss ${loss}: ${notices}`);
  assert.deepEqual(notices, ["The GPU was lost, and opened anew."], `loss ${loss}`);
  if (loss === 1 || loss % 10 === 0) {
    console.log(`${loss} devices lost, each caption the same; the largest process has ${await megabytes()} MB`);
  }
}
await browser.close();

async function furnish(context) {
  await context.route(`${SITE}small.safetensors`, async (route) => route.fulfill({ body: await readFile(MODEL) }));
  await watchDevices(context);
}

/** Of the largest of Chromium's processes that show pages. */
async function megabytes() {
  let largest = 0;
  for (const id of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const of = (file) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
    if ((await of("cmdline")).includes("--type=renderer")) {
      const [, kilobytes = 0] = /VmRSS:\s+(\d+)/.exec(await of("status")) ?? [];
      largest = Math.max(largest, Number(kilobytes));
    }
  }
  return Math.round(largest / 1024);
}
