// Examples for frameworks: each is built as its own readers would, with the package installed, and captions a photo.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { launch, open, PATIENCE, sample } from "./support/browser.js";
import { count, openModule } from "./support/module-page.js";
import { closeAll, serve } from "./support/origins.js";
import { EXAMPLES, install } from "./support/package.js";

const FRAMEWORKS = fileURLToPath(new URL("frameworks/", import.meta.url));

const SAMPLES = fileURLToPath(new URL("../../www/samples/", import.meta.url));

/** Where each of those whose photo is chosen in the page leaves what is to be served; what else shows the caption. */
const CHOSEN = {
  vue: { output: "dist", others: ["#described"] },
  svelte: { output: "dist", others: ["#described"] },
  webpack: { output: "." },
  "react-element": { output: "dist" },
};

/** The same of those that render on a server, and the folder of their photos. */
const RENDERED = {
  next: { output: "out", photos: "public" },
  astro: { output: "dist", photos: "public" },
  sveltekit: { output: "build", photos: "static" },
};

/** Frameworks tell their makers what they are used for, unless they are told not to. */
const SILENT = { NEXT_TELEMETRY_DISABLED: "1", ASTRO_TELEMETRY_DISABLED: "1" };

let browser, expected, site;
before(async () => {
  browser = await launch();
  // Among the frameworks, which are found from there.
  site = await install({ inside: FRAMEWORKS });
  const { context, page } = await openModule(browser);
  expected = await page.evaluate(async () => (await (await load()).caption(await photo("polar-bear"))).text);
  await context.close();
});
after(async () => {
  await browser?.close();
  await closeAll();
  await site?.remove();
});

/** Builds an example by its own command, and serves what that makes. */
async function built(name, { output, photos }) {
  const folder = path.join(site.folder, name);
  await cp(path.join(EXAMPLES, name), folder, { recursive: true });
  if (photos) {
    await mkdir(path.join(folder, photos));
    await cp(path.join(SAMPLES, "polar-bear.jpg"), path.join(folder, photos, "photo.jpg"));
  }
  const options = { cwd: folder, env: { ...process.env, ...SILENT }, shell: process.platform === "win32" };
  await promisify(execFile)("npm", ["run", "build"], options).catch(({ stdout, stderr }) =>
    assert.fail(`${stdout}\n${stderr}`),
  );
  return serve({ "/": { folder: path.join(folder, output) } });
}

/** Waits until the page shows a text in an element. */
async function untilText(page, selector, wanted = expected) {
  const shown = page.locator(selector);
  await page
    .waitForFunction(
      ([selector, wanted]) => document.querySelector(selector)?.textContent === wanted,
      [selector, wanted],
      {
        timeout: PATIENCE,
      },
    )
    .catch(async () => assert.equal(await shown.textContent(), wanted));
}

/** How many models and runtimes were asked for. */
const large = (requests) => [count(requests, ".safetensors"), count(requests, ".wasm")];

/** Watches what a page does and does not do, from before its first caption to a second visit. */
async function visit(server, { choose = async () => {}, others = [] }) {
  const { context, page, requests, complaints } = await open(browser, { address: server.address });
  for (const again of [false, true]) {
    if (again) {
      requests.splice(0);
      await page.reload();
    }
    await choose(page);
    for (const selector of ["#caption", ...others]) {
      await untilText(page, selector);
    }
    assert.equal(page.workers().length, 1);
    assert.deepEqual(large(requests), again ? [0, 0] : [1, 1], again ? "the second visit" : "the first visit");
    assert.ok(
      requests.every(
        (address) => new URL(address, server.address).href.startsWith(server.address) || /^(blob|data):/.test(address),
      ),
      requests.join("\n"),
    );
  }
  const element = page.locator("glimpse-captioner");
  await element.locator("[part~=word]").first().waitFor();
  assert.equal(await element.evaluate(({ minConfidence }) => minConfidence), 0.3);
  assert.deepEqual(complaints, []);
  return { context, page };
}

for (const [name, example] of Object.entries(CHOSEN)) {
  test(`${name} builds, and captions a photo that is chosen`, async () => {
    const server = await built(name, example);
    const choose = async (page) => page.setInputFiles("#file", await sample("polar-bear"));
    const { context } = await visit(server, { ...example, choose });
    await context.close();
  });
}

for (const [name, example] of Object.entries(RENDERED)) {
  test(`${name} renders the element on the server, and captions the photo in the page`, async () => {
    const server = await built(name, example);
    const html = await (await fetch(server.address)).text();
    assert.match(html, /<glimpse-captioner src="\/photo.jpg" min-confidence="0.3"/);
    const { context, page } = await visit(server, example);
    if (name === "sveltekit") {
      await page.click("#forget");
      await untilText(page, "#caption", "Forgotten.");
      assert.equal(await page.evaluate(async () => (await (await caches.open("glimpse")).keys()).length), 0);
    }
    await context.close();
  });
}
