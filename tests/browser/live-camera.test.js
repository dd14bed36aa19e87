// Captions of what the camera sees, while its dialogue is open.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { violations } from "./support/axe.js";
import { launch, open, PATIENCE, untilState } from "./support/browser.js";
import { replaceFiles, replaceRuntime } from "./support/stub-runtime.js";

/** Numbers its captions, and is half sure of each. */
const NUMBERED = `
  globalThis.count = (globalThis.count ?? 0) + 1;
  return { text: "caption " + globalThis.count, words: [], confidence: 0.4, logProbability: -1, score: -1,
    grid: { rows: 1, columns: 1 }, alternatives: [] };`;

/** In milliseconds, between captions and between announcements. */
const [REST, SILENCE] = [700, 6000];

let browser;
// Chromium's own picture of a camera.
before(async () => (browser = await launch({ flags: ["--use-fake-device-for-media-stream"] })));
after(() => browser?.close());
let context, page, complaints;
afterEach(() => context?.close());

/** Opens the dialogue, with a clock that a test can stop. */
async function openCamera(options) {
  ({ context, page, complaints } = await open(browser, {
    query: "?backend=cpu",
    permissions: ["camera"],
    prepare: async (context) => {
      await replaceRuntime(context, "cpu", NUMBERED);
      await replaceFiles(context, "cpu");
    },
    ...options,
  }));
  await untilState(page);
  await page.clock.install();
  await page.click("#drop-zone [data-camera]");
  await page.waitForSelector("#camera-shoot:enabled");
}

/** The number of the caption on show; 0 where there is none. */
const shown = async () => Number((await page.locator("#camera-caption").textContent()).replace("caption ", ""));
/** Waits for a caption after that one. Asked from here, for the page's own time may stand still. */
async function captionAfter(number) {
  const end = Date.now() + PATIENCE;
  while ((await shown()) <= number && Date.now() < end) {
    await setTimeout(20);
  }
  const next = await shown();
  assert.ok(next > number, `${next} after ${number}`);
  return next;
}
/** What was begun has ended by then. */
const settle = () => setTimeout(300);
const announcement = () => page.locator("#camera-announcement").textContent();

test("one caption follows another, says how sure it is, and is not called out each time", async () => {
  await openCamera();
  await captionAfter(0);
  assert.equal(await page.locator("#camera-step").textContent(), "Not sure");
  assert.deepEqual(await violations(page), []);

  await page.clock.pauseAt(Date.now() + 10_000);
  await settle();
  // A caption that was under way when time made that leap seems to have taken long, and its rest is as long.
  const earlier = await shown();
  while ((await shown()) === earlier) {
    await page.clock.runFor(REST);
    await settle();
  }
  let count = await shown();
  const next = async (rest = REST) => {
    await page.clock.runFor(rest);
    assert.equal(await captionAfter(count), ++count);
  };
  await next();
  await page.clock.runFor(REST - 1);
  await settle();
  assert.equal(await shown(), count, "it rests");
  await next(1);

  const announced = [];
  while (announced.length < 3) {
    await next();
    if ((await announcement()).startsWith(`caption ${count}. Not sure`)) {
      announced.push(count);
    }
  }
  const between = Math.ceil(SILENCE / REST);
  assert.deepEqual(
    announced.map((number) => number - announced[0]),
    [0, between, 2 * between],
  );
  assert.deepEqual(complaints, []);
});

test("a hidden page captions nothing, and goes on when it is seen", async () => {
  await openCamera();
  await captionAfter(0);
  const hide = (hidden) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await settle();
  const last = await shown();
  await page.clock.runFor(10_000);
  await settle();
  assert.equal(await shown(), last);
  await hide(false);
  await captionAfter(last);
});

test("it can be switched off, and is off for who wants no motion", async () => {
  await openCamera({ reducedMotion: "reduce" });
  const nothing = async () => {
    await page.clock.runFor(5000);
    await settle();
    assert.equal(await shown(), 0);
  };
  assert.equal(await page.isChecked("#camera-live"), false);
  await nothing();
  await page.check("#camera-live");
  await captionAfter(0);
  await page.uncheck("#camera-live");
  await nothing();
  assert.equal(await page.locator("#camera-confidence").isVisible(), false);
});

test("the dialogue's end is the captions' end, and a photo taken is captioned", async () => {
  await openCamera();
  await captionAfter(0);
  await page.click("#camera-cancel");
  await page.clock.runFor(5000);
  await settle();
  assert.equal(await shown(), 0);
  await page.click("#drop-zone [data-camera]");
  await captionAfter(0);
  await page.click("#camera-shoot");
  await page.waitForSelector("#facts:visible");
  assert.equal(await shown(), 0);
});
