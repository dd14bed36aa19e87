// Captions of the command line program and of the page's captioner, and whether they are the same.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { SAMPLES } from "./browser.js";

/** The program; `cargo xtask test` names it. */
const GLIMPSE = process.env.GLIMPSE_BIN;

/** Captions of photos by the command line program. */
export async function captionNatively(model, photos, flags = []) {
  assert.ok(GLIMPSE, "GLIMPSE_BIN must name the program; `cargo xtask test` sets it");
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

/**
 * For each of the options the captions of all samples, with the page's own model or the file of the `input` element
 * with that id.
 */
export function captionInPage(page, ways, input = null) {
  return page.evaluate(
    async ({ names, ways, input }) => {
      const at = (file) => new URL(file, document.baseURI).href;
      const { loadCaptioner } = await import(at("glimpse.js"));
      const model = input ? document.getElementById(input).files[0] : at("models/glimpse.safetensors");
      const captioner = await loadCaptioner({ model, backend: "cpu" });
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
    },
    { names: SAMPLES, ways, input },
  );
}

/** Whether the samples' captions are the same, with `runnersUp` each. */
export function assertSameCaptions(found, expected, runnersUp) {
  assert.equal(expected.length, SAMPLES.length);
  for (const [index, name] of SAMPLES.entries()) {
    const [native, inPage] = [expected[index], found[index]];
    assert.equal(path.basename(native.photo), `${name}.jpg`);
    assert.deepEqual(inPage.grid, native.grid);
    assert.equal(native.alternatives.length, runnersUp);
    assert.equal(inPage.alternatives.length, runnersUp);
    assertSame(inPage, native, name);
    for (const [rank, alternative] of native.alternatives.entries()) {
      assertSame(inPage.alternatives[rank], alternative, `${name}, runner-up ${rank}`);
    }
  }
}

/** A word's logarithm may differ by so much: the module for the CPU rounds what its layers read to 16 bits. */
const LOGARITHM_OF_A_WORD = 2e-4;

/** Two captions with the same words, their probabilities and maps, and the same score. */
function assertSame(found, expected, name) {
  assert.equal(found.text, expected.text, name);
  // The sum over its words and its end.
  const tolerance = LOGARITHM_OF_A_WORD * (expected.words.length + 1);
  assert.ok(Math.abs(found.logProbability - expected.log_probability) <= tolerance, `${name}: log-probability`);
  assert.ok(Math.abs(found.score - expected.score) <= 1e-3, `${name}: score`);
  assert.equal(found.words.length, expected.words.length);
  for (const [place, word] of expected.words.entries()) {
    const other = found.words[place];
    assert.equal(other.text, word.text);
    assert.ok(Math.abs(other.probability - word.probability) <= 1e-3, `${name}, ${word.text}: probability`);
    assert.equal(other.map.length, word.map.length);
    if (word.map.length === 0) {
      continue;
    }
    const farthest = Math.max(...word.map.map((weight, position) => Math.abs(weight - other.map[position])));
    assert.ok(farthest <= 1e-3, `${name}, ${word.text}: maps differ by ${farthest}`);
    const total = other.map.reduce((sum, weight) => sum + weight, 0);
    assert.ok(Math.abs(total - 1) <= 1e-3, `${name}, ${word.text}: the map sums to ${total}`);
  }
}
