// Pictures of the page for people to look at, and the one thing about them that a program can check: nothing is wider
// than the window. With GLIMPSE_SCREENSHOTS=FOLDER the pictures are kept there.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";

import { choose, launch, open, sample, untilCaption, untilState } from "./support/browser.js";

const FOLDER = process.env.GLIMPSE_SCREENSHOTS;

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

for (const width of [360, 768, 1440]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`the page fits ${width} px (${colorScheme})`, async () => {
      const viewport = { width, height: width < 500 ? 740 : 900 };
      const { context, page, complaints } = await open(browser, { viewport, colorScheme, reducedMotion: "reduce" });
      const look = async (name) => {
        const needed = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(needed <= width, `${name} needs ${needed} px`);
        if (FOLDER) {
          await page.screenshot({ path: path.join(FOLDER, `${width}-${colorScheme}-${name}.png`), fullPage: true });
        }
      };

      await untilState(page);
      await look("ready");
      await choose(page, await sample("polar-bear"));
      await untilCaption(page);
      await look("caption");
      await page.locator("#words .word").nth(2).click();
      await look("word");
      await page.click("#all-words");
      for (const details of await page.locator("details:visible").all()) {
        await details.locator("summary").click();
      }
      await look("all-words");
      await page.check('#options-form [value="sample"]');
      await untilState(page);
      await page.locator("#candidate-list button").last().click();
      await look("sampling");
      await choose(page, { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") });
      await page.waitForSelector("#problem:visible");
      await look("problem");
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }
}
