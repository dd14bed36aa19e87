// The controls below the photo: play through the words, go to one, colour and strength of the maps, save one as a picture.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { choose, launch, open, readMap, sample, untilCaption, untilState } from "./support/browser.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

async function withCaption(options) {
  const opened = await open(browser, options);
  await untilState(opened.page);
  await choose(opened.page, await sample("polar-bear"));
  await untilCaption(opened.page);
  return { ...opened, count: await opened.page.locator("#words button").count() };
}

const selected = (page) =>
  page.evaluate(() =>
    [...document.getElementById("words").children].findIndex((word) => word.getAttribute("aria-pressed") === "true"),
  );

/** The opaque colours of the map over the photo. */
const colours = (page) =>
  page.evaluate(() => {
    const canvas = document.getElementById("attention");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = new Set();
    for (let place = 0; place < data.length; place += 4) {
      // Where it is nearly transparent, colours are rounded.
      if (data[place + 3] > 100) {
        found.add(`${data[place]},${data[place + 1]},${data[place + 2]}`);
      }
    }
    return [...found];
  });

test("plays through the words to the last, and can be paused", async () => {
  const { context, page, count, complaints } = await withCaption({
    prepare: (context) => context.clock.install(),
  });
  // Otherwise it runs on, and a busy computer is slower with a click than the words are.
  await page.clock.pauseAt(Date.now() + 60_000);
  const play = page.getByRole("button", { name: "Play through the words" });
  const pause = page.getByRole("button", { name: "Pause" });
  await play.click();
  assert.equal(await selected(page), 0);
  await page.clock.runFor(1000);
  assert.equal(await selected(page), 1);
  await pause.click();
  await page.clock.runFor(10_000);
  assert.equal(await selected(page), 1, "paused");
  await play.click();
  assert.equal(await selected(page), 2, "goes on where it was");
  await page.clock.runFor(100_000);
  assert.equal(await selected(page), count - 1);
  await play.waitFor();
  await play.click();
  assert.equal(await selected(page), 0, "from the beginning again");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the slider goes through the words by keyboard, says each, and follows the words", async () => {
  const { context, page, count } = await withCaption();
  const slider = page.locator("#scrub");
  assert.equal(await slider.getAttribute("aria-valuetext"), "The whole photo");
  assert.equal(await slider.getAttribute("max"), String(count));
  await slider.focus();
  const texts = await page.locator("#words .word-text").allTextContents();
  for (const [index, text] of texts.entries()) {
    await page.keyboard.press("ArrowRight");
    assert.equal(await selected(page), index);
    assert.equal(await slider.getAttribute("aria-valuetext"), `${index + 1} of ${count}: ${text}`);
    assert.ok((await readMap(page)).shown);
  }
  await page.keyboard.press("Home");
  assert.equal((await readMap(page)).shown, false, "the photo alone");
  await page.locator("#words button").nth(2).click();
  assert.equal(await slider.inputValue(), "3");
  await page.keyboard.press("Escape");
  assert.equal(await slider.inputValue(), "0");
  await context.close();
});

test("colour and strength change how maps look, and not where they are", async () => {
  const { context, page } = await withCaption();
  await page.locator("#words button").nth(2).click();
  const before = await readMap(page);
  assert.ok((await colours(page)).length > 10, "heat has many colours");
  await page.selectOption("#map-colour", { label: "Blue" });
  const blue = await colours(page);
  assert.ok(
    blue.every((colour) => {
      const [red, green, blue] = colour.split(",").map(Number);
      return Math.abs(red - 0x4d) < 4 && Math.abs(green - 0xa3) < 4 && Math.abs(blue - 0xff) < 4;
    }),
    `one colour: ${blue.slice(0, 5)}`,
  );
  assert.equal((await readMap(page)).print, before.print, "with the same transparency");
  assert.deepEqual(await page.locator("#attention").boundingBox(), await page.locator("#photo-image").boundingBox());

  await page.click("#all-words");
  const small = await page.evaluate(() => {
    const canvas = document.querySelector("#grid canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const hottest = data.reduce((best, value, place) => (place % 4 === 3 && value > data[best] ? place : best), 3);
    return [...data.slice(hottest - 3, hottest)];
  });
  assert.ok(Math.abs(small[2] - 0xff) < 4 && small[0] < 0x60, `all words have it too: ${small}`);

  await page.locator("#map-strength").fill("0.4");
  await page.waitForFunction(() => getComputedStyle(document.getElementById("attention")).opacity === "0.4");
  await page.selectOption("#map-colour", { label: "Heat" });
  assert.ok((await colours(page)).length > 10);
  await context.close();
});

test("saves the photo with the map of the current word", async () => {
  const { context, page, requests } = await withCaption({ reducedMotion: "reduce" });
  assert.equal(await page.locator("#save-map").isDisabled(), true, "no word is chosen");
  requests.length = 0;
  const saved = [];
  for (const word of [4, 2]) {
    await page.locator("#words button").nth(word).click();
    const text = await page.locator("#words .word-text").nth(word).textContent();
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-map")]);
    assert.equal(download.suggestedFilename(), `polar-bear-${text}.png`);
    saved.push(await readFile(await download.path()));
  }
  const { width, height } = await page
    .locator("#photo-image")
    .evaluate(({ naturalWidth: width, naturalHeight: height }) => ({ width, height }));
  for (const png of saved) {
    assert.equal(png.toString("latin1", 1, 4), "PNG");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [width, height], "in the photo's own size");
  }
  assert.notDeepEqual(saved[0], saved[1], "another word has another map");

  // Where the map is hottest the picture is warmer than the photo; far from it, it is only paler.
  const [warmest, colder] = await page.evaluate(
    async ({ base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes]));
      const pixels = (source, width, height) => {
        const canvas = document.createElement("canvas");
        Object.assign(canvas, { width, height });
        canvas.getContext("2d").drawImage(source, 0, 0, width, height);
        return canvas.getContext("2d").getImageData(0, 0, width, height).data;
      };
      const map = document.getElementById("attention");
      const [heat, made] = [pixels(map, map.width, map.height), pixels(image, map.width, map.height)];
      const warmth = (place) => made[place] - made[place + 2];
      const places = [...Array(heat.length / 4).keys()].map((index) => 4 * index);
      const mean = (chosen) => chosen.reduce((sum, place) => sum + warmth(place), 0) / chosen.length;
      return [
        mean(places.filter((place) => heat[place + 3] > 120)),
        mean(places.filter((place) => heat[place + 3] < 5)),
      ];
    },
    { base64: saved[1].toString("base64") },
  );
  assert.ok(warmest > colder + 40, `${warmest} where it looked, ${colder} elsewhere`);
  assert.deepEqual(
    requests.filter((address) => !/^(blob|data):/.test(address)),
    [],
  );
  await context.close();
});

test("who prefers no motion gets none: maps change at once, and nothing moves", async () => {
  const { context, page } = await withCaption({ reducedMotion: "reduce" });
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")]
      .filter((element) => {
        const { animationName, transitionDuration } = getComputedStyle(element);
        return animationName !== "none" || parseFloat(transitionDuration) > 0;
      })
      .map(({ id, className }) => id || className),
  );
  assert.deepEqual(moving, []);
  const { page: other, context: otherContext } = await withCaption();
  assert.notEqual(
    await other.locator("#attention").evaluate((canvas) => getComputedStyle(canvas).transitionDuration),
    "0s",
    "and who does not, gets some",
  );
  await otherContext.close();
  await context.close();
});
