// The pages that `glimpse evaluate --report` and `glimpse runs --report` write, opened from the disk.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { violations } from "./support/axe.js";
import { launch, launchFirefox, open, readMap, SAMPLES } from "./support/browser.js";

const www = (file) => fileURLToPath(new URL(`../../www/${file}`, import.meta.url));

/** What people are made to say of the samples: of the cat that it is a dog. */
const REFERENCES = {
  astronaut: "A woman in an orange suit in front of a flag",
  "polar-bear": "A polar bear in the snow",
  moose: "A moose in the water",
  pagoda: "A temple with a red roof",
  cat: "A dog looks at a zebra",
  coffee: "A cup of coffee on a table",
};

/** Runs the program, which keeps features where it is run. */
function glimpse(...flags) {
  assert.ok(process.env.GLIMPSE_BIN, "GLIMPSE_BIN must name the program; `cargo xtask test` sets it");
  return promisify(execFile)(process.env.GLIMPSE_BIN, flags, { cwd: folder });
}

let folder;
let data;
let report;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "glimpse-"));
  data = path.join(folder, "data");
  const write = async (split, names) => {
    const to = path.join(data, split);
    await mkdir(to, { recursive: true });
    await Promise.all(names.map((name) => copyFile(www(`samples/${name}.jpg`), path.join(to, `${name}.jpg`))));
    const rows = names.map((name) => `${name}.jpg,${REFERENCES[name]}\n`);
    await writeFile(path.join(to, "captions.csv"), `file_name,caption\n${rows.join("")}`);
  };
  await write("val", SAMPLES);
  await write("train", SAMPLES.slice(0, 1));
  report = path.join(folder, "report");
  await glimpse("evaluate", www("models/glimpse.safetensors"), "--data", data, "--report", report);
});
after(() => rm(folder, { recursive: true }));

const openReport = (browser, options) =>
  open(browser, { address: pathToFileURL(path.join(report, "index.html")).href, ...options });

const dataOf = (page) => page.evaluate(() => JSON.parse(document.getElementById("data").textContent));

const namesOf = (page) => page.locator("#list .fine").allTextContents();

/** The list's scores from above, as they are shown. */
const scoresOf = async (page) => (await namesOf(page)).map((text) => Number(text.split(" ").at(-1)));

const BROWSERS = [
  { name: "Chromium", start: () => launch() },
  { name: "Firefox", start: () => launchFirefox(), skip: process.env.FIREFOX ? false : "FIREFOX names none" },
];

for (const { name, start, skip = false } of BROWSERS) {
  describe(`in ${name}`, { skip }, () => {
    let browser;
    before(async () => (browser = await start()));
    after(() => browser?.close());

    test("photos are sorted, searched and shown with their maps, from the disk alone", async () => {
      const { context, page, requests, complaints } = await openReport(browser);
      const { photos, measures, figures } = await dataOf(page);
      assert.match(await page.title(), /^Captions of glimpse\.safetensors on data, dev$/);
      const shown = await page.locator("#figures div").evaluateAll((rows) => rows.map((row) => row.textContent));
      assert.deepEqual(
        shown,
        figures.map((figure) => figure.join("")),
      );

      // By CIDEr-D first, by any other score on request; what has none comes last.
      const sorted = async (order) => {
        const scores = await scoresOf(page);
        assert.equal(scores.length, photos.length);
        assert.deepEqual(
          scores,
          scores.toSorted((a, b) => order * (a - b)),
        );
      };
      await sorted(1);
      await page.selectOption("#order", "-1");
      await sorted(-1);
      const precision = measures.findIndex((measure) => measure.startsWith("precision"));
      await page.selectOption("#sort", String(precision));
      await sorted(-1);
      await page.selectOption("#sort", { label: "confidence" });
      await sorted(-1);
      await page.selectOption("#sort", { label: "name" });
      await page.selectOption("#order", "1");
      assert.deepEqual(await namesOf(page), photos.map(({ name }) => name).toSorted());

      // References are searched, and the photo that is found is shown.
      await page.fill("#search", "ZEBRA dog");
      assert.equal(await page.textContent("#count"), `1 of ${photos.length} photos`);
      assert.equal(await page.textContent("#photo-name"), "val/cat.jpg");
      const cat = photos.find((photo) => photo.name === "val/cat.jpg");
      const words = page.locator("#words button");
      assert.equal((await page.locator("#words .word-text").allTextContents()).join(" "), cat.caption);
      assert.equal((await readMap(page)).shown, false);
      await words.nth(1).hover();
      const second = await readMap(page);
      assert.ok(second.shown && second.visible > 0);
      await words.last().click();
      const last = await readMap(page);
      assert.ok(last.shown && last.visible > 0 && last.print !== second.print);
      await page.click("#grid summary");
      await page.locator("#grid li canvas").first().waitFor();
      assert.equal(await page.locator("#grid li canvas").count(), cat.words.length);
      // Words that nobody said, and words that the caption lacks.
      const invented = await page.locator("#words .invented .word-text").allTextContents();
      assert.deepEqual(
        invented,
        cat.words.filter(({ supported }) => supported === false).map(({ text }) => text),
      );
      assert.ok(invented.includes("cat"));
      assert.deepEqual(await page.locator("#references mark").allTextContents(), ["dog", "zebra"]);
      await page.fill("#search", "nothing has this");
      assert.equal(await page.textContent("#count"), `0 of ${photos.length} photos`);
      assert.ok(await page.isHidden("#photo-view"));
      await page.click("#show-all");
      assert.equal(await page.textContent("#count"), `${photos.length} photos`);

      await page.waitForFunction(() =>
        [...document.querySelectorAll("#list img")].every((image) => image.naturalWidth > 0),
      );
      assert.deepEqual(
        requests.filter((address) => !address.startsWith(pathToFileURL(report).href)),
        [],
      );
      assert.deepEqual(complaints, []);
      await context.close();
    });

    test("a number of the confusions opens its photos", async () => {
      const { context, page, complaints } = await openReport(browser);
      await page.click("#confusions-heading");
      await page.selectOption("#group", { label: "animals: 1 confused" });
      await page.click('#confusions [aria-label="1: the caption says “cat”, references “dog”"]');
      assert.match(await page.textContent("#count"), /^1 of 6 photos: the caption says “cat”, references “dog”$/);
      assert.equal(await page.textContent("#photo-name"), "val/cat.jpg");
      assert.match(await page.textContent("#differences"), /Confusedthe caption says “cat”, references “dog”/);
      await page.click("#show-all");
      assert.equal(await page.textContent("#count"), "6 photos");
      await page.click("#reliability summary");
      const captions = page.locator("#curve td:last-child");
      const counts = (await captions.allTextContents()).map(Number);
      assert.equal(
        counts.reduce((all, count) => all + count),
        6,
      );
      assert.equal(await page.locator("#curve circle").count(), counts.length);
      assert.deepEqual(complaints, []);
      await context.close();
    });
  });
}

describe("in Chromium, besides", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 390]) {
      test(`axe-core finds nothing wrong, ${colorScheme}, ${width} pixels wide`, async () => {
        const viewport = { width, height: 800 };
        const { context, page } = await openReport(browser, { colorScheme, viewport, reducedMotion: "reduce" });
        const look = async (state) => assert.deepEqual(await violations(page), [], state);
        await look("closed");
        for (const details of await page.locator("details").all()) {
          await details.evaluate((node) => (node.open = true));
        }
        await page.fill("#search", "zebra");
        await page.locator("#words button").first().click();
        await look("a photo with all that is told of it");
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${overflow} pixels too wide`);
        await context.close();
      });
    }
  }

  test("the keyboard reaches the photos, the words and the confusions", async () => {
    const { context, page } = await openReport(browser);
    const focus = async (selector) => {
      for (let press = 0; press < 60; press += 1) {
        if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) {
          return;
        }
        await page.keyboard.press("Tab");
      }
      assert.fail(`the keyboard does not reach ${selector}`);
    };
    await focus("#confusions-heading");
    await page.keyboard.press("Enter");
    await focus("#confusions td button");
    await page.keyboard.press("Enter");
    assert.match(await page.textContent("#count"), /of 6 photos: /);
    await focus("#show-all");
    await page.keyboard.press("Enter");
    await focus("#list button");
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    const lowest = await page.locator("#list button").last().getAttribute("aria-pressed");
    assert.equal(lowest, "true");
    await focus("#words button");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator("#words button").nth(1).getAttribute("aria-pressed"), "true");
    assert.ok((await readMap(page)).shown);
    await context.close();
  });

  test("of 5,000 photos those in view are in the document", async () => {
    const many = path.join(folder, "many");
    await mkdir(path.join(many, "photos"), { recursive: true });
    const html = await readFile(path.join(report, "index.html"), "utf8");
    // The policy's sums are of the script and the styles: the data may be other ones.
    const [whole, written] = html.match(/id="data">(.*)<\/script>/);
    const data = JSON.parse(written);
    data.photos = Array.from({ length: 5000 }, (_, place) => ({
      ...data.photos[place % SAMPLES.length],
      name: `${place}.jpg`,
    }));
    const text = JSON.stringify(data).replaceAll("<", "\\u003c");
    await writeFile(
      path.join(many, "index.html"),
      html.replace(whole, () => `id="data">${text}</script>`),
    );
    const file = (folder, place) => path.join(folder, "photos", `${place + 1}.jpg`);
    for (const place of data.photos.keys()) {
      await link(file(report, place % SAMPLES.length), file(many, place));
    }
    const { context, page, requests, complaints } = await openReport(browser, {
      address: pathToFileURL(path.join(many, "index.html")).href,
    });
    assert.equal(await page.textContent("#count"), "5000 photos");
    const items = page.locator("#list li");
    assert.ok((await items.count()) < 100);
    assert.ok(requests.length < 100);
    await page.selectOption("#sort", { label: "place in the data set" });
    await page.locator("#list button").first().focus();
    await page.keyboard.press("End");
    await page.locator("#list button").last().press("Enter");
    assert.equal(await page.textContent("#photo-name"), "4999.jpg");
    assert.ok((await items.count()) < 100);
    assert.equal(await items.last().getAttribute("aria-setsize"), "5000");
    await page.fill("#search", "1234.jpg");
    assert.equal(await page.textContent("#count"), "1 of 5000 photos");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("axe-core finds nothing wrong with training runs beside one another", async () => {
    const small = ["--data", data, "--feature-layer", "head", "--photo-size", "64"];
    await glimpse("features", ...small);
    const runs = ["1", "2"].map((seed) => path.join(folder, `run-${seed}`));
    for (const [place, run] of runs.entries()) {
      await glimpse("train", ...small, "--epochs", "2", "--seed", String(place), "--output", run);
    }
    const file = path.join(folder, "runs.html");
    await glimpse("runs", ...runs, "--report", file);
    for (const colorScheme of ["light", "dark"]) {
      const address = pathToFileURL(file).href;
      const { context, page, requests, complaints } = await openReport(browser, { address, colorScheme });
      assert.deepEqual(await violations(page), []);
      const pictures = page.locator(".curves img");
      assert.deepEqual(
        await pictures.evaluateAll((images) => images.map((image) => image.naturalWidth)),
        [900, 900, 900],
      );
      assert.deepEqual(
        requests.filter((request) => request !== address && !request.startsWith("data:")),
        [],
      );
      assert.deepEqual(complaints, []);
      await context.close();
    }
  });
});
