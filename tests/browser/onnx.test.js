// `glimpse export --onnx`: ONNX Runtime, which knows nothing of Glimpse, writes the same captions as the program does.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { launch, open, SAMPLES } from "./support/browser.js";
import { captionNatively } from "./support/compare.js";
import { loadOnnx } from "./support/onnx.js";
import { captionByOnnx } from "./support/onnx-decoding.js";
import { picture } from "./support/png.js";

const MAX_WORDS = 12;
/** The shipped model, and one of every other kind of decoder and image network. */
const MODELS = [
  "../../www/models/glimpse",
  "models/cnn-transformer",
  "models/merge-lstm",
  "models/show-attend-tell",
  "models/tf-tutorial",
];

let browser;
let folder;
let page;
before(async () => {
  browser = await launch();
  ({ page } = await open(browser));
  folder = await mkdtemp(path.join(tmpdir(), "glimpse-"));
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

for (const name of MODELS) {
  test(`ONNX Runtime says the same with ${path.basename(name)}`, async () => {
    const model = fileURLToPath(new URL(`${name}.safetensors`, import.meta.url));
    const written = path.join(folder, path.basename(name));
    await promisify(execFile)(process.env.GLIMPSE_BIN, ["export", "--model", model, "--onnx", written]);
    const captioner = await loadOnnx(written);
    const { size } = captioner.manifest.preparation;

    const pixels = await Promise.all(SAMPLES.map((sample) => pixelsOf(sample, size)));
    const files = await Promise.all(
      pixels.map(async (rgb, index) => {
        const file = path.join(written, `${SAMPLES[index]}.png`);
        await writeFile(file, picture(size, size, rgb));
        return file;
      }),
    );
    const expected = await captionNatively(model, files, [
      "--beams",
      "1",
      "--repeat-words",
      "--max-words",
      `${MAX_WORDS}`,
    ]);

    let compared = 0;
    for (const [index, rgb] of pixels.entries()) {
      const words = await captionByOnnx(captioner, rgb, MAX_WORDS);
      const { words: expectedWords } = expected[index];
      assert.deepEqual(
        words.map(({ text }) => text),
        expectedWords.map(({ text }) => text),
        SAMPLES[index],
      );
      for (const [place, word] of words.entries()) {
        near(word.probability, expectedWords[place].probability, 1e-3);
        assert.equal(word.map.length, expectedWords[place].map.length);
        for (const [position, weight] of word.map.entries()) {
          near(weight, expectedWords[place].map[position], 1e-3);
        }
        compared++;
      }
    }
    assert.ok(compared >= 3 * SAMPLES.length, `${compared} words`);
  });
}

/** A sample photo squashed to a model's size: three bytes a pixel. */
async function pixelsOf(sample, size) {
  const rgba = await page.evaluate(
    async ({ sample, size }) => {
      const photo = await (await fetch(new URL(`samples/${sample}.jpg`, document.baseURI))).blob();
      const canvas = new OffscreenCanvas(size, size);
      const context = canvas.getContext("2d");
      context.drawImage(await createImageBitmap(photo), 0, 0, size, size);
      return [...context.getImageData(0, 0, size, size).data];
    },
    { sample, size },
  );
  return Uint8Array.from(rgba.filter((_, place) => place % 4 < 3));
}

function near(found, expected, tolerance) {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} instead of ${expected}`);
}
