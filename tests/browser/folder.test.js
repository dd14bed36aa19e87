// A folder that is chosen: its photos and those of the folders in it, what is passed over, and HEIC. Dropped ones are in
// drop.test.js.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { choose, launch, untilCaption, untilProblem, untilState } from "./support/browser.js";
import { CAPTION, dropPaths, offerFolder, openPage, untilProgress, writeFiles } from "./support/folder.js";
import { png } from "./support/png.js";

const PHOTO = [...png(4, 3)];

/** The beginning of an iPhone's photo: its kind, and those that it is compatible with. */
const HEIC = Buffer.concat([Buffer.from("\0\0\0\x24ftypheic\0\0\0\0mif1MiHBMiHEheic", "latin1"), Buffer.alloc(100)]);

/** As the runtime, to which HEIC is no photo. */
const NO_HEIC = `
  if (String.fromCharCode(...photo.slice(4, 8)) === "ftyp") {
    throw Object.assign(new Error("this is not a photo that can be read"), { name: "PhotoError" });
  }
  ${CAPTION}`;

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(path.join(tmpdir(), "glimpse-folder-"));
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const tiles = (page) => page.locator("#gallery-items .fine").allTextContents();
const status = (page) => page.locator("#folder-status").textContent();

describe("a folder is chosen", () => {
  test("in the browser's own dialogue, where there is one", async () => {
    const { context, page, complaints } = await openPage(browser);
    await offerFolder(page, "trip", [
      ["10.png", PHOTO],
      ["9.PNG", PHOTO],
      ["notes.txt", "no photo"],
      ["day 2/1.png", PHOTO],
      ["day 2/film.mp4", "no photo"],
      ["day 2/@eaDir/1.png", PHOTO],
      [".hidden/1.png", PHOTO],
      ["Thumbs.db", "a system's"],
    ]);
    await page.click("#choose-folder");
    await untilProgress(page, "3 of 3");
    assert.deepEqual(await tiles(page), ["trip/9.PNG", "trip/10.png", "trip/day 2/1.png"]);
    assert.equal(await status(page), "Files in the folder that are no photos, and were passed over: 2");
    assert.equal(await page.evaluate(() => globalThis.asked), 0, "nobody is asked for more than reading");
    await page.click("#remove-all");
    await choose(page, { name: "1.png", mimeType: "image/png", buffer: png(4, 3) });
    await untilCaption(page);
    assert.equal(await page.locator("#folder-status").isVisible(), false, "that was of other photos");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("in a field, in browsers without that dialogue", async () => {
    await writeFiles(folder, "field/10.png", "field/9.png", "field/day 2/1.png", "field/a.txt", "field/.DS_Store");
    await writeFiles(folder, "field/day/1.png", "field/__MACOSX/1.png");
    const { context, page, complaints } = await openPage(browser, {
      prepare: (context) => context.addInitScript(() => delete globalThis.showDirectoryPicker),
    });
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.click("#choose-folder")]);
    await chooser.setFiles(path.join(folder, "field"));
    await untilProgress(page, "4 of 4");
    assert.deepEqual(await tiles(page), ["field/9.png", "field/10.png", "field/day/1.png", "field/day 2/1.png"]);
    assert.equal(await status(page), "Files in the folder that are no photos, and were passed over: 1");
    assert.equal(await page.locator("#write-sidecars").isVisible(), false, "it cannot be written to");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("and a visitor who thinks better of it, or a browser that refuses, changes nothing", async () => {
    const { context, page } = await openPage(browser);
    const answer = (name) =>
      page.evaluate((name) => {
        globalThis.showDirectoryPicker = () => Promise.reject(new DOMException("no", name));
      }, name);
    await answer("SecurityError");
    await page.click("#choose-folder");
    assert.match(await untilProblem(page), /^The browser did not let this page read the folder\./);
    await page.evaluate(() => (document.getElementById("problem").hidden = true));
    await answer("AbortError");
    await page.click("#choose-folder");
    await choose(page, { name: "1.png", mimeType: "image/png", buffer: png(4, 3) });
    await untilCaption(page);
    assert.equal(await page.locator("#problem").isVisible(), false);
    await context.close();
  });
});

test("a dropped folder may be written to where the browser says so", async () => {
  await writeFiles(folder, "dropped/1.png", "dropped/2.png");
  const { context, page } = await openPage(browser);
  await dropPaths(page, path.join(folder, "dropped"));
  await untilProgress(page, "2 of 2");
  await page.click("#exports summary");
  assert.ok(await page.locator("#write-sidecars").isVisible());
  await context.close();
});

describe("HEIC is told as such, with what to do", () => {
  const file = { name: "IMG_1.HEIC", mimeType: "image/heic", buffer: HEIC };
  const WHAT_TO_DO = /^“(trip\/)?IMG_1\.HEIC” is a HEIC photo, which this browser cannot open\. .*Safari.*JPEG/;

  test("chosen alone", async () => {
    const { context, page } = await openPage(browser, { caption: NO_HEIC });
    await choose(page, file);
    assert.match(await untilProblem(page), WHAT_TO_DO);
    assert.equal(await page.locator("#drop-zone").isVisible(), true);
    // Whatever it is called, and only where it is.
    await choose(page, { ...file, name: "IMG_1.jpg" });
    assert.match(await untilProblem(page), /^“IMG_1\.jpg” is a HEIC photo/);
    const avif = Buffer.from(HEIC.toString("latin1").replaceAll("heic", "avif"), "latin1");
    await choose(page, { ...file, name: "IMG_1.HEIC", buffer: avif });
    assert.match(await untilProblem(page), /^“IMG_1\.HEIC” got no caption: /);
    await context.close();
  });

  test("in a folder, whose other photos are captioned", async () => {
    const { context, page } = await openPage(browser, { caption: NO_HEIC });
    await offerFolder(page, "trip", [
      ["1.png", PHOTO],
      ["IMG_1.HEIC", [...HEIC]],
      ["IMG_2.heif", [...HEIC]],
    ]);
    await page.click("#choose-folder");
    await untilProgress(page, "3 of 3, 2 without a caption");
    await untilState(page);
    assert.match(await page.locator("#heic-status").textContent(), /this browser cannot open: 2\./);
    const item = page.locator("#gallery-items button").nth(1);
    assert.equal(await item.locator("span").first().textContent(), "No caption: HEIC");
    await item.click();
    assert.match(await untilProblem(page), WHAT_TO_DO);
    await page.click("#remove-photo");
    assert.match(await page.locator("#heic-status").textContent(), /cannot open: 1\./);
    await page.click("#remove-all");
    assert.equal(await page.locator("#heic-status").isVisible(), false);
    await context.close();
  });
});
