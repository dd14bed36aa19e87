// The page's models: one chosen from the menu, and all of them side by side on one photo.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { violations } from "./support/axe.js";
import { choose, launch, open, PATIENCE, sample, untilCaption, untilProblem, untilState } from "./support/browser.js";
import { captionNatively } from "./support/compare.js";

const NAMES = ["glimpse", "tf-tutorial", "merge-lstm"];
const modelFile = (name) => fileURLToPath(new URL(`../../www/models/${name}.safetensors`, import.meta.url));
const photoFile = (name) => fileURLToPath(new URL(`../../www/samples/${name}.jpg`, import.meta.url));

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const models = (requests) => requests.flatMap((address) => /models\/([\w-]+)\.safetensors/.exec(address)?.[1] ?? []);
const cards = (page) => page.locator("#compared-models > li");
/** All of them have said something. */
const untilCompared = (page) =>
  page.waitForFunction(
    () => {
      const told = [...document.querySelectorAll("#compared-models [role=status]")];
      return told.length > 0 && told.every(({ dataset }) => dataset.text !== "thinking");
    },
    null,
    { timeout: 2 * PATIENCE },
  );
const textOf = async (card) => (await card.locator(".word-text").allTextContents()).join(" ");
const nativeCaption = async (name) => (await captionNatively(modelFile(name), [photoFile("polar-bear")]))[0].text;

test("every model of the page captions the photo, as the command does", { timeout: 300_000 }, async () => {
  const { context, page, requests, complaints } = await open(browser);
  await untilState(page);
  await choose(page, await sample("polar-bear"));
  await untilCaption(page);
  assert.deepEqual([...new Set(models(requests))], ["glimpse"], "the others are fetched when somebody wants them");

  await page.click("#compare");
  await untilCompared(page);
  assert.deepEqual([...new Set(models(requests))].sort(), [...NAMES].sort());
  assert.equal(await page.getAttribute("#compare", "aria-expanded"), "true");
  for (const [index, name] of NAMES.entries()) {
    assert.equal(await textOf(cards(page).nth(index)), await nativeCaption(name), name);
  }

  const looks = (index) => cards(page).nth(index).locator("figure.looking").count();
  for (const index of [0, 1, 2]) {
    await cards(page).nth(index).locator(".word").nth(1).click();
  }
  assert.deepEqual([await looks(0), await looks(1), await looks(2)], [1, 1, 0], "the last one has no maps");
  assert.match(await cards(page).nth(2).locator("[role=status]").textContent(), /no maps/);
  assert.deepEqual(await violations(page), []);
  const [photoEnds, comparisonBegins] = await page.evaluate(() => {
    scrollTo(0, document.documentElement.scrollHeight);
    const place = (selector) => document.querySelector(selector).getBoundingClientRect();
    return [place(".stage-view").bottom, place("#comparison").top];
  });
  assert.ok(photoEnds <= comparisonBegins, "the photo that stays in view covers nothing");

  await page.click("#compare");
  assert.ok(await page.isHidden("#comparison"));
  await page.click("#compare");
  await choose(page, await sample("cat"));
  assert.ok(await page.isHidden("#comparison"), "it was about another photo");
  assert.equal(await page.getAttribute("#compare", "aria-expanded"), "false");
  await untilState(page);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a model that cannot be had is told of, and the others caption", { timeout: 300_000 }, async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  await choose(page, await sample("polar-bear"));
  const caption = await untilCaption(page);
  await page.route("**/tf-tutorial.safetensors", (route) => route.abort());
  await page.click("#compare");
  await untilCompared(page);
  assert.equal((await textOf(cards(page).nth(0))).toLowerCase(), caption.toLowerCase());
  assert.match(await cards(page).nth(1).locator("[role=status]").textContent(), /^No caption: .*tf-tutorial/);
  assert.ok((await textOf(cards(page).nth(2))).length > 0);
  await context.close();
});

test("a model chosen from the menu captions, and is chosen again by the page's address", {
  timeout: 300_000,
}, async () => {
  const { context, page, complaints } = await open(browser);
  await untilState(page);
  await choose(page, await sample("polar-bear"));
  const own = await untilCaption(page);
  const [tutorial] = await page
    .locator("#model option")
    .evaluateAll((options) => options.slice(1).map((it) => it.value));
  await page.selectOption("#model", tutorial);
  await untilState(page);
  const other = await untilCaption(page);
  assert.equal(other, await nativeCaption("tf-tutorial"));
  assert.notEqual(other, own);
  assert.match(await page.textContent("#model-info"), /tutorial/);
  assert.match(page.url(), /model=models%2Ftf-tutorial\.safetensors/);

  await page.reload();
  await untilState(page);
  assert.equal(await page.inputValue("#model"), tutorial);
  await page.setInputFiles("#model-file", modelFile("merge-lstm"));
  await untilState(page);
  assert.equal(await page.locator("#model option:checked").textContent(), "merge-lstm.safetensors");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("an address that names a model of another site is refused by the menu's page too", async () => {
  const { context, page } = await open(browser, { query: "?model=https://example.com/other.safetensors" });
  await untilState(page, "failed");
  assert.match(await untilProblem(page), /same site/);
  assert.equal(await page.locator("#model option:checked").textContent(), "other.safetensors");
  await context.close();
});
