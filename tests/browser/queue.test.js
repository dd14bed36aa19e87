// The queue of a gallery: paused and gone on with; what is kept of photos when others have come after them.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { launch, readMap, untilState } from "./support/browser.js";
import { dropPaths, openPage, untilProgress, writeFiles } from "./support/folder.js";
import { captionOfWords } from "./support/stub-runtime.js";

/** More photos than those whose maps are kept. */
const NAMES = Array.from({ length: 20 }, (_, index) => `trip/${index + 1}.png`);

/** A model that waits for a word of the test before each caption, and has a map for each word. */
const WHEN_TOLD = `
  const channel = new BroadcastChannel("gate");
  await new Promise((resolve) => {
    channel.onmessage = resolve;
    channel.postMessage("waiting");
  });
  channel.close();
  ${captionOfWords([["a photo", 0.9]], 0.9)}`;

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(path.join(tmpdir(), "glimpse-queue-"));
  await writeFiles(folder, ...NAMES);
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const tiles = (page) => page.locator("#gallery-items button");
const states = (page) => tiles(page).evaluateAll((buttons) => buttons.map(({ dataset }) => dataset.state));
const dropTrip = (page) => dropPaths(page, path.join(folder, "trip"));

test("is paused after the photo at work, captions no photo but the one that is opened, and goes on", async () => {
  const { context, page, complaints } = await openPage(browser, {
    caption: WHEN_TOLD,
    prepare: (context) =>
      context.addInitScript(() => {
        globalThis.gate = new BroadcastChannel("gate");
        globalThis.gate.onmessage = () => (globalThis.isWaiting = true);
      }),
  });
  const answer = async () => {
    await page.waitForFunction(() => globalThis.isWaiting);
    await page.evaluate(() => {
      globalThis.isWaiting = false;
      globalThis.gate.postMessage("find");
    });
  };
  await dropTrip(page);
  await answer();
  await untilProgress(page, "1 of 20");
  await page.click("#pause");
  assert.equal(await page.locator("#gallery-progress").textContent(), "Paused at 1 of 20");
  assert.equal(await page.locator("#pause").textContent(), "Go on");
  await answer();
  await untilState(page);
  await untilProgress(page, "Paused at 2 of 20");

  await tiles(page).nth(9).click();
  await answer();
  await untilState(page);
  await untilProgress(page, "Paused at 3 of 20");
  assert.deepEqual(
    (await states(page)).flatMap((state, index) => (state === "done" ? [index] : [])),
    [0, 1, 9],
  );

  await page.click("#pause");
  assert.equal(await page.locator("#pause").textContent(), "Pause");
  for (let photo = 3; photo < NAMES.length; photo += 1) {
    await answer();
  }
  await untilState(page);
  await untilProgress(page, "20 of 20");
  assert.equal(await page.locator("#pause").isVisible(), false, "nothing is left to hold up");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("keeps maps of the latest photos only, and finds those of another again when it is opened", async () => {
  const { context, page, complaints } = await openPage(browser, {
    caption: captionOfWords([["a photo", 0.9]], 0.9).replace("const words", "postMessage('captioned'); const words"),
    prepare: (context) =>
      context.addInitScript(() => {
        // Counted in the page: the worker's messages that no request has asked for.
        globalThis.captioned = 0;
        const { addEventListener } = Worker.prototype;
        Worker.prototype.addEventListener = function (type, listener, ...options) {
          const counting = (event) => {
            if (event.data === "captioned") {
              globalThis.captioned += 1;
            } else {
              listener(event);
            }
          };
          addEventListener.call(this, type, type === "message" ? counting : listener, ...options);
        };
      }),
  });
  const captioned = () => page.evaluate(() => globalThis.captioned);
  await dropTrip(page);
  await untilState(page);
  await untilProgress(page, "20 of 20");
  assert.equal(await captioned(), 20);
  const mapOfOpened = async (index) => {
    await tiles(page).nth(index).click();
    assert.equal(
      await page.locator("#words .word-text").first().textContent(),
      "a photo",
      "its words are there at once",
    );
    await page.waitForSelector("#player:visible");
    await untilState(page);
    await page.locator("#words button").first().focus();
    return (await readMap(page)).shown;
  };
  assert.ok(await mapOfOpened(18));
  assert.equal(await captioned(), 20, "it was among the latest");
  assert.ok(await mapOfOpened(2));
  assert.equal(await captioned(), 21, "it was not");
  assert.ok(await mapOfOpened(18));
  assert.ok(await mapOfOpened(2));
  assert.equal(await captioned(), 21, "now both are");
  assert.equal(await page.locator("#no-maps").isVisible(), false);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("says so where the file of an opened photo is gone, and keeps its caption", async () => {
  await writeFiles(folder, ...NAMES.map((name) => name.replace("trip", "gone")));
  const { context, page } = await openPage(browser);
  await dropPaths(page, path.join(folder, "gone"));
  await untilState(page);
  await untilProgress(page, "20 of 20");
  await rm(path.join(folder, "gone"), { recursive: true });
  await tiles(page).nth(1).click();
  await page.waitForSelector("#problem:visible");
  assert.match(await page.locator("#problem-text").textContent(), /“gone\/2\.png” could not be found again: .*read/);
  assert.equal(await page.locator("#gallery-progress").textContent(), "20 of 20");
  assert.equal(await tiles(page).nth(1).locator("span").first().textContent(), "a photo");
  await untilState(page);
  await context.close();
});

test("has elements and small pictures of what is in view alone, wherever it is scrolled to", async () => {
  const many = Array.from({ length: 400 }, (_, index) => `many/${index + 1}.png`);
  await writeFiles(folder, ...many);
  for (const viewport of [
    { width: 1280, height: 720 },
    { width: 400, height: 800 },
  ]) {
    const { context, page } = await openPage(browser, { viewport });
    await dropPaths(page, path.join(folder, "many"));
    await untilState(page);
    await untilProgress(page, "400 of 400");
    const shown = () => page.locator("#gallery-items .fine").allTextContents();
    const scroller = page.locator("#gallery-scroll");
    const first = await shown();
    assert.ok(first.length >= 5 && first.length < 60, `${first.length} of 400 at ${viewport.width} px`);
    assert.deepEqual(first, many.slice(0, first.length));
    const drawn = () =>
      page.waitForFunction(() => {
        const canvases = [...document.querySelectorAll("#gallery-items canvas")];
        return canvases.every((canvas) => canvas.width === 320);
      });
    await drawn();
    await scroller.evaluate((element) => element.scrollTo(element.scrollWidth / 2, element.scrollHeight / 2));
    await page.waitForFunction(
      (first) => document.querySelector("#gallery-items .fine").textContent !== first,
      first[0],
    );
    const middle = await shown();
    const from = many.indexOf(middle[0]);
    assert.ok(from > 100 && from < 300 && middle.length < 60, `from ${from} on`);
    assert.deepEqual(middle, many.slice(from, from + middle.length));
    await drawn();
    const place = await page
      .locator("#gallery-items li")
      .first()
      .evaluate((item) => [item.ariaPosInSet, item.ariaSetSize]);
    assert.deepEqual(place, [String(from + 1), "400"]);
    assert.equal(await page.locator('#gallery-items button[tabindex="0"]').count(), 1, "there is a way in");
    await page.locator('#gallery-items button[tabindex="0"]').focus();
    await page.keyboard.press("End");
    assert.equal((await shown()).at(-1), "many/400.png");
    assert.equal(await page.evaluate(() => document.activeElement.querySelector(".fine").textContent), "many/400.png");
    await context.close();
  }
});

test("one stop of the Tab key leads into it, and the arrow keys from photo to photo", async () => {
  const viewport = { width: 1280, height: 300 };
  const { context, page } = await openPage(browser, { viewport });
  await dropTrip(page);
  await untilState(page);
  await untilProgress(page, "20 of 20");
  // A window that becomes higher and lower again makes items, and takes them away.
  for (const height of [1500, 300, 720]) {
    await page.setViewportSize({ width: 1280, height });
    await page.waitForTimeout(100);
    assert.equal(await page.locator('#gallery-items [aria-pressed="true"]').count(), 1);
    assert.equal(await page.locator("#gallery-items button:not([aria-pressed])").count(), 0);
  }
  assert.equal(await page.locator('#gallery-items button[tabindex="0"]').count(), 1);
  await page.locator('#gallery-items button[tabindex="0"]').focus();
  const focused = () => page.evaluate(() => document.activeElement.querySelector(".fine").textContent);
  assert.equal(await focused(), "trip/1.png");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "trip/2.png");
  await page.keyboard.press("ArrowDown");
  const below = await focused();
  assert.notEqual(below, "trip/2.png");
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(), "trip/2.png");
  await page.keyboard.press("End");
  assert.equal(await focused(), "trip/20.png");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator('#gallery-items button[tabindex="0"] .fine').textContent(), "trip/20.png");
  await context.close();
});
