// The command line program and the page's captioner say the same about the same photos.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { launch, open, sample, SAMPLES, SITE, untilState } from "./support/browser.js";

const GLIMPSE = process.env.GLIMPSE_BIN;

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
    what: "at random",
    flags: ["--sample", "--seed", "1"],
    options: { sample: { seed: 1 } },
  },
  {
    what: "at random, within bounds",
    flags: ["--sample", "--seed", "20", "--temperature", "1.3", "--top-k", "40", "--top-p", "0.9", "--alternatives", "3"],
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
  assert.ok(GLIMPSE, "GLIMPSE_BIN must name the program; `cargo xtask test` sets it");
  const { context: pages, page } = await open(browser);
  await untilState(page);
  const inPage = await captionInPage(page, WAYS.map(({ options }) => options));
  await pages.close();

  const texts = [];
  for (const [way, { what, flags, captions = 1 }] of WAYS.entries()) {
    await context.test(what, async () => {
      const native = await captionNatively(flags);
      assert.equal(native.length, SAMPLES.length);
      for (const [index, name] of SAMPLES.entries()) {
        const [expected, found] = [native[index], inPage[way][index]];
        assert.equal(path.basename(expected.photo), `${name}.jpg`);
        assert.deepEqual(found.grid, expected.grid);
        assert.equal(expected.alternatives.length, captions - 1);
        assert.equal(found.alternatives.length, captions - 1);
        assertSame(found, expected, name);
        for (const [rank, alternative] of expected.alternatives.entries()) {
          assertSame(found.alternatives[rank], alternative, `${name}, runner-up ${rank}`);
        }
      }
      texts.push(native.map(({ text }) => text).join("; "));
    });
  }
  assert.equal(new Set(texts).size, WAYS.length, "each way gives other captions");
});

/** Two captions with the same words, their probabilities and maps, and the same score. */
function assertSame(found, expected, name) {
  assert.equal(found.text, expected.text, name);
  assert.ok(Math.abs(found.logProbability - expected.log_probability) <= 1e-3, `${name}: log-probability`);
  assert.ok(Math.abs(found.score - expected.score) <= 1e-3, `${name}: score`);
  assert.equal(found.words.length, expected.words.length);
  for (const [place, word] of expected.words.entries()) {
    const other = found.words[place];
    assert.equal(other.text, word.text);
    assert.ok(Math.abs(other.probability - word.probability) <= 1e-3, `${name}, ${word.text}: probability`);
    assert.equal(other.map.length, word.map.length);
    const farthest = Math.max(...word.map.map((weight, position) => Math.abs(weight - other.map[position])));
    assert.ok(farthest <= 1e-3, `${name}, ${word.text}: maps differ by ${farthest}`);
    const total = other.map.reduce((sum, weight) => sum + weight, 0);
    assert.ok(Math.abs(total - 1) <= 1e-3, `${name}, ${word.text}: the map sums to ${total}`);
  }
}

async function captionNatively(flags) {
  const { stdout } = await promisify(execFile)(GLIMPSE, ["caption", "--model", model, "--json", ...flags, ...photos], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return parse(stdout);
}

/** One array of captions, or one caption a line. */
function parse(text) {
  const trimmed = text.trim();
  return trimmed.startsWith("[") ? JSON.parse(trimmed) : trimmed.split("\n").map((line) => JSON.parse(line));
}

/** For each of the options the captions of all samples. */
function captionInPage(page, ways) {
  return page.evaluate(async ({ names, ways }) => {
    const at = (file) => new URL(file, document.baseURI).href;
    const { loadCaptioner } = await import(at("captioner-client.js"));
    const captioner = await loadCaptioner({ model: at("models/glimpse.safetensors"), backend: "cpu" });
    const plain = ({ text, words, score, logProbability }) => ({
      text,
      score,
      logProbability,
      words: words.map(({ text, probability, map }) => ({ text, probability, map: [...map] })),
    });
    const captions = [];
    for (const options of ways) {
      const ofThis = [];
      for (const name of names) {
        const photo = await (await fetch(at(`samples/${name}.jpg`))).blob();
        const caption = await captioner.caption(photo, options);
        ofThis.push({ ...plain(caption), grid: caption.grid, alternatives: caption.alternatives.map(plain) });
      }
      captions.push(ofThis);
    }
    captioner.dispose();
    return captions;
  }, { names: SAMPLES, ways });
}
