// A real panic in WebAssembly, in mid-caption: that caption fails with a clear message, and the next one works.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import {
  choose,
  launch,
  open,
  SITE,
  sample,
  untilCaption,
  untilProblem,
  untilState,
  withoutSums,
} from "./support/browser.js";

/** A module that a panicking function was added to; released ones have none. `cargo xtask test` builds it. */
const FOLDER = process.env.GLIMPSE_PANICKING;
if (!FOLDER) {
  throw new Error("GLIMPSE_PANICKING is not set; `cargo xtask test` sets it");
}

/** A photo of this many bytes panics. */
const FATAL_LENGTH = 7;

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Puts the panicking module in the CPU build's place. */
async function panicking(context) {
  await withoutSums(context);
  const glue = await readFile(join(FOLDER, "glimpse.js"), "utf8");
  const patch = `
    const caption = Captioner.prototype.caption;
    Captioner.prototype.caption = function (photo, ...others) {
      return photo.length === ${FATAL_LENGTH} ? panicInCaption() : caption.call(this, photo, ...others);
    };`;
  await context.route("**/runtime/cpu/glimpse.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: glue + patch }),
  );
  await context.route("**/runtime/cpu/glimpse_bg.wasm", (route) =>
    route.fulfill({ contentType: "application/wasm", path: join(FOLDER, "glimpse_bg.wasm") }),
  );
}

test("released modules have no such function", async () => {
  for (const build of ["cpu", "gpu"]) {
    const glue = await (await fetch(`${SITE}runtime/${build}/glimpse.js`)).text();
    assert.doesNotMatch(glue, /panicInCaption/);
  }
  assert.match(await readFile(join(FOLDER, "glimpse.js"), "utf8"), /panicInCaption/);
});

test("the page tells of it, and captions the next photo", async () => {
  const { context, page } = await open(browser, { prepare: panicking });
  await untilState(page);
  await choose(page, { name: "fatal.jpg", mimeType: "image/jpeg", buffer: Buffer.from("\xff\xd8\xff1234", "latin1") });
  assert.match(await untilProblem(page), /got no caption: the program inside the page crashed/);
  await choose(page, await sample("cat"));
  assert.ok((await untilCaption(page)).length > 0);
  await context.close();
});

describe("of captions that wait for each other", () => {
  for (const worker of [true, false]) {
    test(`only the one that panics fails, ${worker ? "in a worker" : "in the page itself"}`, async () => {
      const { context, page } = await open(browser, { prepare: panicking });
      const outcome = await page.evaluate(async (worker) => {
        const { loadCaptioner } = await import(new URL("glimpse.js", location.href).href);
        const captioner = await loadCaptioner({ worker, backend: "cpu" });
        const good = await (await fetch("samples/cat.jpg")).blob();
        const fatal = new Blob([new Uint8Array([255, 216, 255, 1, 2, 3, 4])]);
        const told = (caption) =>
          caption.then(
            ({ text }) => text,
            ({ message }) => `failed: ${message}`,
          );
        return Promise.all([good, fatal, good, good].map((photo) => told(captioner.caption(photo))));
      }, worker);
      assert.match(outcome[1], /^failed: the program inside the page crashed/);
      assert.doesNotMatch(outcome[0], /^failed/);
      assert.equal(outcome[2], outcome[0]);
      assert.equal(outcome[3], outcome[0]);
      await context.close();
    });
  }
});
