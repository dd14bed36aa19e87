// A visitor's way through the page: give it a photo, read the caption, step through the words.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
  choose,
  drop,
  launch,
  open,
  paste,
  readMap,
  SAMPLES,
  SITE,
  sample,
  untilCaption,
  untilState,
} from "./support/browser.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("is served under a strict content security policy", async () => {
  const { headers } = await fetch(SITE);
  const policy = headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'(;|$)/);
  assert.match(policy, /connect-src 'self' https:(;|$)/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
});

test("drops a photo, reads the caption, steps through the words, and the network sees nothing", async () => {
  const { context, page, requests, complaints } = await open(browser);
  await untilState(page);
  for (const file of ["runtime/cpu/glimpse.js", "runtime/cpu/glimpse_bg.wasm", "models/glimpse.safetensors"]) {
    assert.ok(requests.includes(SITE + file), `the page must have loaded ${file}, and the log must have seen it`);
  }
  assert.ok(!requests.some((address) => address.includes("/runtime/gpu/")), "nobody asked for the GPU");
  assert.ok(requests.every((address) => address.startsWith(SITE) || /^(blob|data):/.test(address)));
  requests.length = 0;

  await drop(page, await sample("moose"));
  const caption = await untilCaption(page);
  const buttons = page.locator("#words button");
  const count = await buttons.count();
  assert.ok(count >= 3, `a caption of some words: ${caption}`);
  assert.equal(await page.locator("#photo-image").getAttribute("alt"), caption);
  assert.equal(await page.locator("#spoken").textContent(), `Caption: ${caption}`);
  assert.match(await page.locator("#facts").textContent(), /CPU in [\d,]+ ms/);
  for (const sure of await page.locator("#words .word-sure").allTextContents()) {
    assert.match(sure, /^(<1|\d{1,3})%$/);
  }

  // One Tab stop, then the arrow keys, with a map for every word.
  await page.locator("#words button[tabindex='0']").focus();
  assert.equal(await page.locator("#words button[tabindex='0']").count(), 1);
  const prints = new Set();
  const shape = await page.locator("#photo-image").boundingBox();
  for (let word = 0; word < count; word += 1) {
    assert.ok(await buttons.nth(word).evaluate((button) => button === document.activeElement));
    const { visible, print, shown } = await readMap(page);
    assert.ok(shown && visible > 0, `word ${word} has a visible map`);
    prints.add(print);
    await page.keyboard.press("ArrowRight");
  }
  assert.ok(prints.size > count / 2, `maps differ between words: ${prints.size} of ${count}`);
  assert.deepEqual(await page.locator("#attention").boundingBox(), shape, "the map lies exactly over the photo");
  const focused = () =>
    page.evaluate(() => [...document.activeElement.parentElement.children].indexOf(document.activeElement));
  await page.keyboard.press("Home");
  assert.equal(await focused(), 0);
  await page.keyboard.press("End");
  assert.equal(await focused(), count - 1);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await focused(), count - 2);
  await page.keyboard.press("Escape");
  assert.equal((await readMap(page)).shown, false);

  // Pointing shows a map, and leaving takes it away.
  await buttons.nth(1).hover();
  assert.equal((await readMap(page)).shown, true);
  await page.locator("h1").hover();
  assert.equal((await readMap(page)).shown, false);

  await page.click("#all-words");
  assert.equal(await page.locator("#grid li").count(), count);
  const drawn = await page.evaluate(
    () =>
      [...document.querySelectorAll("#grid canvas")].filter((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value, place) => place % 4 === 3 && value > 0);
      }).length,
  );
  assert.equal(drawn, count);
  await page.click("#all-words");
  assert.equal(await page.locator("#grid").isVisible(), false);

  const sent = requests.filter((address) => !/^(blob|data):/.test(address));
  assert.deepEqual(sent, [], "nothing is asked of the network after the page has loaded");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("chooses, pastes and clicks sample photos, each without the network", async () => {
  const { context, page, requests, complaints } = await open(browser);
  await untilState(page);
  requests.length = 0;

  await choose(page, await sample("cat"));
  const chosen = await untilCaption(page);
  await paste(page, await sample("astronaut"));
  const pasted = await untilCaption(page);
  assert.notEqual(pasted, chosen);

  const captions = {};
  for (const name of SAMPLES) {
    await page.click(`[data-sample="${name}"]`);
    captions[name] = await untilCaption(page);
    assert.ok(captions[name].split(" ").length >= 3, `${name}: ${captions[name]}`);
  }
  assert.equal(captions.cat, chosen);
  assert.equal(captions.astronaut, pasted);
  assert.deepEqual(
    requests.filter((address) => !/^(blob|data):/.test(address)),
    [],
  );
  assert.deepEqual(complaints, []);
  await context.close();
});

test("shows how far it has loaded, and captions then what it was given meanwhile", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const { context, page } = await open(browser, {
    prepare: (context) =>
      context.route("**/models/glimpse.safetensors", async (route) => {
        await held;
        await route.continue();
      }),
  });
  await page.waitForSelector("#progress:visible");
  await choose(page, await sample("pagoda"));
  assert.equal(await page.locator("#photo").isVisible(), true, "the photo shows at once");
  assert.equal(await page.locator("#words button").count(), 0);
  await page.evaluate(() => {
    globalThis.seen = [];
    const bar = document.getElementById("progress");
    new MutationObserver(() => globalThis.seen.push(bar.position)).observe(bar, { attributes: true });
  });
  release();
  assert.ok((await untilCaption(page)).length > 0);
  const seen = (await page.evaluate(() => globalThis.seen)).filter((position) => position >= 0);
  assert.ok(seen.length > 2, `the bar moves: ${seen}`);
  assert.ok(
    seen.every((position, index) => position >= (seen[index - 1] ?? 0)),
    `and never back: ${seen}`,
  );
  assert.equal(seen.at(-1), 1);
  assert.equal(await page.locator("#progress").isVisible(), false);
  await context.close();
});

test("the last of several photos wins", async () => {
  const { context, page, complaints } = await open(browser);
  await untilState(page);
  await choose(page, await sample("cat"));
  const expected = await untilCaption(page);

  await page.evaluate(() => {
    for (const name of ["moose", "pagoda", "astronaut", "cat"]) {
      document.querySelector(`[data-sample="${name}"]`).click();
    }
  });
  assert.equal(await untilCaption(page), expected);
  // Nothing of the older photos comes later.
  await page.waitForTimeout(1500);
  assert.equal(await untilCaption(page), expected);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the page works below a folder of a site", async () => {
  const folder = `${SITE}some/folder/`;
  const { context, page, requests, complaints } = await open(browser, {
    address: folder,
    prepare: (context) =>
      context.route(`${folder}**`, async (route) => {
        const response = await route.fetch({ url: route.request().url().replace(folder, SITE) });
        await route.fulfill({ response });
      }),
  });
  await untilState(page);
  await page.click('[data-sample="coffee"]');
  assert.ok((await untilCaption(page)).length > 0);
  assert.deepEqual(
    requests.filter((address) => !/^(blob|data):/.test(address) && !address.startsWith(folder)),
    [],
  );
  assert.deepEqual(complaints, []);
  await context.close();
});

test("says what the model is, and whom the photos are from", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  const info = await page.locator("#model-info").textContent();
  assert.match(info, /Encoder.*Decoder.*Licence/s);
  assert.match(info, /\d\.\d MB/);
  assert.equal(await page.locator("#credits li").count(), SAMPLES.length);
  await context.close();
});
