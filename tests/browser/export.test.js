// A person's own captions, and captions taken out of the page: copied, and saved as files.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { toCsv, toHtml, toJson } from "../../www/page/exports.js";
import { choose, launch, open, SITE, sample, untilCaption, untilState } from "./support/browser.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

async function save(page, kind) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`[data-save="${kind}"]`)]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

test("a caption is copied, edited, and given back; the model's words stay beside the person's", async () => {
  const { context, page, requests, complaints } = await open(browser, clipboard);
  await untilState(page);
  requests.length = 0;
  await choose(page, await sample("cat"));
  const caption = await untilCaption(page);
  await page.click("#copy");
  await page.getByText("Copied", { exact: true }).waitFor();
  assert.equal(await copied(page), caption);

  await page.getByRole("button", { name: "Edit" }).click();
  const field = page.getByLabel("Your caption");
  assert.ok(await field.evaluate((element) => element === document.activeElement), "ready to type");
  assert.equal(await field.inputValue(), caption);
  await field.fill("Chelsea looks at us");
  assert.equal(await page.locator("#photo-image").getAttribute("alt"), "Chelsea looks at us");
  assert.equal(await page.locator("#photo-image").getAttribute("lang"), "", "whichever language a person writes");
  assert.equal((await page.locator("#words .word-text").allTextContents()).join(" "), caption);
  await page.click("#copy");
  assert.equal(await copied(page), "Chelsea looks at us");

  // Another of the model's captions leaves the person's alone.
  await page.locator("#candidate-list button").nth(1).click();
  assert.equal(await field.inputValue(), "Chelsea looks at us");
  await page.getByRole("button", { name: "Back to the model’s words" }).click();
  const second = (await page.locator("#words .word-text").allTextContents()).join(" ");
  assert.notEqual(second, caption);
  await page.click("#copy");
  assert.equal(await copied(page), second);
  assert.deepEqual(
    requests.filter((address) => !/^(blob|data):/.test(address)),
    [],
  );
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a browser that forbids copying is told of", async () => {
  const { context, page } = await open(browser, {
    prepare: (context) =>
      context.addInitScript(() => {
        navigator.clipboard.writeText = async () => {
          throw new DOMException("no", "NotAllowedError");
        };
      }),
  });
  await untilState(page);
  await choose(page, await sample("cat"));
  await untilCaption(page);
  await page.click("#copy");
  await page.getByText("did not allow copying").waitFor();
  await context.close();
});

test("all captions are saved as JSON, CSV and HTML, in a person's words where there are some", async () => {
  const { context, page, requests, complaints } = await open(browser);
  await untilState(page);
  assert.equal(await page.locator("#exports").isVisible(), false, "nothing to save");
  const cat = { ...(await sample("cat")), name: 'my "first", <best> & only cat.jpg' };
  const notes = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") };
  await choose(page, [cat, notes, await sample("moose")]);
  await untilState(page);
  requests.length = 0;
  const caption = (await page.locator("#words .word-text").allTextContents()).join(" ");
  await page.click("#edit");
  const own = 'A "cat", <b>mine</b> & nobody else’s\nsecond line';
  await page.fill("#own-caption", own);
  await page.click("#exports summary");

  const json = await save(page, "json");
  assert.equal(json.name, "captions.json");
  const records = JSON.parse(json.text);
  assert.equal(records.length, 2, "what has no caption is left out");
  assert.deepEqual([records[0].photo, records[0].caption, records[0].edited], [cat.name, own, true]);
  assert.equal(records[0].model.caption, caption);
  assert.equal(records[0].model.words.map(({ text }) => text).join(" "), caption);
  assert.ok(records[0].model.words.every(({ probability }) => probability > 0 && probability <= 1));
  assert.equal(records[0].model.captions[0].text, caption);
  assert.deepEqual([records[1].photo, records[1].edited], ["moose.jpg", false]);
  assert.equal(records[1].caption, records[1].model.caption);

  const csv = await save(page, "csv");
  assert.equal(csv.name, "captions.csv");
  assert.equal(csv.text[0], "\ufeff", "Excel knows UTF-8 by it");
  // How they read is another test's: the model may have a confidence or not.
  const [first, second] = records.map(({ model }) => model.confidence?.toFixed(3) ?? "");
  assert.deepEqual(parseCsv(csv.text.slice(1)), [
    ["photo", "caption", "edited", "model_caption", "model_confidence"],
    [cat.name, own, "true", caption, first],
    ["moose.jpg", records[1].caption, "false", records[1].caption, second],
  ]);

  const html = await save(page, "html");
  assert.equal(html.name, "captions.html");
  const images = await page.evaluate(
    (text) =>
      [...new DOMParser().parseFromString(text, "text/html").body.children].map(({ localName, alt, attributes }) => ({
        localName,
        alt,
        src: decodeURIComponent(attributes.src.value),
      })),
    html.text,
  );
  assert.deepEqual(images, [
    { localName: "img", alt: own, src: cat.name },
    { localName: "img", alt: records[1].caption, src: "moose.jpg" },
  ]);
  assert.deepEqual(
    requests.filter((address) => !/^(blob|data):/.test(address)),
    [`${SITE}page/exports.js`],
  );
  assert.deepEqual(complaints, []);
  await context.close();
});

/** As RFC 4180 has it, strictly. */
function parseCsv(text) {
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  const rows = [];
  let row = [];
  while (field.lastIndex < text.length) {
    const found = field.exec(text);
    assert.ok(found, "every field ends with a comma or a line's end");
    const [, quoted, plain, end] = found;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\r\n") {
      rows.push(row);
      row = [];
    }
  }
  assert.deepEqual(row, [], "the last line ends, too");
  return rows;
}

test("files are written as their formats ask for", () => {
  const record = (photo, caption, confidence = null) => ({
    photo,
    caption,
    language: "",
    edited: false,
    model: { caption: "", confidence, words: [], captions: [] },
  });
  assert.equal(
    toCsv([record("a.jpg", 'say "hi"', 0.5), record("b,c.jpg", "two\nlines")]),
    "\ufeffphoto,caption,edited,model_caption,model_confidence\r\n" +
      'a.jpg,"say ""hi""",false,,0.500\r\n"b,c.jpg","two\nlines",false,,\r\n',
  );
  assert.match(
    toHtml([record('"><script>.jpg', '"><script>&')]),
    /<img src="%22%3E%3Cscript%3E\.jpg" alt="&quot;&gt;&lt;script&gt;&amp;">\n$/,
  );
  assert.deepEqual(JSON.parse(toJson([])), []);
});
