// The command line program and the page's captioner say the same about the same photos.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { launch, open, SAMPLES, SITE, sample, untilState } from "./support/browser.js";
import { assertSameCaptions, captionInPage, captionNatively } from "./support/compare.js";

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(path.join(tmpdir(), "glimpse-"));
  await writeFiles();
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

/** Ways to caption: as the command line and as the page's captioner say it. */
const WAYS = [
  { what: "by default", flags: [], options: {} },
  { what: "word by word", flags: ["--beams", "1", "--max-words", "9"], options: { beams: 1, maxWords: 9 } },
  {
    what: "with beams",
    flags: ["--beams", "7", "--alternatives", "4", "--length-penalty", "3", "--repeat-block", "2"],
    options: { beams: 7, alternatives: 4, lengthPenalty: 3, repeatBlock: 2 },
    captions: 5,
  },
  {
    what: "word by word, with words said twice",
    flags: ["--beams", "1", "--repeat-words"],
    options: { beams: 1, repeatWords: true },
  },
  {
    what: "at random",
    flags: ["--sample", "--seed", "1"],
    options: { sample: { seed: 1 } },
  },
  {
    what: "at random, within bounds",
    flags: [
      "--sample",
      "--seed",
      "20",
      "--temperature",
      "1.3",
      "--top-k",
      "40",
      "--top-p",
      "0.9",
      "--alternatives",
      "3",
    ],
    options: { sample: { seed: 20, temperature: 1.3, topK: 40, topP: 0.9 }, alternatives: 3 },
    captions: 4,
  },
];

let model;
let photos;
async function writeFiles() {
  model = path.join(folder, "model.safetensors");
  const response = await fetch(`${SITE}models/glimpse.safetensors`);
  assert.equal(response.status, 200);
  await writeFile(model, Buffer.from(await response.arrayBuffer()));
  photos = [];
  for (const name of SAMPLES) {
    const photo = path.join(folder, `${name}.jpg`);
    await writeFile(photo, (await sample(name)).buffer);
    photos.push(photo);
  }
}

test("the same captions, probabilities and maps natively and in the browser", { timeout: 300_000 }, async (context) => {
  const { context: pages, page } = await open(browser);
  await untilState(page);
  const inPage = await captionInPage(
    page,
    WAYS.map(({ options }) => options),
  );
  await pages.close();

  const texts = [];
  for (const [way, { what, flags, captions = 1 }] of WAYS.entries()) {
    await context.test(what, async () => {
      const native = await captionNatively(model, photos, flags);
      assertSameCaptions(inPage[way], native, captions - 1);
      texts.push(native.map(({ text }) => text).join("; "));
    });
  }
  assert.equal(new Set(texts).size, WAYS.length, "each way gives other captions");
});
