// Sums by which a page pins the package's scripts: of the single file, and of all modules as an import map.

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { SINGLE_FILE } from "./single-file.js";

/** What the package exports, by the addresses that import maps have for them. */
const IMPORTS = { "glimpse-captioner": "./glimpse.js", "glimpse-captioner/element": "./element.js" };

/** Writes `integrity.json` and `importmap.json` into the package's folder. */
export async function writeIntegrity(folder) {
  const files = (await readdir(folder, { recursive: true })).map((file) => file.replaceAll("\\", "/")).sort();
  const integrity = {};
  for (const file of files.filter((file) => file.endsWith(".js"))) {
    integrity[`./${file}`] = sha384(await readFile(path.join(folder, file)));
  }
  const single = integrity[`./${SINGLE_FILE}`];
  await writeJson(path.join(folder, "integrity.json"), { [SINGLE_FILE]: single });
  await writeJson(path.join(folder, "importmap.json"), { imports: IMPORTS, integrity });
  console.error(`${SINGLE_FILE}: integrity="${single}"`);
}

/** As HTML's `integrity` attribute has it. */
function sha384(bytes) {
  return `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
}

function writeJson(file, value) {
  return writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}
