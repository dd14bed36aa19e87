// Whose manner of writing captions follow: the option as it goes from module, element and page to the runtime.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { choose, launch, open, sample, untilCaption, untilState } from "./support/browser.js";
import { openEmbedded, untilEvent } from "./support/element-page.js";
import { openModule } from "./support/module-page.js";
import { captionOf, replaceFiles, replaceRuntime } from "./support/stub-runtime.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** What stands in for a model with these styles, whose captions are the options that they were asked for with. */
function modelWith(styles) {
  return async (context) => {
    await replaceRuntime(context, "cpu", captionOf('" + JSON.stringify(options) + "'), { styles });
    await replaceFiles(context, "cpu");
  };
}

test("the module names the model's styles, none for an older file, and passes the one that is asked for", async () => {
  for (const [styles, expected] of [
    [
      ["plain", "coco"],
      ["plain", "coco"],
    ],
    [undefined, []],
  ]) {
    const { context, page } = await openModule(browser, { prepare: modelWith(styles) });
    const found = await page.evaluate(async () => {
      const captioner = await load();
      const asked = async (options) => JSON.parse((await captioner.caption(await photo("cat"), options)).text);
      return [captioner.styles, await asked({ style: "coco", beams: 2 }), await asked({})];
    });
    assert.deepEqual(found, [expected, { style: "coco", beams: 2 }, {}]);
    await context.close();
  }
});

test("the element passes caption-style, and another one captions the photo again", async () => {
  const { context, page, element } = await openEmbedded(
    browser,
    '<glimpse-captioner src="samples/cat.jpg" backend="cpu" caption-style="coco"></glimpse-captioner>',
    { prepare: modelWith(["plain", "coco"]) },
  );
  assert.deepEqual(JSON.parse((await untilEvent(page, "caption")).text), { style: "coco" });
  assert.equal(await element.evaluate((node) => node.captionStyle), "coco");
  await element.evaluate((node) => (node.captionStyle = "plain"));
  assert.deepEqual(JSON.parse((await untilEvent(page, "caption", 1)).text), { style: "plain" });
  await element.evaluate((node) => (node.captionStyle = null));
  assert.deepEqual(JSON.parse((await untilEvent(page, "caption", 2)).text), {});
  await context.close();
});

/** The style that the page asked for with the caption in view. */
const asked = async (page) => JSON.parse(await page.locator("#photo-image").getAttribute("alt")).style;
const select = (page) => page.locator('#options-form [name="captionStyle"]');

test("the page offers the styles of the model, and asks for one only if it is chosen", async () => {
  const { context, page, complaints } = await open(browser, {
    query: "?backend=cpu",
    prepare: modelWith(["plain", "coco"]),
  });
  await untilState(page);
  await choose(page, await sample("cat"));
  await untilCaption(page);
  assert.equal(await asked(page), undefined);
  await page.click("#options summary");
  assert.deepEqual(await select(page).locator("option").allTextContents(), ["The model’s own", "plain", "coco"]);
  await page.getByLabel("Style").selectOption("coco");
  await untilState(page);
  assert.equal(await asked(page), "coco");
  await page.getByRole("button", { name: "Back to the defaults" }).click();
  await untilState(page);
  assert.equal(await asked(page), undefined);
  assert.deepEqual(complaints, []);
  await context.close();
});

for (const styles of [undefined, [], ["plain"]]) {
  test(`the page offers nothing where the model has the styles ${JSON.stringify(styles)}`, async () => {
    const { context, page } = await open(browser, { query: "?backend=cpu", prepare: modelWith(styles) });
    await untilState(page);
    await page.click("#options summary");
    assert.equal(await page.locator('#options-form [name="beams"]').isVisible(), true);
    assert.equal(await select(page).isVisible(), false);
    await choose(page, await sample("cat"));
    await untilCaption(page);
    assert.equal(await asked(page), undefined);
    await context.close();
  });
}
