// Descriptions in files beside photos: what they say, as an archive, and written into the folder that a visitor chose.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { unzipSync } from "fflate";

import { toXmp } from "../../www/page/xmp.js";
import { zip } from "../../www/page/zip.js";
import { choose, launch, open, sample, untilCaption, untilState } from "./support/browser.js";
import { offerFolder, openPage, textsIn, untilProgress } from "./support/folder.js";
import { png } from "./support/png.js";

const PHOTO = [...png(4, 3)];
/** The stub's version is no number. */
const WRITER = "<photoshop:CaptionWriter>Glimpse test (machine-written, confidence 0.83)<";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Saves the archive of sidecars, and gives the texts in it by their paths. */
async function saveArchive(page) {
  await page.evaluate(() => (document.getElementById("exports").open = true));
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-sidecars")]);
  assert.equal(download.suggestedFilename(), "sidecars.zip");
  const files = unzipSync(await readFile(await download.path()));
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));
}

/** Has the page write into the folder, and says what it tells of that. */
async function writeIntoFolder(page) {
  await page.evaluate(() => (document.getElementById("exports").open = true));
  await page.click("#write-sidecars");
  await page.waitForFunction(() => /written/.test(document.getElementById("write-status").textContent));
  return page.locator("#write-status").textContent();
}

/** Chooses the folder that the page is offered. */
async function chooseFolder(page, count) {
  await page.click("#choose-folder");
  await untilProgress(page, `${count} of ${count}`);
  await untilState(page);
}

test("a sidecar is what the command writes", async () => {
  // `a_new_packet_is_what_the_page_writes` holds the command to the same file.
  const text = 'a cat & a "dog\'s" <on> a sofa';
  assert.equal(
    toXmp({ text, language: "en", writer: "Glimpse 1.2.3 (machine-written, confidence 0.83)" }),
    await readFile(new URL("fixtures/sidecar.xmp", import.meta.url), "utf8"),
  );
});

test("a person's words name no writer, no language that nobody knows, and nothing that XML forbids", async () => {
  const packet = toXmp({ text: "Oma\u0000 im\u000b Garten\ufffe", language: "", writer: "" });
  assert.ok(packet.includes('<rdf:li xml:lang="x-default">Oma im Garten</rdf:li>\n    </rdf:Alt>'), packet);
  assert.doesNotMatch(packet, /photoshop|Glimpse/);
});

test("an archive holds names of any language, and is what other programs unpack", async () => {
  const files = [
    { path: "a.jpg.xmp", text: "one" },
    { path: "Sommer/Oma & Opa/Fahrräder 사진.jpg.xmp", text: "zwei ✓\n" },
    { path: "empty.xmp", text: "" },
  ];
  const bytes = new Uint8Array(await zip(files, new Date(2026, 10, 29, 12, 30, 58)).arrayBuffer());
  const unpacked = unzipSync(bytes);
  assert.deepEqual(
    Object.entries(unpacked).map(([path, body]) => ({ path, text: new TextDecoder().decode(body) })),
    files,
  );
  const view = new DataView(bytes.buffer);
  // MS-DOS's time and day of the first file.
  assert.deepEqual([view.getUint16(10, true), view.getUint16(12, true)], [0b01100_011110_11101, 0b0101110_1011_11101]);
});

describe("of a gallery", () => {
  test("an archive has one for each photo with a caption, by its path; a person's without the machine's mark", async () => {
    const { context, page, complaints } = await openPage(browser);
    const cat = await sample("cat");
    const notes = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") };
    await choose(page, [cat, { ...cat, name: "CAT.jpg" }, notes]);
    await untilProgress(page, "3 of 3");
    await untilState(page);
    await page.locator("#gallery-items button").nth(1).click();
    await page.click("#edit");
    await page.fill("#own-caption", "Unsere Katze");
    const texts = await saveArchive(page);
    // What is no photo got a caption too: the model of this test says the same of everything.
    assert.deepEqual(Object.keys(texts), ["cat.jpg.xmp", "CAT (2).jpg.xmp", "notes.txt.xmp"]);
    assert.match(texts["cat.jpg.xmp"], /<rdf:li xml:lang="en">a photo</);
    assert.ok(texts["cat.jpg.xmp"].includes(WRITER), texts["cat.jpg.xmp"]);
    assert.match(texts["CAT (2).jpg.xmp"], /<rdf:li xml:lang="x-default">Unsere Katze</);
    assert.doesNotMatch(texts["CAT (2).jpg.xmp"], /CaptionWriter|xml:lang="en"/);
    assert.equal(await page.locator("#write-sidecars").isVisible(), false, "no folder was given");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("they are written beside the photos after one permission, and a file that is there stays as it is", async () => {
    const { context, page, requests, complaints } = await openPage(browser);
    await offerFolder(page, "trip", [
      ["1.png", PHOTO],
      ["2.png", PHOTO],
      ["3.png", PHOTO],
      ["day 2/1.png", PHOTO],
      ["2.png.xmp", "somebody's"],
      ["3.xmp", "somebody's, as Adobe's programs call it"],
    ]);
    await chooseFolder(page, 4);
    requests.length = 0;
    assert.equal(await writeIntoFolder(page), "XMP files written: 2. Left alone, since one was there: 2.");
    const texts = await textsIn(page, "trip");
    assert.deepEqual(Object.keys(texts).sort(), ["1.png.xmp", "2.png.xmp", "3.xmp", "day 2/1.png.xmp"]);
    assert.ok(texts["1.png.xmp"].includes(WRITER), texts["1.png.xmp"]);
    assert.ok(texts["day 2/1.png.xmp"].includes(WRITER), texts["day 2/1.png.xmp"]);
    assert.equal(texts["2.png.xmp"], "somebody's");
    assert.equal(texts["3.xmp"], "somebody's, as Adobe's programs call it");
    assert.equal(await page.evaluate(() => globalThis.asked), 1);

    // What was written here is written anew when it has changed, unless somebody else has changed it.
    await page.locator("#gallery-items button").nth(0).click();
    await page.click("#edit");
    await page.fill("#own-caption", "my words");
    await page.evaluate(async () => {
      const trip = await (await navigator.storage.getDirectory()).getDirectoryHandle("trip");
      const day = await trip.getDirectoryHandle("day 2");
      const stream = await (await day.getFileHandle("1.png.xmp")).createWritable();
      await stream.write("changed");
      await stream.close();
    });
    await page.evaluate(() => (document.getElementById("write-status").textContent = ""));
    assert.equal(await writeIntoFolder(page), "XMP files written: 1. Left alone, since one was there: 3.");
    const again = await textsIn(page, "trip");
    assert.match(again["1.png.xmp"], />my words</);
    assert.equal(again["day 2/1.png.xmp"], "changed");
    assert.deepEqual(
      requests.filter((address) => !/^(blob|data):/.test(address) && !/\/page\/\w+\.js$/.test(address)),
      [],
    );
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("nothing is written where the visitor does not allow it, and one that fails leaves no half of a file", async () => {
    const { context, page } = await openPage(browser);
    await offerFolder(
      page,
      "closed",
      [
        ["1.png", PHOTO],
        ["2.png", PHOTO],
      ],
      "denied",
    );
    await chooseFolder(page, 2);
    assert.match(await writeIntoFolder(page), /may not write into the folder, so nothing was written/);
    assert.deepEqual(await textsIn(page, "closed"), {});

    await page.evaluate(() => {
      FileSystemDirectoryHandle.prototype.requestPermission = async () => "granted";
      const { write } = FileSystemWritableFileStream.prototype;
      let count = 0;
      FileSystemWritableFileStream.prototype.write = function (...data) {
        count += 1;
        return count === 1 ? Promise.reject(new DOMException("full", "QuotaExceededError")) : write.apply(this, data);
      };
      document.getElementById("write-status").textContent = "";
    });
    assert.match(await writeIntoFolder(page), /^XMP files written: 1\. .* Could not be written: 1;/);
    assert.deepEqual(Object.keys(await textsIn(page, "closed")), ["2.png.xmp"]);
    await context.close();
  });
});

test("of a single photo it is to the byte what the command writes beside it", async () => {
  const { context, page } = await open(browser, { query: "?backend=cpu" });
  await untilState(page);
  await choose(page, await sample("cat"));
  await untilCaption(page);
  const texts = await saveArchive(page);
  await context.close();

  const folder = await mkdtemp(path.join(tmpdir(), "glimpse-sidecars-"));
  const photo = path.join(folder, "cat.jpg");
  await writeFile(photo, (await sample("cat")).buffer);
  const model = fileURLToPath(new URL("../../www/models/glimpse.safetensors", import.meta.url));
  await promisify(execFile)(process.env.GLIMPSE_BIN, ["caption", photo, "--model", model, "--xmp", "sidecar"]);
  assert.deepEqual(texts, { "cat.jpg.xmp": await readFile(`${photo}.xmp`, "utf8") });
  await rm(folder, { recursive: true });
});
