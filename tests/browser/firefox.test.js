// What visitors with Firefox get: the same captions and maps, from their own site and from others, and again without the network.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import {
  beyondScripts,
  choose,
  drop,
  launchFirefox,
  open,
  readMap,
  SAMPLES,
  SITE,
  sample,
  untilCaption,
  untilProblem,
  untilState,
} from "./support/browser.js";
import { openColours, picture, untilCaptions } from "./support/colours.js";
import { assertSameCaptions, captionInPage, captionNatively } from "./support/compare.js";
import { mirror } from "./support/mirror.js";
import { closeAll, serve } from "./support/origins.js";

const www = (file) => fileURLToPath(new URL(`../../www/${file}`, import.meta.url));

describe("in Firefox", { skip: process.env.FIREFOX ? false : "FIREFOX names none" }, () => {
  let browser;
  before(async () => (browser = await launchFirefox()));
  after(async () => {
    await browser?.close();
    await closeAll();
  });

  test("captions are the command line program's", async () => {
    const { context, page } = await open(browser);
    await untilState(page);
    const [found] = await captionInPage(page, [{}]);
    const photos = SAMPLES.map((name) => www(`samples/${name}.jpg`));
    const expected = await captionNatively(www("models/glimpse.safetensors"), photos);
    assertSameCaptions(found, expected, expected[0].alternatives.length);
    await context.close();
  });

  test("drops a photo, steps through its words, and the network sees nothing", async () => {
    const { context, page, requests, complaints } = await open(browser);
    await untilState(page);
    assert.ok(requests.includes(`${SITE}models/glimpse.safetensors`), "the log sees what the worker asks for");
    requests.length = 0;
    await drop(page, await sample("moose"));
    const caption = await untilCaption(page);
    assert.equal(await page.locator("#photo-image").getAttribute("alt"), caption);
    assert.match(await page.locator("#facts").textContent(), /CPU in [\d,]+ ms/);

    await page.locator("#words button[tabindex='0']").focus();
    const prints = new Set();
    for (const word of caption.split(" ")) {
      const { visible, print, shown } = await readMap(page);
      assert.ok(shown && visible > 0, `${word} has a visible map`);
      prints.add(print);
      await page.keyboard.press("ArrowRight");
    }
    assert.ok(prints.size > caption.split(" ").length / 2, `${prints.size} maps for: ${caption}`);

    await choose(page, { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no photo") });
    assert.match(await untilProblem(page), /photo|image/i);
    assert.deepEqual(beyondScripts(requests), [], "nothing but the page's own scripts for what is no photo");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("the element captions on another origin's page", async () => {
    const photo = await readFile(www("samples/polar-bear.jpg"));
    const site = await mirror();
    const server = await serve({
      "/": `<!doctype html><meta charset="utf-8"><title>Another page</title>
        <script type="module" src="${site.address}element.js"></script>
        <glimpse-captioner src="photo.jpg" loading="eager"></glimpse-captioner>`,
      "/photo.jpg": photo,
    });
    const { context, page, complaints } = await open(browser, { address: server.address });
    const element = page.locator("glimpse-captioner");
    await element.locator("[part~=word]").first().waitFor();
    const [{ text }] = await captionNatively(www("models/glimpse.safetensors"), [www("samples/polar-bear.jpg")]);
    assert.equal(await element.evaluate((captioner) => captioner.text), text);
    assert.deepEqual(complaints, []);
    await context.close();
    await site.close();
  });

  test("a second visit downloads nothing large, and captions with the network off", async () => {
    const site = await mirror();
    const { context, page } = await open(browser, { address: site.address, serviceWorkers: "allow" });
    await untilState(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await choose(page, await sample("cat"));
    const caption = await untilCaption(page);

    site.asked.length = 0;
    await page.reload();
    await untilState(page);
    assert.deepEqual(
      site.asked.filter((path) => /\.(wasm|safetensors)$/.test(path)),
      [],
    );

    await site.close();
    await page.goto(`${site.address}?backend=cpu`);
    await untilState(page);
    await choose(page, await sample("cat"));
    assert.equal(await untilCaption(page), caption);
    await context.close();
  });

  test("an image that gets another photo is captioned anew, and the map lies on what is seen of its picture", async () => {
    const { context, page, element, complaints } = await openColours(
      browser,
      `<style>body { margin: 0 }</style>
       <img id="photo" alt="" src="${picture("red")}" style="display: block; width: 100px; height: 100px; padding: 10px; object-fit: cover">
       <glimpse-captioner for="photo"></glimpse-captioner>`,
    );
    await untilCaptions(page, 1);
    await page.evaluate((src) => (document.getElementById("photo").src = src), picture("blue"));
    assert.deepEqual(await untilCaptions(page, 2), ["red", "blue"]);
    await element.locator("[part~=word]").first().hover();
    const { x, y, width, height } = await element.locator("canvas.outside").boundingBox();
    assert.deepEqual([x, y, width, height].map(Math.round), [-40, 10, 200, 100]);
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
