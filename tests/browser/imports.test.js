// Where the module is imported besides pages: on servers, which render pages that use it, and in workers. Captions in Node and
// Deno: programs.test.js.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { launch, SITE } from "./support/browser.js";
import { openModule } from "./support/module-page.js";
import { install } from "./support/package.js";

describe("on a server", () => {
  let app, exports;
  before(async () => {
    app = await install();
    ({ exports } = JSON.parse(await readFile(path.join(app.installed, "package.json"), "utf8")));
  });
  after(() => app?.remove());

  /** What Node prints that runs this script. */
  async function run(script) {
    const options = ["--input-type=module", "--eval", script];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, options, { cwd: app.folder });
    assert.equal(stderr, "");
    return stdout.trim();
  }

  test("importing whatever the package exports does nothing", async () => {
    const names = Object.entries(exports)
      .filter(([, { default: file }]) => file?.endsWith(".js"))
      .map(([name]) => path.posix.join("glimpse-captioner", name));
    assert.ok(names.includes("glimpse-captioner") && names.includes("glimpse-captioner/element"), names.join());
    const script = `
      const before = Object.getOwnPropertyNames(globalThis).join();
      for (const name of ${JSON.stringify(names)}) {
        console.log(Object.keys(await import(name)).includes(name.endsWith("element") ? "GlimpseCaptioner" : "loadCaptioner"));
      }
      console.log(Object.getOwnPropertyNames(globalThis).join() === before);`;
    assert.equal(await run(script), [...names, ""].map(() => "true").join("\n"));
  });
});

describe("in a worker of the page's own", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  /** What a worker posts that runs this script; `load` is the module's. */
  async function inWorker(script, type = "module") {
    const { context, page, complaints } = await openModule(browser, {
      prepare: (context) =>
        context.route(`${SITE}own/worker.js`, (route) =>
          route.fulfill({
            contentType: "text/javascript",
            body: `(async () => {
              const { loadCaptioner } = await import("${SITE}glimpse.js");
              await import("${SITE}element.js");
              postMessage(await (async () => { ${script} })().catch(String));
            })();`,
          }),
        ),
    });
    const answer = await page.evaluate(
      async ([address, type]) => {
        const worker = new Worker(address, { type });
        const answer = await new Promise((resolve, reject) => {
          worker.addEventListener("message", ({ data }) => resolve(data));
          worker.addEventListener("error", ({ message }) => reject(new Error(message)));
        });
        const inPage = (await (await load()).caption(await photo("polar-bear"))).text;
        worker.terminate();
        return { answer, inPage };
      },
      [`${SITE}own/worker.js`, type],
    );
    assert.deepEqual(complaints, []);
    await context.close();
    return answer;
  }

  const SCRIPT = (options) => `
    const captioner = await loadCaptioner({ backend: "cpu", ...${JSON.stringify(options)} });
    const bitmap = await createImageBitmap(await (await fetch("../samples/polar-bear.jpg")).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    const texts = [];
    for (const source of ["../samples/polar-bear.jpg", bitmap, canvas, canvas.getContext("2d").getImageData(0, 0, bitmap.width, bitmap.height)]) {
      texts.push((await captioner.caption(source)).text);
    }
    return texts;`;

  for (const [how, options, type] of [
    ["a module worker, in a worker of its own", {}, "module"],
    ["a classic worker, in that worker itself", { worker: false }, "classic"],
    ["a module worker, with a model by its address", { model: "../models/glimpse.safetensors" }, "module"],
  ]) {
    test(`captions are the page's: ${how}`, async () => {
      const { answer, inPage } = await inWorker(SCRIPT(options), type);
      assert.deepEqual(answer, Array(4).fill(inPage));
    });
  }

  test("what is no photo there is told", async () => {
    const { answer } = await inWorker(`
      const captioner = await loadCaptioner({ backend: "cpu" });
      const failures = [];
      for (const source of [null, {}, "http://", new OffscreenCanvas(0, 0)]) {
        failures.push(await captioner.caption(source).catch(String));
      }
      return failures;`);
    assert.match(answer[0], /^TypeError: a photo is a File/);
    assert.match(answer[1], /^TypeError: a photo is a File/);
    assert.equal(answer[2], "PhotoError: “http://” is no address of a photo");
    assert.match(answer[3], /^PhotoError: the element has no picture/);
  });
});
