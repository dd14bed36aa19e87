// The page by keyboard and for screen readers: the rules of axe-core, and what no such rule can tell.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { violations } from "./support/axe.js";
import { choose, launch, open, sample, untilCaption, untilProblem, untilState } from "./support/browser.js";

const NOTES = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") };

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

for (const colorScheme of ["light", "dark"]) {
  for (const width of [360, 1440]) {
    test(`axe-core finds nothing serious (${colorScheme}, ${width} px)`, async () => {
      const { context, page } = await open(browser, {
        colorScheme,
        viewport: { width, height: 800 },
        // A colour on its way to another is neither.
        reducedMotion: "reduce",
      });
      const look = async (state) => assert.deepEqual(await violations(page), [], state);
      await untilState(page);
      await look("empty");
      await choose(page, await sample("cat"));
      await untilCaption(page);
      await page.click("#edit");
      await page.locator("#words button").nth(1).click();
      await page.click("#all-words");
      await look("captioned");
      for (const details of await page.locator("details:visible").all()) {
        await details.locator("summary").click();
      }
      await look("options open");
      await page.check('#options-form [value="sample"]');
      await untilState(page);
      await look("drawing words");
      await choose(page, [NOTES, await sample("moose"), await sample("coffee")]);
      await untilState(page);
      await look("gallery");
      assert.ok((await untilProblem(page)).length > 0);
      await page.locator("#actions [data-address]").click();
      await page.waitForSelector("#address[open]");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#address-problem:not(:empty)");
      await look("address dialogue");
      await page.keyboard.press("Escape");
      await page.click("#remove-all");
      await choose(page, NOTES);
      await untilProblem(page);
      await look("error");
      await page.selectOption("#language", "ko");
      await page.waitForFunction(() => document.documentElement.lang === "ko");
      await look("Korean");
      await context.close();
    });
  }
}

test("axe-core finds what is wrong", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  await page.evaluate(() => document.querySelector("#samples img").removeAttribute("alt"));
  assert.match((await violations(page)).join(), /button-name|image-alt/);
  await context.close();
});

/** Presses Tab from the top of the page to its end, and lists what the focus stood on, and whether it was seen there. */
async function tabStops(page) {
  await page.locator("h1").click();
  const stops = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const { width, height } = element.getBoundingClientRect();
      const outlined = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
      return {
        name: element.id || element.dataset.sample || element.textContent.trim() || element.localName,
        seen: outlined && width > 0 && height > 0,
        isPage: element === document.body,
      };
    });
    if (stop.isPage) {
      return stops;
    }
    stops.push(stop);
    assert.ok(stops.length < 200, "the keyboard leads through the page, and out of it");
  }
}

test("the keyboard reaches everything that can be pressed, and the focus is seen everywhere", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  await choose(page, [await sample("cat"), await sample("moose")]);
  await untilState(page);
  await page.locator("#words button").first().click();
  await page.click("#edit");
  for (const summary of await page.locator("summary:visible").all()) {
    await summary.click();
  }
  const stops = await tabStops(page);
  assert.deepEqual(
    stops.filter(({ seen }) => !seen),
    [],
  );
  const names = stops.map(({ name }) => name);
  for (const id of [
    "language",
    "play",
    "scrub",
    "map-colour",
    "map-strength",
    "save-map",
    "remove-photo",
    "remove-all",
    "all-words",
    "edit",
    "copy",
    "own-caption",
    "restore",
    "another",
    "backend",
    "choose-model",
    "forget",
  ]) {
    assert.ok(names.includes(id), `${id} can be reached`);
  }
  const pressable = await page.evaluate(
    () =>
      [...document.querySelectorAll("button, select, textarea, summary, a[href]")].filter(
        (element) => element.checkVisibility() && !element.disabled && element.tabIndex >= 0,
      ).length,
  );
  const fields = await page.locator("input:visible:enabled:not([type=radio])").count();
  // A group of radio buttons is one stop.
  assert.equal(stops.length, pressable + fields + 1, `all ${names}`);
  await context.close();
});

test("a photo is chosen, captioned, read word by word, edited and saved by keyboard alone", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  const focus = async (name) => {
    for (let press = 0; press < 100; press += 1) {
      if (await page.evaluate((name) => document.activeElement.matches(name), name)) {
        return;
      }
      await page.keyboard.press("Tab");
    }
    assert.fail(`the keyboard does not reach ${name}`);
  };
  // Listened for before the way there: the message that starts listening must not be overtaken by the key.
  const chosen = page.waitForEvent("filechooser");
  await focus("#drop-zone [data-choose]");
  await page.keyboard.press("Enter");
  const chooser = await chosen;
  assert.ok(chooser.isMultiple());
  await chooser.setFiles(await sample("cat"));
  const caption = await untilCaption(page);
  await focus("#words button");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#scrub").inputValue(), "2");
  await focus("#edit");
  await page.keyboard.press("Enter");
  await page.keyboard.press("End");
  await page.keyboard.type(", and looks");
  await focus("#exports summary");
  await page.keyboard.press("Enter");
  await focus('[data-save="json"]');
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  const [{ caption: saved }] = JSON.parse(await readFile(await download.path(), "utf8"));
  assert.equal(saved, `${caption}, and looks`);
  await context.close();
});

test("screen readers are told of captions, progress and errors", async () => {
  const { context, page } = await open(browser);
  await untilState(page);
  const polite = '[aria-live="polite"], [role="status"]';
  await choose(page, await sample("cat"));
  const caption = await untilCaption(page);
  const said = (id) =>
    page.locator(id).evaluate((region, polite) => region.matches(polite) && region.textContent, polite);
  assert.equal(await said("#spoken"), `Caption: ${caption}`);
  await choose(page, [await sample("moose"), await sample("coffee")]);
  await untilState(page);
  assert.equal(await said("#gallery-progress"), "3 of 3");
  await page.click("#remove-all");
  await choose(page, NOTES);
  await untilProblem(page);
  assert.equal(await page.locator("#problem").getAttribute("role"), "alert");
  await context.close();
});
