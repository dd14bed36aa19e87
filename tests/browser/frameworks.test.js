// Examples for frameworks: each is built as its own readers would, with the package installed, and captions a photo.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { launch, open, PATIENCE, sample } from "./support/browser.js";
import { captionOf, count } from "./support/module-page.js";
import { closeAll, serve } from "./support/origins.js";
import { EXAMPLES, install, linkedExamples } from "./support/package.js";

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

/** Those that ask a person for a text. */
const ASKING = { editor: { output: "dist" } };

/** Frameworks tell their makers what they are used for, unless they are told not to. */
const SILENT = { NEXT_TELEMETRY_DISABLED: "1", ASTRO_TELEMETRY_DISABLED: "1" };

let browser, expected, site;
before(async () => {
  browser = await launch();
  // Among the frameworks, which are found from there.
  site = await install({ inside: FRAMEWORKS });
  expected = await captionOf(browser, "polar-bear");
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
  // A build that goes round for ever is to fail.
  const timeout = 5 * PATIENCE;
  const options = { cwd: folder, env: { ...process.env, ...SILENT }, shell: process.platform === "win32", timeout };
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

/** Waits for the note that stands with a text which the model suggested. */
const untilNote = (page, wanted) => page.locator("[role=status]", { hasText: wanted }).waitFor({ state: "attached" });

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

test("the editor asks for the alternative text of an image, and says where the model only guesses", async () => {
  const server = await built("editor", ASKING.editor);
  const { context, page, requests, complaints } = await open(browser, { address: server.address });
  await page.locator("[contenteditable=true]").waitFor();
  assert.deepEqual(large(requests), [0, 0], "nothing before there is an image");
  const field = page.getByLabel("Alternative text");
  const isFocused = () => field.evaluate((field) => field === document.activeElement);
  const alts = () => page.locator("#editor img").evaluateAll((images) => images.map(({ alt }) => alt));

  await page.setInputFiles("#file", await sample("polar-bear"));
  await untilNote(page, "Suggested: please check it.");
  assert.equal(await field.inputValue(), expected);
  assert.ok(await isFocused(), "a person may write at once");
  assert.deepEqual(await alts(), [""], "a suggestion, until it is accepted");
  await field.fill("A polar bear, far in the north");
  await page.getByRole("button", { name: "Use this text" }).click();
  await field.waitFor({ state: "hidden" });
  assert.deepEqual(await alts(), ["A polar bear, far in the north"]);
  assert.match(
    await page.locator("#html").textContent(),
    /<img src="blob:[^"]*" alt="A polar bear, far in the north">/,
  );

  // Pasted, two at once: they are asked for one after the other.
  const files = await Promise.all(["pagoda", "moose"].map(sample));
  await page.locator("[contenteditable=true]").evaluate(
    (editor, files) => {
      const clipboardData = new DataTransfer();
      for (const { name, mimeType, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        clipboardData.items.add(new File([bytes], name, { type: mimeType }));
      }
      editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    },
    files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString("base64") })),
  );
  await untilNote(page, "This is a guess: please correct it.");
  assert.ok(await isFocused());
  const guess = await field.inputValue();
  assert.notEqual(guess, "");
  await page.getByRole("button", { name: "Use this text" }).click();
  // The next one's is another text, or none yet; a person need not wait for it.
  await page.waitForFunction((guess) => document.querySelector("textarea").value !== guess, guess);
  await page.getByRole("button", { name: "The image is decoration" }).click();
  await field.waitFor({ state: "hidden" });
  assert.deepEqual((await alts()).sort(), ["", "A polar bear, far in the north", guess].sort());
  assert.deepEqual(large(requests), [1, 1]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a form suggests the alternative text of its image, and keeps what a person wrote", async () => {
  const server = await serve({
    "/glimpse-captioner/": { folder: site.installed },
    "/": { folder: path.join(EXAMPLES, "form") },
  });
  const { context, page, requests, complaints } = await open(browser, { address: server.address });
  assert.deepEqual(large(requests), [0, 0], "nothing before there is an image");
  const field = page.getByLabel("Alternative text");
  await page.setInputFiles("[name=image]", await sample("polar-bear"));
  await untilNote(page, "Suggested: please check it.");
  assert.equal(await field.inputValue(), expected);
  await page.setInputFiles("[name=image]", await sample("pagoda"));
  await untilNote(page, "This is a guess: please correct it.");
  assert.notEqual(await field.inputValue(), expected);

  await field.fill("A pagoda among trees");
  await page.setInputFiles("[name=image]", await sample("polar-bear"));
  await page.setInputFiles("[name=image]", await sample("pagoda"));
  await untilNote(page, /^$/);
  const sent = await page.evaluate(() => {
    const data = new FormData(document.forms[0]);
    return { alt: data.get("alt"), image: data.get("image").name };
  });
  assert.deepEqual(sent, { alt: "A pagoda among trees", image: "pagoda.jpg" });
  assert.deepEqual(large(requests), [1, 1]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("docs/embedding.md leads to each of them, with the versions that are tried here", async () => {
  const projects = Object.keys({ ...CHOSEN, ...RENDERED, ...ASKING });
  assert.deepEqual(await linkedExamples(), [...projects, "form"].sort());
  const tried = JSON.parse(await readFile(path.join(FRAMEWORKS, "package.json"), "utf8")).devDependencies;
  const wanted = {};
  for (const name of projects) {
    const manifest = JSON.parse(await readFile(path.join(EXAMPLES, name, "package.json"), "utf8"));
    for (const [dependency, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      assert.equal(version, tried[dependency], `${name}: ${dependency}`);
      wanted[dependency] = version;
    }
  }
  assert.deepEqual(wanted, tried, "nothing is installed that no example needs");
});
