// A gallery's captions looked through by keyboard: accepted, edited, passed by.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { violations } from "./support/axe.js";
import { choose, launch, sample, untilState } from "./support/browser.js";
import { openPage, untilProgress } from "./support/folder.js";

let browser;
let photos;
before(async () => {
  browser = await launch();
  const cat = await sample("cat");
  photos = ["1.jpg", "2.jpg", "3.jpg"].map((name) => ({ ...cat, name }));
});
after(() => browser?.close());

async function openGallery(options) {
  const opened = await openPage(browser, options);
  await choose(opened.page, photos);
  await untilProgress(opened.page, "3 of 3");
  await untilState(opened.page);
  return opened;
}

/** Names of the photo in view, and of those that are marked as accepted. */
const inView = (page) => page.locator('#gallery-items [aria-pressed="true"] .fine').textContent();
const accepted = (page) => page.locator("#gallery-items [data-accepted] .fine").allTextContents();
const count = (page) => page.locator("#review-count").textContent();

/** What is saved of the photos. */
async function records(page) {
  await page.evaluate(() => (document.getElementById("exports").open = true));
  const [download] = await Promise.all([page.waitForEvent("download"), page.click('[data-save="json"]')]);
  return JSON.parse(await readFile(await download.path(), "utf8"));
}

test("accepts, edits and goes on by keys, and what was accepted is a person's", async () => {
  const { context, page, complaints } = await openGallery();
  assert.equal(await count(page), "0 of 3 accepted");
  await page.focus("#accept");
  await page.keyboard.press("n");
  assert.equal(await inView(page), "2.jpg");
  await page.keyboard.press("p");
  assert.equal(await inView(page), "1.jpg");
  await page.keyboard.press("p");
  assert.equal(await inView(page), "1.jpg", "there is none before the first");
  await page.keyboard.press("a");
  assert.equal(await inView(page), "2.jpg");
  assert.equal(await count(page), "1 of 3 accepted");

  await page.keyboard.press("e");
  assert.ok(await page.locator("#own-caption").evaluate((field) => field === document.activeElement), "ready to type");
  // Letters in a text are its own.
  await page.fill("#own-caption", "");
  await page.keyboard.type("a nap, open");
  assert.equal(await inView(page), "2.jpg");
  await page.keyboard.press("Control+Enter");
  assert.equal(await inView(page), "3.jpg");
  assert.equal(await page.evaluate(() => document.activeElement.id), "accept");
  assert.deepEqual(await accepted(page), ["1.jpg", "2.jpg"]);

  await page.keyboard.press("e");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.id), "accept");
  const saved = await records(page);
  assert.deepEqual(
    saved.map(({ caption, language, edited, accepted }) => [caption, language, edited, accepted]),
    [
      ["a photo", "en", false, true],
      ["a nap, open", "", true, true],
      ["a photo", "en", false, false],
    ],
  );
  await page.focus("#accept");
  await page.keyboard.press("a");
  assert.equal(await count(page), "3 of 3 accepted");
  assert.equal(await inView(page), "3.jpg", "there is none left");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("its keys work in the gallery and on its own buttons alone", async () => {
  const { context, page } = await openGallery();
  for (const place of ["#edit", "#words button", "body"]) {
    await page.evaluate((place) => document.querySelector(place).focus(), place);
    await page.keyboard.press("a");
    await page.keyboard.press("n");
  }
  assert.equal(await inView(page), "1.jpg");
  assert.equal(await count(page), "0 of 3 accepted");
  await page.focus("#accept");
  await page.keyboard.press("Control+a");
  assert.equal(await count(page), "0 of 3 accepted");

  await page.locator('#gallery-items [tabindex="0"]').focus();
  await page.keyboard.press("a");
  assert.equal(await inView(page), "2.jpg");
  const focused = () => page.evaluate(() => document.activeElement.querySelector(".fine").textContent);
  assert.equal(await focused(), "2.jpg", "the focus goes along");
  // A keyboard that writes Korean: the key where A is.
  await page.evaluate(() =>
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ㅁ", code: "KeyA", bubbles: true })),
  );
  assert.deepEqual(await accepted(page), ["1.jpg", "2.jpg"]);
  await context.close();
});

test("an accepted caption outlives another model's, and is taken back", async () => {
  const { context, page } = await openGallery();
  await page.click("#accept");
  await page.locator("#gallery-items button").first().click();
  await page.setInputFiles("#model-file", { name: "other.safetensors", mimeType: "", buffer: Buffer.from("model") });
  await untilProgress(page, "3 of 3");
  await untilState(page);
  assert.deepEqual(await accepted(page), ["1.jpg"]);

  // Another of the model's captions, chosen by a person, is accepted in its place.
  await page.locator("#candidate-list button").nth(1).click();
  assert.equal((await records(page))[0].caption, "a");
  await page.click("#edit");
  await page.click("#restore");
  assert.deepEqual(await accepted(page), []);
  assert.equal(await count(page), "0 of 3 accepted");
  await context.close();
});

for (const width of [360, 1440]) {
  test(`axe-core finds nothing serious in it (${width} px)`, async () => {
    const { context, page } = await openGallery({ viewport: { width, height: 800 }, reducedMotion: "reduce" });
    await page.click("#accept");
    await page.focus("#next");
    await page.keyboard.press("e");
    await page.click("#exports summary");
    assert.deepEqual(await violations(page), []);
    await context.close();
  });
}
