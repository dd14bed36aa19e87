// Draws the PNG icons of the web application's manifest from icon.svg: node support/icons.js

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const www = new URL("../../../www/", import.meta.url);
const svg = (await readFile(new URL("icon.svg", www), "utf8")).replace("<svg", '<svg width="100%" height="100%"');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless=new", "--no-sandbox"],
});
const page = await browser.newPage();
// Launchers cut a maskable icon to their own shape: all that counts lies within four fifths of its side.
for (const [name, side, padding, radius] of [
  ["192", 192, 12, 22],
  ["512", 512, 12, 22],
  ["512-maskable", 512, 20, 0],
]) {
  await page.setViewportSize({ width: side, height: side });
  await page.setContent(`<body style="margin: 0; box-sizing: border-box; width: 100vw; height: 100vh; padding: ${padding}vw;
    border-radius: ${radius}vw; background: #f7f5f1">${svg}`);
  await page.screenshot({ path: fileURLToPath(new URL(`icons/${name}.png`, www)), omitBackground: true });
}
await browser.close();
