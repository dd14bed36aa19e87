// What is dropped on the page besides files: folders, and pictures of other pages, of which there is only an address.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { drop, launch, open, SITE, sample, untilCaption, untilProblem, untilState } from "./support/browser.js";
import { png } from "./support/png.js";
import { captionOfWords, replaceFiles, replaceRuntime } from "./support/stub-runtime.js";

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(path.join(tmpdir(), "glimpse-drop-"));
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes files below the folder: small pictures, or what their names are not. */
async function write(...names) {
  for (const name of names) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, /\.(txt|db|DS_Store|mp4)$/.test(name) ? "no picture" : png(4, 3));
  }
}

/** The page, with a model that says the same of every photo; `sites` are what others answer. */
async function openPage(sites = {}) {
  const opened = await open(browser, {
    query: "?backend=cpu",
    prepare: async (context) => {
      await replaceRuntime(context, "cpu", captionOfWords([["a photo", 0.9]], 0.9));
      await replaceFiles(context, "cpu");
      await context.route(/^https:/, async (route) => {
        const answer = sites[route.request().url()];
        await (answer ? route.fulfill(answer) : route.abort());
      });
    },
  });
  await untilState(opened.page);
  return opened;
}

/** Drops files and folders of this machine, as from its file manager. */
async function dropPaths(page, ...names) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: names.map((name) => path.join(folder, name)), dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, x: 200, y: 200, data });
  }
  await session.detach();
}

/** Drops what other pages give: texts by their types. */
async function dropTexts(page, texts) {
  const dataTransfer = await page.evaluateHandle((texts) => {
    const data = new DataTransfer();
    for (const [type, text] of Object.entries(texts)) {
      data.setData(type, text);
    }
    return data;
  }, texts);
  await page.dispatchEvent("body", "drop", { dataTransfer });
}

const tiles = (page) => page.locator("#gallery-items .fine").allTextContents();
const untilTiles = (page, count) =>
  page.waitForFunction((count) => document.querySelectorAll("#gallery-items button").length === count, count);

describe("a folder", () => {
  test("gives its photos and those of the folders in it, by their names, and nothing that is none", async () => {
    await write("trip/10.png", "trip/9.PNG", "trip/day 2/1.png", "trip/day 2/more/1.png");
    await write("trip/notes.txt", "trip/film.mp4", "trip/Thumbs.db", "trip/.DS_Store", "trip/.hidden/1.png");
    await write("trip/__MACOSX/._9.png", "trip/._10.png", "alone.png", "other/1.png");
    const { context, page, complaints } = await openPage();
    await dropPaths(page, "trip", "alone.png", "other");
    await untilTiles(page, 6);
    assert.deepEqual(await tiles(page), [
      "trip/9.PNG",
      "trip/10.png",
      "trip/day 2/1.png",
      "trip/day 2/more/1.png",
      "alone.png",
      "other/1.png",
    ]);
    await untilState(page);
    assert.equal(await page.locator("#gallery-progress").textContent(), "6 of 6");
    assert.equal(await page.locator("#problem").isVisible(), false);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("of more photos than browsers tell at once gives all", async () => {
    const names = Array.from({ length: 130 }, (_, index) => `many/${index + 1}.png`);
    await write(...names);
    const { context, page } = await openPage();
    await dropPaths(page, "many");
    await untilState(page);
    await page.waitForFunction(() => document.getElementById("gallery-progress").textContent === "130 of 130");
    // The gallery has elements for what is in view alone.
    await page.click("#exports summary");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click('[data-save="json"]')]);
    const records = JSON.parse(await readFile(await download.path(), "utf8"));
    assert.deepEqual(
      records.map(({ photo }) => photo),
      names,
    );
    await context.close();
  });

  test("without a photo is told so, and what was there stays", async () => {
    await write("papers/notes.txt");
    await mkdir(path.join(folder, "empty"), { recursive: true });
    const { context, page } = await openPage();
    await drop(page, await sample("cat"));
    const caption = await untilCaption(page);
    for (const name of ["empty", "papers"]) {
      await dropPaths(page, name);
      assert.equal(await untilProblem(page), "There is no photo in what you dropped.");
      assert.equal(await untilCaption(page), caption);
      await page.evaluate(() => (document.getElementById("problem").hidden = true));
    }
    await context.close();
  });

  test("that cannot be read whole gives what can be, and says what is missing", async () => {
    const { context, page } = await openPage();
    await page.evaluate(
      (bytes) => {
        const photo = new File([Uint8Array.from(bytes)], "good.png", { type: "image/png" });
        const read = (entries) => ({ readEntries: (resolve) => resolve(entries.splice(0)) });
        const file = (name, get) => ({ name, isDirectory: false, file: get });
        const closed = {
          name: "closed",
          isDirectory: true,
          createReader: () => ({ readEntries: (_, reject) => reject(new DOMException("no", "NotReadableError")) }),
        };
        const entries = [file("good.png", (resolve) => resolve(photo)), closed];
        const entry = { name: "card", isDirectory: true, createReader: () => read(entries) };
        const data = new DataTransfer();
        data.items.add(new File(["4096"], "card"));
        DataTransferItem.prototype.webkitGetAsEntry = () => entry;
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
      },
      [...png(4, 3)],
    );
    assert.equal(await untilProblem(page), "Files or folders that could not be read: 1, such as “card/closed/”.");
    assert.equal(await untilCaption(page), "a photo");
    await context.close();
  });
});

describe("a picture of another page", () => {
  const PHOTO = "https://open.example/photos/a%20cat.png";
  const photo = (allowed) => ({
    headers: { "access-control-allow-origin": allowed },
    contentType: "image/png",
    body: png(4, 3),
  });
  const SITES = { [PHOTO]: photo("*"), "https://closed.example/cat.png": photo("https://friend.example") };

  for (const [name, texts] of [
    [
      "in a link",
      { "text/uri-list": "https://open.example/page", "text/html": `<a href="/"><img src="${PHOTO}"></a>` },
    ],
    ["with a remark", { "text/uri-list": `# a picture\r\n${PHOTO}\r\n` }],
  ]) {
    test(`that comes as an address ${name} is fetched once, where its site allows it`, async () => {
      const { context, page, requests, complaints } = await openPage(SITES);
      requests.length = 0;
      await dropTexts(page, texts);
      assert.equal(await untilCaption(page), "a photo");
      const foreign = requests.filter((address) => !address.startsWith(SITE) && !/^(blob|data):/.test(address));
      assert.deepEqual(foreign, [PHOTO]);
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  test("that its site keeps to itself, or that is none, is told so", async () => {
    const { context, page } = await openPage(SITES);
    for (const [texts, says] of [
      [{ "text/uri-list": "https://closed.example/cat.png" }, /closed\.example .*\(CORS\)\. Save the photo/],
      [{ "text/html": '<img src="data:image/gif;base64,R0lGOD">' }, /not a file\. Save the photo first/],
      [{ "text/plain": "only words" }, /not a file\. Save the photo first/],
      [{ "text/uri-list": "http://open.example/cat.png" }, /begin with https/],
    ]) {
      await dropTexts(page, texts);
      assert.match(await untilProblem(page), says);
      await page.evaluate(() => (document.getElementById("problem").hidden = true));
    }
    await context.close();
  });
});

test("without the network, what is loaded only when it is wanted is told to be missing, and comes with the network", async () => {
  await write("late/1.png");
  const { context, page } = await openPage();
  await page.route("**/page/{dropped,camera,photo-address}.js", (route) => route.abort());
  const isMissing = async () => {
    assert.match(await untilProblem(page), /^A part of this page could not be loaded\./);
    await page.evaluate(() => (document.getElementById("problem").hidden = true));
  };
  await dropPaths(page, "late");
  await isMissing();
  await page.click("#drop-zone [data-camera]");
  await isMissing();
  await page.click("#drop-zone [data-address]");
  await isMissing();
  await page.unroute("**/page/{dropped,camera,photo-address}.js");
  await page.click("#drop-zone [data-address]");
  await page.waitForSelector("#address[open]");
  await context.close();
});
