// Several photos at once: each gets its caption, and one at a time is shown large.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
  beyondScripts,
  choose,
  drop,
  launch,
  open,
  readMap,
  sample,
  untilCaption,
  untilProblem,
  untilState,
} from "./support/browser.js";

const NAMES = ["cat", "moose", "pagoda"];

let browser;
let photos;
before(async () => {
  browser = await launch();
  photos = await Promise.all(NAMES.map(sample));
});
after(() => browser?.close());

const tiles = (page) => page.locator("#gallery-items button");
const captions = (page) => page.locator("#gallery-items button span:first-of-type").allTextContents();
/** The script of the gallery comes only when there is one, and on a busy machine after the caption. */
const untilTiles = (page, count) =>
  page.waitForFunction((count) => document.querySelectorAll("#gallery-items button").length === count, count);
const words = async (page) => (await page.locator("#words .word-text").allTextContents()).join(" ");

test("each of several dropped photos is captioned as it is alone, and one of them is shown large", async () => {
  const { context, page, requests, complaints } = await open(browser);
  await untilState(page);
  const alone = [];
  for (const photo of photos) {
    await choose(page, photo);
    alone.push(await untilCaption(page));
    assert.equal(await page.locator("#gallery").isVisible(), false, "one photo is no gallery");
  }
  await page.reload();
  await untilState(page);
  requests.length = 0;
  await page.evaluate(() => {
    globalThis.told = [];
    const line = document.getElementById("gallery-progress");
    new MutationObserver(() => globalThis.told.push(line.textContent)).observe(line, { childList: true });
  });

  await drop(page, ...photos);
  await untilState(page);
  assert.deepEqual(await captions(page), alone);
  assert.equal(new Set(alone).size, NAMES.length, "the photos differ, and so do their captions");
  const told = await page.evaluate(() => [...new Set(globalThis.told)]);
  assert.deepEqual(told, ["0 of 3", "1 of 3", "2 of 3", "3 of 3"]);
  assert.equal(await page.locator("#gallery-bar").isVisible(), false, "nothing is left to do");
  const drawn = await page.evaluate(() =>
    [...document.querySelectorAll("#gallery-items canvas")].map(
      (canvas) => new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size,
    ),
  );
  assert.ok(
    drawn.every((colours) => colours > 50),
    `every photo has a small picture: ${drawn}`,
  );

  for (const [index, caption] of alone.entries()) {
    await tiles(page).nth(index).focus();
    await page.keyboard.press("Enter");
    assert.equal(await words(page), caption);
    assert.equal(await page.locator("#photo-image").getAttribute("alt"), caption);
    assert.equal(await page.locator('#gallery-items [aria-pressed="true"]').count(), 1);
    assert.equal(await tiles(page).nth(index).getAttribute("aria-pressed"), "true");
    await page.locator("#words button").nth(1).click();
    const { visible, shown } = await readMap(page);
    assert.ok(shown && visible > 0, "its words have maps");
  }
  assert.deepEqual(beyondScripts(requests), [], "nothing but the page's own scripts for a gallery");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a photo that is none stays in the gallery without a caption, and says why", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  const notes = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") };
  await choose(page, [photos[0], notes, photos[1]]);
  await untilState(page);
  assert.equal((await captions(page))[1], "No caption");
  assert.equal(await page.locator("#gallery-progress").textContent(), "3 of 3, 1 without a caption");
  assert.equal(await page.locator("#problem").isVisible(), false, "another photo is in view");
  await tiles(page).nth(1).click();
  await page.waitForSelector("#photo", { state: "hidden" });
  assert.match(await untilProblem(page), /“notes\.txt” got no caption: .*not a photo/);
  await tiles(page).nth(2).click();
  assert.equal(await page.locator("#problem").isVisible(), false);
  await context.close();
});

test("photos are added and removed, and what a person wrote is kept", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  await choose(page, photos[0]);
  await untilCaption(page);
  await page.click("#edit");
  await page.fill("#own-caption", "My cat Tom");
  // A single photo takes the place of a single one, but not of a person's work.
  await choose(page, photos[1]);
  await untilState(page);
  await untilTiles(page, 2);
  assert.equal((await captions(page))[0], "My cat Tom");
  await choose(page, photos[2]);
  await untilTiles(page, 3);
  await untilState(page);
  assert.equal(await tiles(page).nth(2).getAttribute("aria-pressed"), "true", "the newest is in view");

  await page.click("#remove-photo");
  assert.equal(await tiles(page).count(), 2);
  assert.equal(await words(page), (await captions(page))[1], "its neighbour is in view");
  await page.click("#remove-photo");
  assert.equal(await page.locator("#gallery").isVisible(), false, "one photo is no gallery");
  assert.equal(await page.locator("#own-caption").inputValue(), "My cat Tom");
  await choose(page, photos);
  await untilState(page);
  await page.click("#remove-all");
  assert.equal(await page.locator("#drop-zone").isVisible(), true);
  assert.equal(await page.locator("#gallery").isVisible(), false);
  await context.close();
});

test("another model captions all photos of the gallery again", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  await choose(page, photos);
  await untilState(page);
  const before = await captions(page);
  await page.setInputFiles("#model-file", new URL("models/tf-tutorial.safetensors", import.meta.url).pathname);
  await untilState(page);
  const after = await captions(page);
  assert.equal(after.length, 3);
  assert.notDeepEqual(after, before);
  await context.close();
});
