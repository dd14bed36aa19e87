// docs/embedding.md tells what a page downloads, and when: as the site has it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { test } from "node:test";

import { SITE } from "./support/browser.js";

/** Builds of WebAssembly differ by a little from one compiler to the next. */
const TOLERANCE = 0.03;

/** A file's bytes as they are, and as a browser that takes brotli gets them. */
async function sizes(file) {
  const sent = (encoding) =>
    new Promise((resolve, reject) => {
      get(new URL(file, SITE), { headers: { "accept-encoding": encoding } }, (response) => {
        let bytes = 0;
        response.on("data", (chunk) => (bytes += chunk.length));
        response.on("end", () => resolve(bytes));
      }).on("error", reject);
    });
  return [await sent("identity"), await sent("br")];
}

/** A module and all that it imports at once, by their paths below the site. */
async function importedBy(file, found = new Set()) {
  if (!found.has(file)) {
    found.add(file);
    const code = await (await fetch(new URL(file, SITE))).text();
    for (const [, from, alone] of code.matchAll(/\bfrom\s*"(\.[^"]+)"|\bimport\s*"(\.[^"]+)"/g)) {
      await importedBy(new URL(from ?? alone, new URL(file, SITE)).href.slice(SITE.length), found);
    }
  }
  return found;
}

test("docs/embedding.md tells what is fetched, and when", async () => {
  const module = await importedBy("glimpse.js");
  const more = async (file, ...there) =>
    new Set([...(await importedBy(file))].filter((name) => !there.some((files) => files.has(name))));
  const element = await more("element.js", module);
  const overlay = await more("element/overlay.js", module, element);
  const worker = await more("captioner/worker.js", module);
  const picture = await more("captioner/picture.js", module);
  const runtime = (build) => new Set([`runtime/${build}/glimpse.js`, `runtime/${build}/glimpse_bg.wasm`]);
  const model = new Set(["models/glimpse.safetensors"]);
  const needed = new Set([...module, ...worker, ...model, ...runtime("cpu")]);
  const wanted = [module, element, overlay, worker, model, runtime("cpu"), needed, picture, runtime("gpu")];

  const docs = await readFile(new URL("../../docs/embedding.md", import.meta.url), "utf8");
  const table = docs.slice(docs.indexOf("## What is fetched, and when"));
  const rows = [...table.matchAll(/^\|(.*)\| \**([\d,]+)\** \| \**([\d,]+)\** \|$/gm)];
  assert.equal(rows.length, wanted.length);
  for (const [index, files] of wanted.entries()) {
    const [, what, ...told] = rows[index];
    const modules = /(\d+) modules?/.exec(what);
    if (modules) {
      assert.equal(Number(modules[1]), files.size, what);
    }
    const measured = await Promise.all([...files].map(sizes));
    for (const [column, text] of told.entries()) {
      const sum = measured.reduce((total, size) => total + size[column], 0);
      const number = Number(text.replaceAll(",", ""));
      assert.ok(Math.abs(number - sum) <= TOLERANCE * sum, `${what}: ${sum} bytes, not ${text}`);
    }
  }
});
