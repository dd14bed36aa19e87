// A first visit on the CPU, with nothing kept from an earlier one: from navigation to the first caption, and from the last
// byte that it needs; and how much memory a captioner takes. `cargo xtask bench browser` runs it.

import { readFile } from "node:fs/promises";

import { choose, launch, open, sample } from "../support/browser.js";
import { memoryOf, showMemories } from "../support/memory.js";
import { openModule } from "../support/module-page.js";
import { bytesAsFloats } from "../support/parameters.js";
import { row } from "../support/statistics.js";

const VISITS = 7;

const photo = await sample("cat");
const visits = [];
for (let visit = 0; visit < VISITS; visit++) {
  visits.push(await firstVisit());
}
const figures = (name) => visits.map((visit) => visit[name]);
console.log(row("navigation to the first caption, ms", figures("whole")));
console.log(row("last byte to the first caption, ms", figures("afterLastByte")));

const bytes = await memoryOfCaptioner();
const model = await readFile(new URL("../../../www/models/glimpse.safetensors", import.meta.url));
console.log(`memory of scripts and module after a caption, MB: ${(bytes / 1e6).toFixed(0)}`);
console.log(`that is ${(bytes / bytesAsFloats(model)).toFixed(2)} of the model's size as f32`);

/** One visit with a browser of its own; the photo is chosen as soon as the page takes one. */
async function firstVisit() {
  const browser = await launch();
  let lastByte = 0;
  const started = Date.now();
  const { page } = await open(browser, {
    query: "?backend=cpu",
    prepare: (context) =>
      context.on("requestfinished", (request) => {
        if (/\.(wasm|safetensors)$/.test(new URL(request.url()).pathname)) {
          lastByte = Date.now();
        }
      }),
  });
  await choose(page, photo);
  // Playwright's own waiting looks up to half a second late.
  const there = await page.waitForFunction(
    () => document.querySelector("#facts").checkVisibility() && Date.now(),
    null,
    { polling: "raf" },
  );
  const captioned = await there.jsonValue();
  await browser.close();
  return { whole: captioned - started, afterLastByte: captioned - lastByte };
}

/** Of a captioner in the page itself, whose memory can be asked for. */
async function memoryOfCaptioner() {
  const browser = await launch();
  const { context, page } = await openModule(browser, { prepare: showMemories });
  await page.evaluate(async () => {
    window.captioner = await load({ worker: false });
    await captioner.caption(await photo("cat"));
  });
  const { modules, heap } = await memoryOf(context, page);
  await browser.close();
  return modules.reduce((sum, size) => sum + size, heap);
}
