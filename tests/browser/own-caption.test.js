// What a person writes stays as they write it, whatever the model does meanwhile.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { choose, launch, open, sample, untilCaption, untilProblem, untilState } from "./support/browser.js";
import { captionOfWords, replaceFiles, replaceRuntime } from "./support/stub-runtime.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A model that finds its words, or fails, only when it is told to. */
const WHEN_TOLD = `
  const channel = new BroadcastChannel("gate");
  const answer = await new Promise((resolve) => {
    channel.onmessage = ({ data }) => resolve(data);
    channel.postMessage("waiting");
  });
  channel.close();
  if (answer === "fail") { throw new Error("it fell over"); }
  ${captionOfWords(
    [
      ["some", 0.9],
      ["words", 0.9],
    ],
    0.9,
  )}`;

async function openPage() {
  const opened = await open(browser, {
    query: "?backend=cpu",
    prepare: async (context) => {
      await replaceRuntime(context, "cpu", WHEN_TOLD);
      await replaceFiles(context, "cpu");
      await context.addInitScript(() => {
        globalThis.gate = new BroadcastChannel("gate");
        globalThis.gate.onmessage = () => (globalThis.isWaiting = true);
      });
    },
  });
  await untilState(opened.page);
  return { ...opened, field: opened.page.locator("#own-caption") };
}

/** Lets the photo go on that is being captioned. */
async function answer(page, what = "find") {
  await page.waitForFunction(() => globalThis.isWaiting);
  await page.evaluate((what) => {
    globalThis.isWaiting = false;
    globalThis.gate.postMessage(what);
  }, what);
}

/** Has the photo in view captioned again. */
const captionAgain = (page) =>
  page.evaluate(() => {
    document.getElementById("options").open = true;
    const [most] = document.getElementsByName("maxWords");
    most.value = String(most.valueAsNumber - 1);
    most.dispatchEvent(new Event("change", { bubbles: true }));
  });

const tiles = (page) => page.locator("#gallery-items button > span:first-of-type").allTextContents();
const cursor = (field) =>
  field.evaluate((node) => [node === document.activeElement, node.value, node.selectionStart, node.selectionEnd]);

test("neither text nor cursor move while the photo is captioned again, also where everything was deleted", async () => {
  const { context, page, field } = await openPage();
  await choose(page, await sample("cat"));
  await answer(page);
  await untilCaption(page);
  await page.click("#edit");
  await captionAgain(page);
  await field.fill("my , Tom ");
  await field.evaluate((node) => node.setSelectionRange(3, 3));
  await page.keyboard.type("cat");
  const before = await cursor(field);
  assert.deepEqual(before, [true, "my cat, Tom ", 6, 6]);
  await answer(page);
  await untilState(page);
  assert.deepEqual(await cursor(field), before);

  await captionAgain(page);
  await field.fill("");
  await answer(page);
  await untilState(page);
  assert.deepEqual(await cursor(field), [true, "", 0, 0], "to be written anew");
  await page.keyboard.type("Tom");
  assert.equal(await page.locator("#photo-image").getAttribute("alt"), "Tom");
  await context.close();
});

test("it can be seen, changed and saved while another model looks at the photo, and when that one fails", async () => {
  const { context, page, field } = await openPage();
  await choose(page, await sample("cat"));
  await answer(page);
  await untilCaption(page);
  await page.click("#edit");
  await field.fill("my cat");
  await field.press("End");
  await page.setInputFiles("#model-file", new URL("models/tf-tutorial.safetensors", import.meta.url).pathname);
  await page.waitForFunction(() => globalThis.isWaiting);
  await page.keyboard.type(" Tom");
  assert.deepEqual(await cursor(field), [true, "my cat Tom", 10, 10]);
  assert.equal(await page.locator("#photo-image").getAttribute("alt"), "my cat Tom");
  await answer(page, "fail");
  assert.match(await untilProblem(page), /got no caption: .*it fell over/);
  assert.equal(await field.inputValue(), "my cat Tom");
  assert.ok(await field.isVisible());

  await page.click("#exports summary");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click('[data-save="json"]')]);
  const [{ caption, edited }] = JSON.parse(await readFile(await download.path(), "utf8"));
  assert.deepEqual([caption, edited], ["my cat Tom", true]);
  await context.close();
});

test("it stays with its photo while the album goes on and others are looked at", async () => {
  const { context, page, field } = await openPage();
  await choose(page, [await sample("cat"), await sample("moose"), await sample("coffee")]);
  await answer(page);
  await untilCaption(page);
  await page.click("#edit");
  await field.fill("my cat");
  await page.waitForFunction(() => globalThis.isWaiting);
  const before = await cursor(field);
  await answer(page);
  await page.waitForFunction(() => globalThis.isWaiting);
  assert.deepEqual(await cursor(field), before);
  await page.locator("#gallery-items button").nth(1).click();
  assert.equal(await field.isVisible(), false);
  await page.click("#edit");
  await field.fill("a moose");
  await answer(page);
  await untilState(page);
  await page.locator("#gallery-items button").nth(0).click();
  assert.equal(await field.inputValue(), "my cat");

  // All of them anew: the first fails, and the album goes on.
  await page.setInputFiles("#model-file", new URL("models/tf-tutorial.safetensors", import.meta.url).pathname);
  await answer(page, "fail");
  await page.waitForFunction(() => globalThis.isWaiting);
  assert.deepEqual(await tiles(page), ["my cat", "a moose", "Waiting"]);
  await page.locator("#gallery-items button").nth(1).click();
  assert.equal(await field.inputValue(), "a moose");
  await answer(page);
  await answer(page);
  await untilState(page);
  assert.deepEqual(await tiles(page), ["my cat", "a moose", "some words"]);
  await context.close();
});
