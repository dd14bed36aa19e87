// 5,000 photos dropped at once: all are captioned, nothing is sent, and a photo that is done takes next to no memory. What it took
// here is printed; docs/photo-libraries.md has it.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { beyondScripts, launch } from "./support/browser.js";
import { dropPaths, openPage, untilProgress, writeFiles } from "./support/folder.js";

const PHOTOS = 5000;

/** Photos after which the memory is measured first. */
const EARLY = 1000;

/** Bytes of a script's memory that a photo may take when it is done; the maps of its three words alone would be 37,000. */
const MOST_BYTES = 2000;

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(path.join(tmpdir(), "glimpse-many-"));
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

test("5000 photos: all are captioned, no request is sent, memory stays flat", { timeout: 900_000 }, async () => {
  const photos = Array.from({ length: PHOTOS }, (_, index) => `library/${Math.floor(index / 500)}/${index}.png`);
  await writeFiles(folder, ...photos);
  const { context, page, requests, complaints } = await openPage(browser);
  const devtools = await context.newCDPSession(page);
  await page.evaluate(() => {
    globalThis.tasks = [];
    const observer = new PerformanceObserver((list) =>
      globalThis.tasks.push(...list.getEntries().map(({ duration }) => duration)),
    );
    observer.observe({ type: "longtask" });
  });
  /** The long tasks since the last time; those of the measuring itself are none of the page's. */
  const longTasks = () => page.evaluate(() => globalThis.tasks.splice(0));
  const measure = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize } = await devtools.send("Runtime.getHeapUsage");
    const { nodes } = await devtools.send("Memory.getDOMCounters");
    const done = await page.evaluate(() => Number(/\d+/.exec(document.getElementById("gallery-progress").textContent)));
    return { bytes: usedSize + backingStorageSize, nodes, done };
  };
  const before = await measure();
  requests.length = 0;
  const begun = performance.now();

  await dropPaths(page, path.join(folder, "library"));
  await page.waitForFunction(
    (early) => parseInt(document.getElementById("gallery-progress").textContent, 10) >= early,
    EARLY,
    { timeout: 600_000 },
  );
  await page.click("#pause");
  await page.waitForSelector('#app[data-state="ready"]');
  const tasks = await longTasks();
  const early = await measure();
  await longTasks();
  await page.click("#pause");
  await page.waitForSelector('#app[data-state="ready"]', { timeout: 600_000 });
  await untilProgress(page, `${PHOTOS} of ${PHOTOS}`);
  const seconds = (performance.now() - begun) / 1000;
  tasks.push(...(await longTasks()));
  const late = await measure();
  assert.equal(late.done, PHOTOS);
  assert.ok(early.done >= EARLY && early.done < PHOTOS, `it paused after ${early.done}`);
  const each = (late.bytes - early.bytes) / (PHOTOS - early.done);
  assert.ok(each < MOST_BYTES, `${Math.round(each)} bytes of each photo stay`);
  assert.ok(late.nodes < early.nodes + 1000, `${early.nodes} nodes of the page became ${late.nodes}`);
  assert.deepEqual(beyondScripts(requests), [], "nothing but the page's own scripts for folders and galleries");
  assert.deepEqual(complaints, []);
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  console.log(
    `${PHOTOS} photos in ${seconds.toFixed(0)} s: ${megabytes(before.bytes)} MB before, ${megabytes(early.bytes)} MB when ` +
      `${early.done} were done, ${megabytes(late.bytes)} MB at the end, ${Math.round(each)} bytes each; ${late.nodes} nodes; ` +
      `longest task ${Math.round(Math.max(0, ...tasks))} ms, ${tasks.length} of more than 50 ms`,
  );
  await context.close();
});
