// Every architecture in the page: small models of the presets, opened as files.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { choose, launch, open, readMap, SAMPLES, sample, untilState } from "./support/browser.js";
import { assertSameCaptions, captionInPage, captionNatively } from "./support/compare.js";

/** Made by `cargo xtask sample-models`. */
const PRESETS = [
  { name: "tf-tutorial", decoder: "Transformer", positions: 49 },
  { name: "show-attend-tell", decoder: "GRU with additive attention", positions: 49 },
  { name: "merge-lstm", decoder: "LSTM without attention", positions: 0 },
  { name: "cnn-transformer", decoder: "Transformer", positions: 49 },
];

const modelFile = (name) => fileURLToPath(new URL(`models/${name}.safetensors`, import.meta.url));
const photos = SAMPLES.map((name) => fileURLToPath(new URL(`../../www/samples/${name}.jpg`, import.meta.url)));

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const { name, decoder, positions } of PRESETS) {
  test(`${name}: the same natively and in the browser`, { timeout: 300_000 }, async () => {
    const { context, page, complaints } = await open(browser);
    await untilState(page);
    await page.evaluate(() => {
      const input = document.createElement("input");
      input.type = "file";
      input.id = "compared-model";
      document.body.append(input);
    });
    await page.setInputFiles("#compared-model", modelFile(name));
    const [found] = await captionInPage(page, [{}], "compared-model");
    const expected = await captionNatively(modelFile(name), photos);
    assertSameCaptions(found, expected, 0);
    assert.ok(expected.every(({ words }) => words.length > 0 && words.every(({ map }) => map.length === positions)));
    assert.ok(new Set(expected.map(({ text }) => text)).size > 1, "the photo decides the caption");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test(`${name}: the page opens the file, and shows its maps or says that it has none`, {
    timeout: 300_000,
  }, async () => {
    const { context, page, requests, complaints } = await open(browser);
    await untilState(page);
    const before = requests.length;
    await page.setInputFiles("#model-file", modelFile(name));
    await page.waitForFunction((text) => document.getElementById("model-info").textContent.includes(text), decoder);
    await untilState(page);
    await choose(page, await sample("polar-bear"));
    await page.waitForSelector("#words .word");
    await untilState(page);

    await page.focus("#words .word");
    const { visible, shown } = await readMap(page);
    assert.equal(shown, positions > 0);
    assert.equal(visible > 0, positions > 0);
    assert.equal(await page.isVisible("#no-maps"), positions === 0);
    assert.equal(await page.isVisible("#hint"), positions > 0);
    assert.equal(await page.isVisible("#all-words"), positions > 0);
    const uploads = requests
      .slice(before)
      .filter((address) => !/runtime|worker|\.js$/.test(address) && !address.startsWith("blob:"));
    assert.deepEqual(uploads, [], "neither the model nor the photo leaves the page");
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("a file that is no model is refused, and the page goes on with another", { timeout: 300_000 }, async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  await page.setInputFiles("#model-file", {
    name: "holiday.safetensors",
    mimeType: "",
    buffer: Buffer.from("no model"),
  });
  await untilState(page, "failed");
  assert.match(await page.textContent("#problem-text"), /no whole model file/);
  await page.setInputFiles("#model-file", modelFile("merge-lstm"));
  await untilState(page);
  assert.ok(await page.isHidden("#problem"));
  await context.close();
});
