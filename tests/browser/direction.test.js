// Captions run in their own language's direction, whatever the page around them, and controls in the interface's.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { toHtml } from "../../www/page/exports.js";
import { directionOf } from "../../www/shared/direction.js";
import { choose, launch, open, sample, untilCaption, untilState } from "./support/browser.js";
import { openEmbedded, untilEvent } from "./support/element-page.js";
import { captionOfWords, replaceFiles, replaceRuntime } from "./support/stub-runtime.js";

const ENGLISH = ["a", "white", "dog", "in", "snow"];
const ARABIC = ["كلب", "أبيض", "يقف", "في", "الثلج"];

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** What stands in for a model that writes these words. */
function writing(words, language) {
  const body = captionOfWords(
    words.map((text) => [text, 0.9]),
    0.9,
  );
  return async (context) => {
    await replaceRuntime(context, "cpu", body, { language });
    await replaceFiles(context, "cpu");
  };
}

/**
 * The texts of nodes, or the words of a single text, in the order in which they are seen: line by line, from left to right or
 * from right to left.
 */
function seen(nodes, direction) {
  return nodes.evaluateAll((nodes, direction) => {
    const wordsOf = (node) => {
      const text = document.createTreeWalker(node, NodeFilter.SHOW_TEXT).nextNode();
      return [...text.data.matchAll(/\S+/g)].map(({ 0: word, index }) => {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        return { text: word, place: range.getBoundingClientRect() };
      });
    };
    const textOf = (node) => node.querySelector(".word-text, [lang]").textContent;
    const places =
      nodes.length === 1
        ? wordsOf(nodes[0])
        : nodes.map((node) => ({ text: textOf(node), place: node.getBoundingClientRect() }));
    const isOnOther = (one, other) => one.top >= other.bottom || one.bottom <= other.top;
    const sign = direction === "rtl" ? -1 : 1;
    places.sort(({ place: one }, { place: other }) =>
      isOnOther(one, other) ? one.top - other.top : sign * (one.left - other.left),
    );
    return places.map(({ text }) => text);
  }, direction);
}

const embed = (dir, words, language, options) =>
  openEmbedded(
    browser,
    `<script>document.documentElement.dir = "${dir}"</script><img id="photo" src="samples/cat.jpg" width="300" alt="">
    <glimpse-captioner for="photo" attention="grid" backend="cpu" loading="eager" min-confidence="0.95"
      lang="en"><p id="slotted">…</p></glimpse-captioner>`,
    { ...options, prepare: writing(words, language) },
  );

test("languages run as their scripts do, and nobody's by each text itself", () => {
  for (const language of ["ar", "he", "fa-IR", "ur", "ckb", "ug", "dv", "yi", "pa-Arab", "az-Arab"]) {
    assert.equal(directionOf(language), "rtl", language);
  }
  for (const language of ["en", "ko", "zh-Hans", "ar-Latn", "tr", "pa"]) {
    assert.equal(directionOf(language), "ltr", language);
  }
  assert.deepEqual(["", "no language"].map(directionOf), ["auto", "auto"]);
});

describe("the element", () => {
  for (const [around, words, language, direction] of [
    ["rtl", ENGLISH, "en", "ltr"],
    ["ltr", ARABIC, "ar", "rtl"],
  ]) {
    test(`in a page that runs ${around} a caption in ${language} runs ${direction}, and so do the keys`, async () => {
      const { context, page, element, complaints } = await embed(around, words, language);
      await untilEvent(page, "caption");
      const buttons = element.locator("button.word");
      assert.deepEqual(await seen(buttons, direction), words);
      const cells = element.locator("[part=grid] > li");
      assert.deepEqual(await seen(cells, direction), words);

      const pressed = () => element.locator("button.word[aria-pressed=true] .word-text").textContent();
      const [back, on] = direction === "rtl" ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
      await buttons.first().focus();
      await page.keyboard.press(on);
      assert.equal(await pressed(), words[1], "on is where the next word is seen");
      await page.keyboard.press(back);
      assert.equal(await pressed(), words[0]);

      const directions = (selector) => element.locator(selector).evaluate((node) => getComputedStyle(node).direction);
      assert.equal(await directions("textarea"), direction);
      assert.equal(await directions("[aria-live] [lang]"), direction);
      // The controls are English, and what the page puts into the element is the page's.
      for (const control of ["[part=guess]", "[part~=accept]", "[part=status]", "[role=alert]", ".suggestion label"]) {
        assert.equal(await directions(control), "ltr", control);
      }
      assert.equal(await directions("#slotted"), around);
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }
});

describe("the page", () => {
  test("a caption in Arabic runs from right to left wherever it is shown, and a person's as they write", async () => {
    const { context, page, complaints } = await open(browser, {
      query: "?backend=cpu",
      prepare: writing(ARABIC, "ar"),
    });
    await untilState(page);
    assert.deepEqual(await page.locator("html").evaluate(({ lang, dir }) => [lang, dir]), ["en", "ltr"]);
    const cat = { ...(await sample("cat")), name: "قطة.jpg" };
    await choose(page, [cat, await sample("moose")]);
    await untilState(page);
    assert.equal(await untilCaption(page), ARABIC.join(" "));
    assert.deepEqual(await seen(page.locator("#words button"), "rtl"), ARABIC);
    await page.locator("#words button").first().focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator("#words [aria-pressed=true] .word-text").textContent(), ARABIC[1]);

    const directions = (selector) =>
      page
        .locator(selector)
        .first()
        .evaluate((node) => getComputedStyle(node).direction);
    await page.click("#all-words");
    assert.deepEqual(await seen(page.locator("#grid-cells li"), "rtl"), ARABIC);
    for (const caption of ["#candidate-list button", "#gallery-items button > span", "#spoken [lang]", "#scrub-word"]) {
      assert.equal(await directions(caption), "rtl", caption);
    }
    const tile = page.locator("#gallery-items button > span").first();
    assert.deepEqual(await seen(tile, "rtl"), ARABIC);
    const edges = await tile.evaluate((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const text = range.getBoundingClientRect();
      const box = node.getBoundingClientRect();
      return [text.left - box.left, box.right - text.right];
    });
    assert.ok(edges[1] <= edges[0], `a tile's caption begins at the right: ${edges}`);
    for (const control of ["#candidates-heading", "#copy", "#facts", "#words .word-sure", ".candidate-score"]) {
      assert.equal(await directions(control), "ltr", control);
    }

    await page.click("#edit");
    assert.equal(await directions("#own-caption"), "rtl");
    await page.fill("#own-caption", "my dog");
    assert.equal(await directions("#own-caption"), "ltr");
    await page.fill("#own-caption", "كلبي");
    assert.equal(await directions("#own-caption"), "rtl");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("a saved page says which language a caption is in, and leaves a person's to their own", () => {
    const record = (language) => ({
      photo: "a.jpg",
      caption: ARABIC.join(" "),
      language,
      edited: language === "",
      model: { caption: "", confidence: null, words: [], captions: [] },
    });
    assert.ok(toHtml([record("ar")]).includes(`alt="${ARABIC.join(" ")}" lang="ar" dir="rtl">`));
    assert.ok(toHtml([record("")]).includes(`alt="${ARABIC.join(" ")}">`));
  });
});
