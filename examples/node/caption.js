// Captions the photos that the command line names: node caption.js photo.jpg another.png

import { pathToFileURL } from "node:url";

import { loadCaptioner } from "glimpse-captioner";

const captioner = await loadCaptioner();

for (const file of process.argv.slice(2)) {
  try {
    const { text, confidence } = await captioner.caption(pathToFileURL(file));
    console.log(`${file}: ${text} (${Math.round(100 * confidence)} %)`);
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    process.exitCode = 1;
  }
}
