// How much a visitor downloads, as the package's README tells.

import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { brotliCompressSync } from "node:zlib";

import { SINGLE_FILE } from "./single-file.js";

const MARK = "<!-- sizes -->";

/** The rows before and after the sum up to the first caption. */
const NEEDED = [
  [`\`${SINGLE_FILE}\`: module and element, their worker and what starts the WebAssembly`, SINGLE_FILE],
  ["`models/glimpse.safetensors`, the model", "models/glimpse.safetensors"],
  ["`runtime/cpu/glimpse_bg.wasm`, the WebAssembly", "runtime/cpu/glimpse_bg.wasm"],
];
const FOR_GPU = ["`runtime/gpu/glimpse_bg.wasm`, only where a GPU is tried", "runtime/gpu/glimpse_bg.wasm"];

/** Puts the table into the README of the package's folder. `site` has what it compressed beside its files. */
export async function writeSizes(folder, site) {
  const measure = async ([what, file]) => {
    const bytes = await readFile(path.join(folder, file));
    const compressed = await stat(path.join(site, `${file}.br`)).catch(() => null);
    return { what, bytes: bytes.length, sent: compressed?.size ?? brotliCompressSync(bytes).length };
  };
  const needed = await Promise.all(NEEDED.map(measure));
  const sum = (name) => needed.reduce((total, row) => total + row[name], 0);
  const all = { what: "**until the first caption**", bytes: sum("bytes"), sent: sum("sent") };
  const rows = [...needed, all, await measure(FOR_GPU)];
  const number = (value) => value.toLocaleString("en-US");
  const table = [
    "| what a visitor downloads | bytes | with brotli |",
    "| --- | ---: | ---: |",
    ...rows.map(({ what, bytes, sent }) => `| ${what} | ${number(bytes)} | ${number(sent)} |`),
  ].join("\n");
  const file = path.join(folder, "README.md");
  const text = await readFile(file, "utf8");
  if (!text.includes(MARK)) {
    throw new Error(`${file} has no place for the sizes: ${MARK}`);
  }
  await writeFile(file, text.replace(MARK, table));
}
