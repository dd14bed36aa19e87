// The browser extension in Chromium: pictures of other people's pages, described on this computer.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { SITE, sample } from "./support/browser.js";
import { clickInPanel, extensionFolder, launchWithExtension, readPanel, untilPanel } from "./support/extension.js";
import { closeAll, serve } from "./support/origins.js";

const POLICY = { "content-security-policy": "default-src 'none'; img-src *; style-src 'unsafe-inline'" };
/** Chromium's own, which have no part in it. */
const ERRANDS = /^[a-z0-9.-]+\.(google|googleapis|gstatic|gvt1)\.com:443$/;
const FOLDER = process.env.GLIMPSE_SCREENSHOTS;

let extension;
before(async () => (extension = await launchWithExtension()));
after(async () => {
  await extension?.close();
  await closeAll();
});

async function photos() {
  const names = ["moose", "polar-bear", "cat"];
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [`/${name}.jpg`, (await sample(name)).buffer])),
  );
}

async function open(files, headers = POLICY) {
  const site = await serve(files, headers);
  const page = await extension.context.newPage();
  await page.goto(site.address);
  return { page, address: site.address };
}

async function look(page, name) {
  if (FOLDER) {
    await page.screenshot({ path: path.join(FOLDER, `extension-${name}.png`) });
  }
}

/** What the page's own captioner says of a sample. */
async function captioned(name) {
  const page = await extension.context.newPage();
  await page.route(`${SITE}empty.html`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
  );
  await page.goto(`${SITE}empty.html`);
  const caption = await page.evaluate(
    async ({ site, name }) => {
      const { loadCaptioner } = await import(`${site}glimpse.js`);
      const captioner = await loadCaptioner({ backend: "cpu" });
      const { text, confidence } = await captioner.caption(`${site}samples/${name}.jpg`);
      captioner.dispose();
      return { text, confidence };
    },
    { site: SITE, name },
  );
  await page.close();
  return caption;
}

/** All alternative texts of the page's pictures, by their ids. */
const described = (page) =>
  page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll("[id]")].map((node) => [
        node.id,
        node.getAttribute(node.localName === "img" ? "alt" : "aria-label"),
      ]),
    ),
  );

test("a page's undescribed pictures get a text, its other ones are left, and all of it can be undone", async () => {
  const files = await photos();
  const other = await serve(files);
  const { page, address } = await open({
    ...files,
    "/": `<!doctype html><meta charset="utf-8"><title>Pictures</title>
      <style>img, div[role] { width: 200px; height: 150px }</style>
      <img id="bare" src="cat.jpg">
      <img id="elsewhere" src="${other.address}polar-bear.jpg">
      <div id="drawn" role="img" style="background: url(polar-bear.jpg) center / cover"></div>
      <img id="described" src="cat.jpg" alt="Somebody's cat">
      <img id="decoration" src="cat.jpg" alt="">
      <img id="presentation" src="cat.jpg" role="presentation">
      <span aria-hidden="true"><img id="hidden" src="cat.jpg"></span>
      <p contenteditable><img id="written" src="cat.jpg"></p>
      <img id="tiny" src="cat.jpg" style="width: 20px; height: 20px">
      <img id="broken" src="gone.jpg">
      <p style="height: 3000px"></p>
      <img id="below" src="${other.address}moose.jpg">`,
  });
  await look(page, "before");
  const markup = await page.content();
  const before = await described(page);
  extension.asked.length = 0;
  await extension.press(page);
  const panel = await untilPanel(page, (found) => /3 pictures described/.test(found?.status));
  const asked = extension.asked.filter((url) => !ERRANDS.test(url));
  await look(page, "after");

  const found = await described(page);
  const cat = await captioned("cat");
  const kind = cat.confidence < 0.5 ? "guess" : "description";
  assert.ok(cat.confidence >= 0.3, `${cat.confidence}`);
  assert.equal(found.bare, `Machine ${kind}: ${cat.text}`);
  for (const id of ["elsewhere", "drawn"]) {
    assert.match(found[id], /^Machine description: .*polar bear/);
  }
  const left = Object.keys(before).filter((id) => !["bare", "elsewhere", "drawn"].includes(id));
  for (const id of left) {
    assert.equal(found[id], before[id], id);
  }
  assert.equal(await page.locator("[data-glimpse-description]").count(), 3);
  assert.match(panel.status, /2 could not be described/);
  assert.ok(panel.texts.some((text) => /broken/.test(text)) && panel.texts.some((text) => /another site/.test(text)));

  for (const url of asked) {
    assert.ok(url.startsWith(address) || url.startsWith(other.address), url);
    assert.match(url, /\.jpg$/);
  }
  assert.ok(extension.asked.some((url) => url.startsWith(SITE)));

  await clickInPanel(page, "Take these descriptions back");
  await untilPanel(page, (found) => /3 descriptions taken back/.test(found?.status));
  assert.deepEqual(await described(page), before);
  await page.keyboard.press("Escape");
  assert.equal(await readPanel(page), null);
  assert.equal(await page.content(), markup);
  await page.close();
});

test("a picture of the menu is described beside it as the page's captioner does, and the page stays as it is", async () => {
  const { page, address } = await open({
    ...(await photos()),
    "/": '<!doctype html><img src="cat.jpg" alt="" width="300">',
  });
  await extension.press(page);
  await untilPanel(page, (found) => /No picture without/.test(found?.status));
  await page.keyboard.press("Escape");
  const markup = await page.content();
  await extension.choose(page, "describePicture", { srcUrl: `${address}cat.jpg` });
  const panel = await untilPanel(page, (found) => /likely to be right/.test(found?.status));
  const { text, confidence } = await captioned("cat");
  assert.ok(panel.texts.includes(text), `${panel.texts}`);
  assert.ok(panel.status.includes(text));
  assert.ok(panel.status.includes(`${Math.round(100 * confidence)}%`), panel.status);
  assert.equal(panel.status.includes("A guess. This may be:"), confidence < 0.5);
  assert.ok(panel.isFocused);
  await look(page, "picture");
  await page.keyboard.press("Escape");
  assert.equal(await readPanel(page), null);
  assert.equal(await page.content(), markup);
  await page.close();
});

test("a picture that comes later is described, and loses its text with another picture", async () => {
  const { page } = await open({ ...(await photos()), "/": '<!doctype html><img id="one" src="cat.jpg" width="300">' });
  await extension.press(page);
  await untilPanel(page, (found) => /1 picture described/.test(found?.status));
  await page.evaluate(() => (document.getElementById("one").src = "polar-bear.jpg"));
  await page.waitForFunction(() => /polar bear/.test(document.getElementById("one").alt));
  await page.close();
});

for (const browser of ["chromium", "firefox"]) {
  test(`the extension for ${browser} asks for no more than it says, and carries its licences`, async () => {
    const folder = extensionFolder(browser);
    const read = async (file) => readFile(path.join(folder, file), "utf8");
    const manifest = JSON.parse(await read("manifest.json"));
    const own = browser === "chromium" ? ["offscreen"] : [];
    assert.deepEqual(manifest.permissions.toSorted(), ["activeTab", "contextMenus", "scripting", ...own].toSorted());
    assert.equal(manifest.host_permissions, undefined);
    assert.equal(manifest.content_scripts, undefined);
    assert.equal(manifest.web_accessible_resources, undefined);
    assert.match(manifest.content_security_policy.extension_pages, /script-src 'self' 'wasm-unsafe-eval';/);
    const docs = await readFile(new URL("../../docs/extension.md", import.meta.url), "utf8");
    for (const permission of manifest.permissions) {
      assert.ok(docs.includes(`| \`${permission}\``), permission);
    }
    const files = await readdir(folder, { recursive: true });
    for (const file of ["NOTICE", "LICENSE-MIT", "LICENSE-APACHE", "models/glimpse.safetensors"]) {
      assert.ok(files.includes(file), file);
    }
    assert.ok(!files.some((file) => file.startsWith("runtime/gpu")));
    const languages = await readdir(path.join(folder, "_locales"));
    const texts = await Promise.all(
      languages.map(async (language) => Object.keys(JSON.parse(await read(`_locales/${language}/messages.json`)))),
    );
    for (const names of texts) {
      assert.deepEqual(names, texts[0]);
    }
  });
}
