// The script that the extension brings into pages: one file, because browsers take no modules there.
// Usage: node bundle.js ENTRY OUTPUT

import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const packages = createRequire(new URL("../../tests/browser/package.json", import.meta.url));
const { rolldown } = await import(pathToFileURL(packages.resolve("rolldown")));

const [entry, output] = process.argv.slice(2);
const build = await rolldown({ input: entry, logLevel: "warn" });
// As it is written, for who wants to read what runs in pages.
const { output: files } = await build.generate({ format: "iife", codeSplitting: false });
await build.close();
await writeFile(output, files[0].code);
