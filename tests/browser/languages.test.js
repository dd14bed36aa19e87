// The interface in English, Korean and Chinese. Captions are English in all of them.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { choose, launch, open, SITE, sample, untilCaption, untilProblem, untilState } from "./support/browser.js";

const TEXTS = new URL("../../www/page/texts/", import.meta.url);

/** All texts of a language, those of the page's parts included. */
async function textsOf(language) {
  const entries = await readdir(TEXTS, { withFileTypes: true });
  const parts = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/`);
  const modules = await Promise.all(["", ...parts].map((part) => import(new URL(`${part}${language}.js`, TEXTS))));
  return Object.assign({}, ...modules.map((module) => module.default));
}

const [english, korean, chinese] = await Promise.all(["en", "ko", "zh"].map(textsOf));

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const heading = (page) => page.locator("#samples-heading").textContent();
const lang = (page) => page.evaluate(() => document.documentElement.lang);

test("all languages have all texts, with the same values in them", () => {
  const values = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [name, texts] of Object.entries({ korean, chinese })) {
    assert.deepEqual(Object.keys(texts), Object.keys(english), name);
    for (const [key, text] of Object.entries(texts)) {
      assert.deepEqual(values(text), values(english[key]), `${name}: ${key}`);
      assert.ok(text.length > 0, `${name}: ${key}`);
    }
    const same = Object.keys(texts).filter((key) => texts[key] === english[key]);
    assert.deepEqual(
      same.filter((key) => !["topK", "topP"].includes(key)),
      [],
      `${name}: not translated`,
    );
  }
});

test("the page's own texts are those of the English module, and every text is used", async () => {
  const html = await (await fetch(SITE)).text();
  const { context, page } = await open(browser);
  const found = await page.evaluate((html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    return {
      texts: [...page.querySelectorAll("[data-text]")].map((element) => [element.dataset.text, element.textContent]),
      labels: [...page.querySelectorAll("[data-label]")].map((element) => [
        element.dataset.label,
        element.getAttribute("aria-label"),
      ]),
      // What a language cannot reach.
      left: [...page.body.querySelectorAll("*")].flatMap((element) =>
        [...element.childNodes]
          .filter((node) => node.nodeType === 3 && /[A-Za-z]{2}/.test(node.data))
          .filter(() => !element.closest("[data-text], noscript, script, #language, #credits"))
          .map((node) => node.data.trim()),
      ),
    };
  }, html);
  await context.close();
  assert.ok(found.texts.length > 70, "the page has texts");
  for (const [key, text] of [...found.texts, ...found.labels]) {
    assert.equal(text, english[key], key);
  }
  assert.deepEqual(found.left, ["Glimpse", "JSON", "CSV", "CPU", "GPU (WebGPU)"]);

  const scripts = [];
  for (const folder of ["../../www/page/", "../../www/shared/"].map((path) => new URL(path, import.meta.url))) {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".js"));
    scripts.push(...(await Promise.all(names.map((name) => readFile(new URL(name, folder), "utf8")))));
  }
  const unused = Object.keys(english).filter(
    (key) => !html.includes(`="${key}"`) && !scripts.some((script) => script.includes(`"${key}"`)),
  );
  assert.deepEqual(unused, []);
});

for (const [locale, tag, texts] of [
  ["ko-KR", "ko", korean],
  ["zh-CN", "zh-Hans", chinese],
  ["fr-FR", "en", english],
]) {
  test(`a visitor whose browser speaks ${locale} reads ${tag}`, async () => {
    const { context, page, complaints } = await open(browser, { locale });
    await untilState(page);
    assert.equal(await lang(page), tag);
    assert.equal(await heading(page), texts.samples);
    assert.equal(await page.title(), texts.title);
    assert.equal(await page.locator("#photo-image").count(), 1);
    // What few read is loaded for those who open it.
    await page.click("[data-text=privacyHeading]");
    await page.waitForFunction(
      (text) => document.querySelector("[data-text=privacyKept]").textContent === text,
      texts.privacyKept,
    );
    await choose(page, await sample("cat"));
    const caption = await untilCaption(page);
    assert.match(caption, /^[a-z ]+$/, "captions are English");
    assert.equal(await page.locator("#words").evaluate((element) => element.closest("[lang]").lang), "en");
    assert.equal(await page.locator("#spoken").textContent(), `${texts.said} ${caption}`);
    assert.equal(await page.locator("#spoken [lang=en]").textContent(), caption);
    assert.equal(await page.locator("#another").textContent(), texts.another);
    await choose(page, { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") });
    assert.ok((await untilProblem(page)).startsWith(texts.noCaption.replace("{name}", "notes.txt")));
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("the language can be chosen at any moment, changes all texts in view, and is remembered", async () => {
  const { context, page, complaints } = await open(browser);
  await untilState(page);
  await choose(page, await sample("cat"));
  const caption = await untilCaption(page);
  await page.selectOption("#language", "ko");
  await page.waitForFunction(() => document.documentElement.lang === "ko");
  assert.equal(await page.locator("#all-words").textContent(), korean.allWords);
  assert.match(await page.locator("#facts").textContent(), /CPU에서 [\d,]+ms/);
  assert.equal(await page.locator("#play").getAttribute("aria-label"), korean.play);
  assert.equal(await page.locator("#scrub").getAttribute("aria-valuetext"), korean.wholePhoto);
  assert.equal(
    await page.locator("[data-sample=moose] img").getAttribute("alt"),
    korean.samplePhoto.replace("{title}", korean.moose),
  );
  assert.equal(await page.locator("#model-info dt").first().textContent(), korean.name);
  assert.equal((await page.locator("#words .word-text").allTextContents()).join(" "), caption);

  // Nothing that a person reads stays in English, besides captions, names and numbers.
  const english = await page.evaluate(() =>
    [...document.body.querySelectorAll("*")].flatMap((element) =>
      [...element.childNodes]
        .filter((node) => node.nodeType === 3 && /[a-z]{3}/.test(node.data))
        .filter(() => element.closest("[lang]").lang === "ko" && element.closest("[data-text]") === null)
        .map((node) => node.data.trim()),
    ),
  );
  assert.deepEqual(
    english.filter((text) => !/Glimpse|WebGPU|^CC |noscript|JavaScript/.test(text)),
    [],
  );

  await page.reload();
  await untilState(page);
  assert.equal(await heading(page), korean.samples);
  await page.selectOption("#language", "en");
  await page.waitForFunction(() => document.documentElement.lang === "en");
  assert.equal(await page.locator("#language").inputValue(), "en");
  await page.reload();
  await untilState(page);
  assert.equal(await heading(page), "Or try one of these");
  assert.deepEqual(complaints, []);
  await context.close();
});
