// The page for developers: the element with a control for each attribute, and all that it has.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { violations } from "./support/axe.js";
import { launch, PATIENCE, SITE } from "./support/browser.js";
import { install } from "./support/package.js";

let browser, page;
const asked = [];
before(async () => {
  browser = await launch();
  page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("request", (request) => asked.push(new URL(request.url())));
  await page.goto(`${SITE}developers/`);
  await page.waitForSelector("#reference table");
});
after(() => browser?.close());

test("it shows the manifest that the package has", async () => {
  const app = await install();
  const packaged = await readFile(path.join(app.installed, "custom-elements.json"), "utf8");
  await app.remove();
  const shown = await readFile(new URL("../../www/developers/custom-elements.json", import.meta.url), "utf8");
  assert.equal(
    shown,
    packaged,
    "the element's comments have changed: copy custom-elements.json of `cargo xtask package` to www/developers",
  );
  const { attributes, events } = JSON.parse(shown).modules[0].declarations[0];
  assert.equal(await page.locator("#attributes label").count(), attributes.length);
  const rows = page.getByRole("region", { name: /^Events/ }).locator("tbody tr");
  assert.equal(await rows.count(), events.length);
});

test("nothing is fetched for captions before somebody asks, and events are told", async () => {
  assert.deepEqual(
    asked.map(({ pathname }) => pathname).filter((name) => /safetensors|wasm/.test(name)),
    [],
  );
  await page.getByRole("button", { name: "Caption this photo" }).click();
  await page.waitForFunction(() => document.querySelector("#live").result);
  const told = await page.locator("#events p").allTextContents();
  const text = await page.evaluate(() => document.querySelector("#live").text);
  assert.ok(told.some((line) => line.startsWith("word {")));
  assert.ok(told.at(-1).startsWith(`caption {"text":"${text}"`), told.at(-1));
  assert.ok(await page.getByRole("button", { name: "Caption this photo" }).isHidden());
});

test("each control sets its attribute, and the snippet follows", async () => {
  const code = page.locator("#code");
  await page.getByLabel("attention").selectOption("grid");
  await page.getByLabel("min-confidence").fill("0.95");
  await page.getByLabel("min-confidence").blur();
  await page.getByLabel("speak").check();
  const written = '<glimpse-captioner loading="manual" src="../samples/polar-bear.jpg"';
  assert.equal(
    await code.textContent(),
    `${written} attention="grid" min-confidence="0.95" speak=""></glimpse-captioner>`.replace('=""', ""),
  );
  assert.ok(await page.evaluate(() => document.querySelector("#live").matches(":state(unsure)")));
  await page.getByLabel("speak").uncheck();
  await page.getByLabel("attention").selectOption("");
  await page.getByLabel("min-confidence").fill("");
  await page.getByLabel("min-confidence").blur();
  assert.equal(await code.textContent(), `${written}></glimpse-captioner>`);
  // An image of the page in place of the element's own.
  assert.ok(await page.locator("#page-image").isHidden());
  await page.getByLabel("for", { exact: true }).fill("page-image");
  await page.getByLabel("for", { exact: true }).blur();
  assert.ok(await page.locator("#page-image").isVisible());
});

test("axe finds nothing serious, in light and dark, wide and narrow", async () => {
  for (const [colorScheme, width] of [
    ["light", 1200],
    ["dark", 390],
  ]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await violations(page), []);
    assert.ok(await page.evaluate((width) => document.documentElement.scrollWidth <= width, width));
  }
});
