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
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

test("the same captions, probabilities and maps natively and in the browser", { timeout: 300_000 }, async () => {
  assert.ok(GLIMPSE, "GLIMPSE_BIN must name the program; `cargo xtask test` sets it");
  const native = await captionNatively();
  const { context, page } = await open(browser);
  await untilState(page);
  const inPage = await captionInPage(page);
  await context.close();

  assert.equal(native.length, SAMPLES.length);
  for (const [index, name] of SAMPLES.entries()) {
    const [expected, found] = [native[index], inPage[index]];
    assert.equal(path.basename(expected.photo), `${name}.jpg`);
    assert.equal(found.text, expected.text, name);
    assert.deepEqual(found.grid, expected.grid);
    assert.equal(found.words.length, expected.words.length);
    for (const [place, word] of expected.words.entries()) {
      const other = found.words[place];
      assert.equal(other.text, word.text);
      assert.ok(Math.abs(other.probability - word.probability) <= 1e-3, `${name}, ${word.text}: probability`);
      assert.equal(word.map.length, expected.grid.rows * expected.grid.columns);
      assert.equal(other.map.length, word.map.length);
      const farthest = Math.max(...word.map.map((weight, position) => Math.abs(weight - other.map[position])));
      assert.ok(farthest <= 1e-3, `${name}, ${word.text}: maps differ by ${farthest}`);
      const total = other.map.reduce((sum, weight) => sum + weight, 0);
      assert.ok(Math.abs(total - 1) <= 1e-3, `${name}, ${word.text}: the map sums to ${total}`);
    }
  }
});

async function captionNatively() {
  const model = path.join(folder, "model.safetensors");
  const response = await fetch(`${SITE}models/glimpse.safetensors`);
  assert.equal(response.status, 200);
  await writeFile(model, Buffer.from(await response.arrayBuffer()));
  const photos = [];
  for (const name of SAMPLES) {
    const photo = path.join(folder, `${name}.jpg`);
    await writeFile(photo, (await sample(name)).buffer);
    photos.push(photo);
  }
  const { stdout } = await promisify(execFile)(GLIMPSE, ["caption", "--model", model, "--json", ...photos], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return parse(stdout);
}

/** One array of captions, or one caption a line. */
function parse(text) {
  const trimmed = text.trim();
  return trimmed.startsWith("[") ? JSON.parse(trimmed) : trimmed.split("\n").map((line) => JSON.parse(line));
}

function captionInPage(page) {
  return page.evaluate(async (names) => {
    const at = (file) => new URL(file, document.baseURI).href;
    const { loadCaptioner } = await import(at("captioner-client.js"));
    const captioner = await loadCaptioner({ model: at("models/glimpse.safetensors"), backend: "cpu" });
    const captions = [];
    for (const name of names) {
      const photo = await (await fetch(at(`samples/${name}.jpg`))).blob();
      const { text, words, grid } = await captioner.caption(photo);
      captions.push({
        text,
        grid,
        words: words.map(({ text, probability, map }) => ({ text, probability, map: [...map] })),
      });
    }
    captioner.dispose();
    return captions;
  }, SAMPLES);
}
