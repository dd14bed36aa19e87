// How sure the model is: what the module and the element hand out, what they do with it, and what the page shows and saves.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { isUnsure, stepOf } from "../../www/shared/confidence.js";
import { violations } from "./support/axe.js";
import { choose, launch, open, sample, untilCaption, untilState } from "./support/browser.js";
import { openEmbedded, shown, untilEvent } from "./support/element-page.js";
import { openModule } from "./support/module-page.js";
import { captionOfWords, replaceFiles, replaceRuntime } from "./support/stub-runtime.js";
import { giveVoices, said, VOICES } from "./support/voices.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const WORDS = [
  ["a", 0.93],
  ["dog", 0.8],
  ["on", 0.5],
  ["grass", 0.49],
];
const TEXT = "a dog on grass";
const UNKNOWN = WORDS.map(([text]) => [text, null]);

/** What stands in for a model that is as sure as that. */
function sure(confidence, words = confidence === null ? UNKNOWN : WORDS) {
  return async (context) => {
    await replaceRuntime(context, "cpu", captionOfWords(words, confidence));
    await replaceFiles(context, "cpu");
  };
}

const embed = (attributes, confidence, options) =>
  openEmbedded(
    browser,
    `<main><h1>Photos</h1><img id="photo" src="samples/cat.jpg" width="300" alt="">
    <glimpse-captioner for="photo" backend="cpu" loading="eager" ${attributes}></glimpse-captioner></main>`,
    {
      ...options,
      prepare: async (context) => {
        await sure(confidence)(context);
        await options?.prepare?.(context);
      },
    },
  );

const altOf = (page) => page.locator("#photo").getAttribute("alt");
const isUnsureState = (element) => element.evaluate((node) => node.matches(":state(unsure)"));
const events = (page, type) =>
  page.evaluate((type) => globalThis.events.filter((event) => event.type === type).length, type);

/** The page with one photo and its caption. */
async function captioned(confidence, { words, ...options } = {}) {
  const opened = await open(browser, { query: "?backend=cpu", prepare: sure(confidence, words), ...options });
  await untilState(opened.page);
  await choose(opened.page, await sample("cat"));
  assert.equal(await untilCaption(opened.page), TEXT);
  return opened;
}

test("a caption's steps begin where they are said to, and what nobody knows has none", () => {
  const steps = [1, 0.75, 0.749, 0.5, 0.499, 0.3, 0.299, 0, null].map(stepOf);
  assert.deepEqual(steps, ["sure", "sure", "fairlySure", "fairlySure", "notSure", "notSure", "guess", "guess", null]);
  assert.deepEqual(
    [0.5, 0.499, 0, null].map((confidence) => isUnsure({ confidence })),
    [false, true, true, false],
  );
});

test("the module hands out the confidence of a caption and of its words, also where nobody knows", async () => {
  for (const [confidence, words] of [
    [0.62, WORDS],
    [null, UNKNOWN],
  ]) {
    const { context, page } = await openModule(browser, { prepare: sure(confidence) });
    const found = await page.evaluate(async () => {
      const told = [];
      const options = { onWord: ({ text, confidence }) => told.push([text, confidence]) };
      const { confidence, words } = await (await load()).caption(await photo("cat"), options);
      return { confidence, told, words: words.map(({ text, confidence }) => [text, confidence]) };
    });
    assert.deepEqual(found, { confidence, told: words, words });
    await context.close();
  }
});

test("the element's event and property tell the confidence, and that apply-alt was done", async () => {
  const { context, page, element, complaints } = await embed('apply-alt min-confidence="0.6"', 0.62);
  const { text, confidence, guess, applied } = await untilEvent(page, "caption");
  assert.deepEqual({ text, confidence, guess, applied }, { text: TEXT, confidence: 0.62, guess: false, applied: true });
  assert.equal(await altOf(page), TEXT);
  assert.deepEqual(await element.evaluate((node) => [node.confidence, node.minConfidence]), [0.62, 0.6]);
  assert.equal(await shown(element, "guess").isVisible(), false);
  assert.equal(await isUnsureState(element), false);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("below min-confidence the caption is offered as a guess, and apply-alt writes nothing before a person accepts it", async () => {
  const { context, page, element, complaints } = await embed('apply-alt min-confidence="0.7"', 0.62, {
    prepare: (context) => giveVoices(context, VOICES),
  });
  const { text, confidence, guess, applied } = await untilEvent(page, "caption");
  assert.deepEqual({ text, confidence, guess, applied }, { text: TEXT, confidence: 0.62, guess: true, applied: false });
  assert.equal(await altOf(page), "");
  assert.equal(await events(page, "alt"), 0);
  assert.equal(await shown(element, "guess").innerText(), "A guess. This may be:");
  assert.equal(await shown(element, "guess").getAttribute("title"), "62% likely to be right");
  assert.equal(await isUnsureState(element), true);
  assert.equal(await element.locator('[aria-live="polite"]').textContent(), `A guess. This may be: ${TEXT}`);
  await element.getByRole("button", { name: "Read aloud" }).click();
  assert.equal((await said(page)).at(-1).text, `A guess. This may be: ${TEXT}`);
  assert.deepEqual(await violations(page), []);

  assert.equal(await shown(element, "suggestion-text").inputValue(), TEXT);
  await shown(element, "accept").click();
  assert.equal(await altOf(page), TEXT);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the picture of the element's own photo is described as a guess, too", async () => {
  const { context, page, element } = await openEmbedded(
    browser,
    '<glimpse-captioner src="samples/cat.jpg" backend="cpu" min-confidence="0.7"></glimpse-captioner>',
    { prepare: sure(0.62) },
  );
  assert.equal((await untilEvent(page, "caption")).applied, false, "there is no image of the page");
  assert.equal(await shown(element, "picture").getAttribute("aria-label"), `A guess. This may be: ${TEXT}`);
  await context.close();
});

test("another min-confidence shows the same caption otherwise, and sets no alternative text later", async () => {
  const { context, page, element } = await embed('apply-alt min-confidence="0.7" lang="ko"', 0.62);
  await untilEvent(page, "caption");
  const look = async () => [await shown(element, "guess").isVisible(), await isUnsureState(element)];
  assert.deepEqual(await look(), [true, true]);
  assert.equal(await shown(element, "guess").innerText(), "추측입니다. 아마도:");
  await element.evaluate((node) => (node.minConfidence = 0.5));
  assert.equal(await element.getAttribute("min-confidence"), "0.5");
  assert.deepEqual(await look(), [false, false]);
  assert.equal(await altOf(page), "");
  assert.equal(await events(page, "caption"), 1);
  await element.evaluate((node) => (node.minConfidence = 0.9));
  assert.deepEqual(await look(), [true, true]);
  await element.evaluate((node) => (node.src = "samples/missing.jpg"));
  await element.evaluate((node) => node.removeAttribute("for"));
  await untilEvent(page, "error");
  assert.deepEqual(await look(), [false, false], "there is no caption any more");
  await context.close();
});

for (const [what, attribute, confidence] of [
  ["without min-confidence", "", 0.01],
  ["with a min-confidence that is no number", 'min-confidence="high"', 0.01],
  ["with an empty one", 'min-confidence=""', 0.01],
  ["where nobody knows", 'min-confidence="1"', null],
]) {
  test(`${what} no caption is a guess`, async () => {
    const { context, page, element } = await embed(`apply-alt ${attribute}`, confidence);
    const detail = await untilEvent(page, "caption");
    assert.deepEqual([detail.confidence, detail.guess, detail.applied], [confidence, false, true]);
    assert.equal(await element.evaluate((node) => node.confidence), confidence);
    assert.equal(await altOf(page), TEXT);
    assert.equal(await shown(element, "guess").isVisible(), false);
    await context.close();
  });
}

/** The words that are marked, and what describes them. */
const marked = (toolbar) =>
  toolbar.evaluate((node) =>
    [...node.children].flatMap((button) => {
      const { borderBottomStyle, textDecorationStyle } = getComputedStyle(button.querySelector(".word-text"));
      const description = node.getRootNode().getElementById(button.getAttribute("aria-describedby"))?.textContent;
      const isDotted = [borderBottomStyle, textDecorationStyle].includes("dotted");
      return isDotted || description ? [[button.querySelector(".word-text").textContent, isDotted, description]] : [];
    }),
  );

test("words below one half are marked, in the element and on the page, to the eye and to the ear", async () => {
  const embedded = await embed("", 0.62);
  await untilEvent(embedded.page, "caption");
  assert.deepEqual(await marked(shown(embedded.element, "caption")), [["grass", true, "unsure"]]);
  assert.deepEqual(await shown(embedded.element, "unsure").locator(".word-text").allTextContents(), ["grass"]);
  await embedded.element.evaluate((node) => (node.lang = "zh"));
  assert.deepEqual(await marked(shown(embedded.element, "caption")), [["grass", true, "没有把握"]]);
  await embedded.context.close();

  const { context, page } = await captioned(0.62);
  assert.deepEqual(await marked(page.locator("#words")), [["grass", true, "unsure"]]);
  assert.equal(await page.locator("#unsure-hint").isVisible(), true);
  // The runner-up is "a", which the model is sure of.
  await page.locator("#candidate-list button").nth(1).click();
  assert.deepEqual(await marked(page.locator("#words")), []);
  assert.equal(await page.locator("#unsure-hint").isVisible(), false);
  await context.close();
});

const steps = [
  [0.81, "Sure", "81%"],
  [0.62, "Fairly sure", "62%"],
  [0.31, "Not sure", "31%"],
  [0.004, "A guess", "<1%"],
];
for (const [confidence, step, percent] of steps) {
  test(`the page says “${step}” of a caption with a confidence of ${confidence}`, async () => {
    const { context, page, complaints } = await captioned(confidence);
    const note = page.locator("#confidence");
    assert.equal(await note.isVisible(), true);
    assert.equal(await note.textContent(), `${step} ${percent} likely to be right`);
    assert.equal(await page.locator("#confidence-step").textContent(), step);
    assert.equal(await note.getAttribute("title"), `${percent} likely to be right`);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("the page says it in the visitor's language, and nothing of a runner-up", async () => {
  const { context, page } = await captioned(0.31);
  await page.selectOption("#language", "ko");
  await page.waitForFunction(() => document.documentElement.lang === "ko");
  const note = page.locator("#confidence");
  assert.equal(await note.textContent(), "확신하지 못함 맞을 확률 31%");
  assert.equal(await note.getAttribute("title"), "맞을 확률 31%");
  await page.locator("#candidate-list button").nth(1).click();
  assert.equal(await note.isVisible(), false);
  await page.locator("#candidate-list button").first().click();
  assert.equal(await note.isVisible(), true);
  await context.close();
});

test("where nobody knows, the page shows nothing of it, and saves it as such", async () => {
  const { context, page, complaints } = await captioned(null);
  assert.equal(await page.locator("#confidence").isVisible(), false);
  assert.equal(await page.locator("#unsure-hint").isVisible(), false);
  assert.deepEqual(await marked(page.locator("#words")), []);
  const { json, csv, html } = await saved(page);
  assert.equal(json[0].model.confidence, null);
  assert.deepEqual(
    json[0].model.words.map(({ confidence }) => confidence),
    [null, null, null, null],
  );
  assert.match(csv, /\r\ncat\.jpg,a dog on grass,false,a dog on grass,\r\n$/);
  assert.doesNotMatch(html, /data-confidence/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("what is saved tells the confidence of the model's caption, and not of a person's", async () => {
  const { context, page } = await captioned(0.6234567);
  const { json, csv, html } = await saved(page);
  assert.equal(json[0].model.confidence, 0.6234567);
  assert.deepEqual(
    json[0].model.words.map(({ text, confidence }) => [text, confidence]),
    WORDS,
  );
  assert.equal(
    csv,
    "\ufeffphoto,caption,edited,model_caption,model_confidence\r\n" +
      "cat.jpg,a dog on grass,false,a dog on grass,0.623\r\n",
  );
  assert.match(html, /<img src="cat\.jpg" alt="a dog on grass" lang="en" dir="ltr" data-confidence="0\.623">/);
  await page.click("#edit");
  await page.fill("#own-caption", "Chelsea");
  const edited = await saved(page);
  assert.match(edited.csv, /\r\ncat\.jpg,Chelsea,true,a dog on grass,0\.623\r\n$/);
  assert.match(edited.html, /<img src="cat\.jpg" alt="Chelsea">/);
  await context.close();
});

/** All three files. */
async function saved(page) {
  await page.locator("#exports").evaluate((details) => (details.open = true));
  const files = {};
  for (const kind of ["json", "csv", "html"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`[data-save="${kind}"]`)]);
    files[kind] = await readFile(await download.path(), "utf8");
  }
  return { ...files, json: JSON.parse(files.json) };
}
