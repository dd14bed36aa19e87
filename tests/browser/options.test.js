// How captions are chosen: the form on the page, the runners-up, and what the captioner refuses.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { choose, launch, open, readMap, sample, untilCaption, untilState } from "./support/browser.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const field = (page, name) => page.locator(`#options-form [name="${name}"]`);
const captions = (page) => page.locator("#candidate-list button span:first-child").allTextContents();
const scores = async (page) => {
  const texts = await page.locator("#candidate-list .candidate-score").allTextContents();
  return texts.map((text) => Number(text.replace("−", "-")));
};
const words = async (page) => (await page.locator("#words .word-text").allTextContents()).join(" ");

/** Types a value into a field, as the keyboard does, and waits for the new caption. */
async function set(page, name, value) {
  await field(page, name).fill(String(value));
  await field(page, name).press("Enter");
  await untilState(page);
}

async function withCaption() {
  const opened = await open(browser);
  await untilState(opened.page);
  await choose(opened.page, await sample("cat"));
  await untilCaption(opened.page);
  return opened;
}

test("shows the runners-up with their scores, and the words and maps of the one chosen", async () => {
  const { context, page, complaints } = await withCaption();
  const all = await captions(page);
  assert.ok(all.length >= 2, `several captions: ${all}`);
  assert.equal(new Set(all).size, all.length, "all different");
  const found = await scores(page);
  assert.ok(
    found.every((score, index) => score < 0 && score <= (found[index - 1] ?? 0)),
    `sorted: ${found}`,
  );
  assert.equal(await words(page), all[0]);
  const pressed = page.locator('#candidate-list [aria-pressed="true"]');
  assert.equal(await pressed.count(), 1);

  // By keyboard: the Tab key leads from caption to caption, and Enter chooses one.
  await page.click("#all-words");
  await page.locator("#candidate-list button").first().focus();
  for (let rank = 1; rank < all.length; rank += 1) {
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await words(page), all[rank]);
    assert.equal(await pressed.locator("span").first().textContent(), all[rank]);
    assert.equal(await page.locator("#photo-image").getAttribute("alt"), all[rank]);
    assert.equal(await page.locator("#spoken").textContent(), `Caption: ${all[rank]}`);
    const count = await page.locator("#words button").count();
    assert.equal(await page.locator("#grid li").count(), count, "all words are this caption's");
    const prints = new Set();
    for (let word = 0; word < count; word += 1) {
      await page.locator("#words button").nth(word).hover();
      const { visible, print, shown } = await readMap(page);
      assert.ok(shown && visible > 0, `word ${word} has a visible map`);
      prints.add(print);
    }
    assert.ok(prints.size > count / 2, "maps differ between words");
  }
  await page.locator("#candidate-list button").first().click();
  assert.equal(await words(page), all[0]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the form changes how the photo in view is captioned", async () => {
  const { context, page, requests, complaints } = await withCaption();
  const first = await captions(page);
  requests.length = 0;

  // By keyboard: the disclosure opens with Enter.
  await page.locator("#options summary").focus();
  await page.keyboard.press("Enter");
  assert.equal(await field(page, "beams").isVisible(), true);
  assert.equal(await field(page, "seed").isVisible(), false);

  await set(page, "beams", 1);
  assert.equal(await page.locator("#candidates").isVisible(), false, "one beam has no runners-up");
  const greedy = await words(page);
  assert.notEqual(greedy, "");
  await set(page, "maxWords", 3);
  assert.equal((await words(page)).split(" ").length, 3);
  assert.ok(greedy.startsWith(await words(page)));
  await set(page, "maxWords", 30);
  await set(page, "beams", 3);
  assert.equal((await captions(page)).length, 3);
  await set(page, "repeatBlock", 1);
  for (const caption of await captions(page)) {
    const each = caption.split(" ");
    assert.equal(new Set(each).size, each.length, caption);
  }
  // Enough beams for captions of other lengths.
  await set(page, "beams", 10);
  await set(page, "lengthPenalty", 5);
  const long = (await captions(page))[0];
  await set(page, "lengthPenalty", 0);
  const short = (await captions(page))[0];
  assert.ok(short.split(" ").length < long.split(" ").length, `${short}; ${long}`);

  await page.getByRole("button", { name: "Back to the defaults" }).click();
  await untilState(page);
  assert.deepEqual(await captions(page), first);
  assert.deepEqual(
    requests.filter((address) => !/^(blob|data):/.test(address)),
    [],
  );
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the same seed draws the same captions, and another seed draws others", async () => {
  const { context, page, complaints } = await withCaption();
  await page.click("#options summary");
  await page.getByLabel("Draw words at random").check();
  await untilState(page);
  assert.equal(await field(page, "beams").isVisible(), false);
  await set(page, "draws", 4);
  const first = await captions(page);
  assert.equal(first.length, 4);
  await set(page, "seed", 123);
  const second = await captions(page);
  assert.notDeepEqual(second, first);
  await set(page, "seed", 0);
  assert.deepEqual(await captions(page), first);
  await set(page, "topK", 1);
  assert.equal(new Set(await captions(page)).size, 1, "with one word to choose from there is one caption");
  await set(page, "draws", 1);
  assert.equal(await page.locator("#candidates").isVisible(), false);

  // The choice holds for the next photo.
  await choose(page, await sample("moose"));
  await untilCaption(page);
  assert.equal(await page.locator("#candidates").isVisible(), false);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a value out of its range changes nothing, and the browser says why", async () => {
  const { context, page, complaints } = await withCaption();
  const before = await captions(page);
  await page.click("#options summary");
  for (const [name, value] of [
    ["beams", "0"],
    ["beams", "2.5"],
    ["lengthPenalty", "-1"],
    ["maxWords", ""],
  ]) {
    await set(page, name, value);
    assert.equal(await field(page, name).evaluate((input) => input.matches(":invalid")), true, `${name}: ${value}`);
    assert.deepEqual(await captions(page), before);
    assert.equal(await page.locator("#problem").isVisible(), false);
    await page.getByRole("button", { name: "Back to the defaults" }).click();
    await untilState(page);
  }
  assert.deepEqual(complaints, []);
  await context.close();
});

const REFUSED = [
  [{ beams: 0 }, /number of beams is 0/],
  [{ beams: 1.5 }, /beams must be a whole number from 0, not 1\.5/],
  [{ beams: "4" }, /beams must be a number, not "4"/],
  [{ beams: 2, alternatives: 2 }, /3 captions need as many beams/],
  [{ beams: 2, sample: {} }, /beams and sample exclude each other/],
  [{ beam: 2 }, /cannot have "beam", only/],
  [{ maxWords: -1 }, /maxWords must be a whole number from 0, not -1/],
  [{ maxWords: 0 }, /most words is 0/],
  [{ lengthPenalty: NaN }, /length penalty is NaN/],
  [{ repeatBlock: Infinity }, /repeatBlock must be a whole number/],
  [{ repeatWords: "no" }, /repeatWords must be true or false, not "no"/],
  [{ sample: true }, /sample must be an object, not true/],
  [{ sample: { temperature: 0 } }, /temperature is 0/],
  [{ sample: { topP: 2 } }, /top-p is 2/],
  [{ sample: { topK: -5 } }, /topK must be a whole number/],
  [{ sample: { seed: 2 ** 60 } }, /seed must be a whole number/],
  [{ sample: { temprature: 1 } }, /sample cannot have "temprature", only temperature/],
];

test("the captioner refuses wrong options by name, and goes on", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  const messages = await page.evaluate(
    async (refused) => {
      const at = (file) => new URL(file, document.baseURI).href;
      const { loadCaptioner } = await import(at("glimpse.js"));
      const captioner = await loadCaptioner({ model: at("models/glimpse.safetensors"), backend: "cpu" });
      const photo = await (await fetch(at("samples/cat.jpg"))).blob();
      const messages = [];
      for (const options of refused) {
        messages.push(
          await captioner.caption(photo, options).then(
            () => "nothing",
            (error) => error.message,
          ),
        );
      }
      const { text, alternatives } = await captioner.caption(photo, {
        beams: null,
        sample: undefined,
        alternatives: 6,
      });
      messages.push(`${text.length > 0} ${alternatives.length}`);
      captioner.dispose();
      return messages;
    },
    REFUSED.map(([options]) => options),
  );
  for (const [index, [options, says]] of REFUSED.entries()) {
    assert.match(messages[index], says, JSON.stringify(options));
  }
  assert.equal(messages.at(-1), "true 6", "what is left out is the default, and beams are as many as needed");
  await context.close();
});
