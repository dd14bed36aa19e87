// Captions read aloud.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { choose, launch, open, sample, untilCaption, untilState } from "./support/browser.js";
import { withManifest } from "./support/model-file.js";
import { giveVoices, said, VOICES } from "./support/voices.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A page on a device with these voices. */
function openWith(voices) {
  return open(browser, { prepare: (context) => giveVoices(context, voices) });
}

async function caption(page, name) {
  await untilState(page);
  await choose(page, await sample(name));
  await untilCaption(page);
  return (await page.locator("#words .word-text").allTextContents()).join(" ");
}

test("a caption is read when asked for, in the device's own voice, and can be stopped", async () => {
  const { context, page, complaints } = await openWith(VOICES);
  const text = await caption(page, "cat");
  assert.deepEqual(await said(page), [], "silent by default");
  const button = page.getByRole("button", { name: "Read aloud" });
  await button.click();
  assert.deepEqual(await said(page), [{ text, voice: "sam", rate: 1 }]);
  const stop = page.getByRole("button", { name: "Stop reading" });
  await stop.click();
  assert.equal((await said(page)).at(-1), "silence");

  await page.locator("#speech summary").click();
  const names = await page.locator("#speech-voice option").allTextContents();
  assert.deepEqual(names, ["Sam (en-GB)", "Yuna (ko-KR)"], "the captions' language first, no voice of a server");
  await page.selectOption("#speech-voice", "yuna");
  await page.locator("#speech-rate").fill("1.5");
  await button.click();
  assert.deepEqual((await said(page)).at(-1), { text, voice: "yuna", rate: 1.5 });
  // A change is heard at once.
  await page.selectOption("#speech-voice", "sam");
  assert.deepEqual((await said(page)).at(-1), { text, voice: "sam", rate: 1.5 });
  await page.evaluate(() => window.utterance.dispatchEvent(new Event("end")));
  await button.waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("every caption is read once the box is ticked, and a new photo ends the old one's", async () => {
  const { context, page } = await openWith(VOICES);
  const first = await caption(page, "cat");
  await page.locator("#speech summary").click();
  await page.getByLabel("Read every caption aloud").check();
  assert.deepEqual((await said(page)).at(-1), { text: first, voice: "sam", rate: 1 });
  const second = await caption(page, "coffee");
  assert.deepEqual((await said(page)).slice(-2), ["silence", { text: second, voice: "sam", rate: 1 }]);
  await page.getByLabel("Read every caption aloud").uncheck();
  assert.equal((await said(page)).at(-1), "silence");
  await context.close();
});

test("where the device has no voice, nothing offers to read", async () => {
  const { context, page, complaints } = await openWith(VOICES.filter(({ localService }) => !localService));
  await caption(page, "cat");
  assert.equal(await page.locator("#speech").isVisible(), false);
  assert.equal(await page.locator("#read-aloud").isVisible(), false);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("captions of a model in another language are marked and read as such", { timeout: 120_000 }, async () => {
  const { context, page, complaints } = await openWith(VOICES);
  const english = await caption(page, "cat");
  const file = new URL("models/merge-lstm.safetensors", import.meta.url);
  const buffer = withManifest(await readFile(file), (manifest) => (manifest.language = "ko"));
  await page.setInputFiles("#model-file", { name: "korean.safetensors", mimeType: "application/octet-stream", buffer });
  await page.waitForFunction(() => document.getElementById("words").lang === "ko");
  await untilState(page);
  const text = await untilCaption(page);
  assert.notEqual(text, english);
  const marked = (selector) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => element.closest("[lang]").lang);
  for (const selector of [
    "#words .word",
    "#photo-image",
    "#spoken span:last-child",
    "#candidate-list .candidate span",
    "#own-caption",
  ]) {
    assert.equal(await marked(selector), "ko", selector);
  }
  await page.getByRole("button", { name: "Read aloud" }).click();
  assert.equal((await said(page)).at(-1).voice, "yuna");
  await page.locator("#speech summary").click();
  assert.deepEqual(await page.locator("#speech-voice option").allTextContents(), ["Yuna (ko-KR)", "Sam (en-GB)"]);
  assert.deepEqual(complaints, []);
  await context.close();
});
