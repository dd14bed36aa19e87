// Scripts of another origin, pinned by their sums: the package's single file, and its modules by an import map.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { launch, launchFirefox, open, PATIENCE } from "./support/browser.js";
import { captionOf, count } from "./support/module-page.js";
import { closeAll, headersOf, serve } from "./support/origins.js";
import { EXAMPLES, install } from "./support/package.js";

const photo = await readFile(new URL("../../www/samples/polar-bear.jpg", import.meta.url));

const example = (file) => readFile(path.join(EXAMPLES, file), "utf8");

let browser, installed, expected, sum, importMap;
before(async () => {
  installed = await install();
  const json = async (name) => JSON.parse(await readFile(path.join(installed.installed, name), "utf8"));
  sum = (await json("integrity.json"))["glimpse-captioner.js"];
  importMap = await readFile(path.join(installed.installed, "importmap.json"), "utf8");
  browser = await launch();
  expected = await captionOf(browser, "polar-bear");
});
after(async () => {
  await browser?.close();
  await closeAll();
  await installed?.remove();
});

/** The package on a server of its own, where one byte more than there should be lies at the end of `changed`. */
async function packageServer(changed) {
  const files = { "/": { folder: installed.installed } };
  if (changed) {
    files[`/${changed}`] = Buffer.concat([await readFile(path.join(installed.installed, changed)), Buffer.from("\n")]);
  }
  return serve(files, headersOf(await example("cross-origin/headers.http")));
}

/** The files of an example, with real addresses and sums. */
async function filled(file, captions) {
  const text = await example(file);
  assert.ok(text.includes("sha384-…") && text.includes("https://captions.example/glimpse-captioner/"));
  return text.replaceAll("sha384-…", sum).replaceAll("https://captions.example/glimpse-captioner/", captions.address);
}

/** A policy by which only the scripts in the page itself run, and those of `captions`. */
function strict(html, captions) {
  const sums = [...html.matchAll(/<script[^>]*>([^<]+)<\/script>/g)].map(
    ([, code]) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`,
  );
  assert.notEqual(sums.length, 0);
  const scripts = `script-src ${sums.join(" ")} ${captions.address} 'wasm-unsafe-eval'`;
  const policy = `default-src 'none'; ${scripts}; worker-src blob:; connect-src 'self' ${captions.address}`;
  return { "Content-Security-Policy": policy };
}

/** Opens a page that may use the scripts of `captions`. */
async function openPage(html, headers) {
  const server = await serve({ "/": html, "/photo.jpg": photo }, headers);
  return open(browser, { address: server.address });
}

/** What the page's paragraph says in the end. */
async function status(page) {
  await page.waitForFunction(() => document.getElementById("caption").textContent, undefined, { timeout: PATIENCE });
  return page.locator("#caption").textContent();
}

test("sums are those of the files, and the import map has each script of the package", async () => {
  const { imports, integrity } = JSON.parse(importMap);
  assert.deepEqual(Object.keys(imports), ["glimpse-captioner", "glimpse-captioner/element"]);
  for (const [name, wanted] of Object.entries(integrity)) {
    const bytes = await readFile(path.join(installed.installed, name));
    assert.equal(`sha384-${createHash("sha384").update(bytes).digest("base64")}`, wanted, name);
  }
  assert.equal(integrity["./glimpse-captioner.js"], sum);
  for (const name of [...Object.values(imports), "./captioner/engine.js", "./runtime/cpu/glimpse.js"]) {
    assert.ok(name in integrity, name);
  }
});

describe("the single file", () => {
  test("captions, in a worker, where nothing else may run, and nothing else is asked for", async () => {
    const captions = await packageServer();
    const { context, page, complaints } = await openPage(
      await filled("pinned/index.html", captions),
      headersOf(await filled("pinned/headers.http", captions)),
    );
    const element = page.locator("glimpse-captioner");
    await element.locator("[part~=word]").first().waitFor({ timeout: PATIENCE });
    assert.equal(await element.evaluate(({ text }) => text), expected);
    assert.equal(page.workers().length, 1);
    const files = ["/glimpse-captioner.js", "/models/glimpse.safetensors", "/runtime/cpu/glimpse_bg.wasm"];
    assert.deepEqual([...captions.asked].sort(), files);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("with one byte more is refused, and nothing happens", async () => {
    const captions = await packageServer("glimpse-captioner.js");
    const { context, page, complaints } = await openPage(
      await filled("pinned/index.html", captions),
      headersOf(await filled("pinned/headers.http", captions)),
    );
    await page.waitForLoadState();
    assert.equal(await page.evaluate(() => customElements.get("glimpse-captioner")), undefined);
    assert.match(complaints.join("\n"), /integrity/);
    assert.deepEqual(captions.asked, ["/glimpse-captioner.js"]);
    await context.close();
  });

  test("is pinned by an import map too", async () => {
    for (const [changed, wanted] of [
      [undefined, expected],
      ["glimpse-captioner.js", /Failed to fetch dynamically imported module/],
    ]) {
      const captions = await packageServer(changed);
      const html = await filled("import-map/index.html", captions);
      const { context, page } = await openPage(html, strict(html, captions));
      const said = await status(page);
      assert.ok(changed ? wanted.test(said) : said === wanted, said);
      await context.close();
    }
  });

  test("refuses WebAssembly with one byte more", async () => {
    const captions = await packageServer("runtime/cpu/glimpse_bg.wasm");
    const html = await filled("import-map/index.html", captions);
    const { context, page } = await openPage(html, strict(html, captions));
    assert.match(await status(page), /^glimpse_bg.wasm is not the file that was expected: its SHA-256 is /);
    await context.close();
  });

  test("computes in the page where the policy allows no worker", async () => {
    const captions = await packageServer();
    const html = await filled("import-map/index.html", captions);
    const policy = strict(html, captions)["Content-Security-Policy"].replace("worker-src blob:; ", "");
    const { context, page } = await openPage(html, { "Content-Security-Policy": policy });
    assert.equal(await status(page), expected);
    assert.equal(page.workers().length, 0);
    await context.close();
  });

  test("holds what starts the GPU's build as well", async () => {
    const captions = await packageServer();
    const html = (await filled("import-map/index.html", captions)).replace(
      "loadCaptioner()",
      'loadCaptioner({ backend: "gpu" })',
    );
    const withGpu = await launch({ webgpu: true });
    const server = await serve({
      "/": html.replace(/caption.textContent = .await.*/, "caption.textContent = captioner.backend;"),
    });
    const { page } = await open(withGpu, { address: server.address });
    assert.equal(await status(page), "gpu");
    assert.ok(captions.asked.includes("/runtime/gpu/glimpse_bg.wasm"));
    await withGpu.close();
  });

  test("is the module and the element, in Node too, and each of its captioners has a runtime of its own", async () => {
    const at = (file) => import(pathToFileURL(path.join(installed.installed, file)).href);
    const single = await at("glimpse-captioner.js");
    const names = [...Object.keys(await at("glimpse.js")), ...Object.keys(await at("element.js"))];
    assert.deepEqual(Object.keys(single).sort(), names.sort());
    const model = new Blob([await readFile(fileURLToPath(single.DEFAULT_MODEL))]);
    const captioners = await Promise.all([undefined, model].map((model) => single.loadCaptioner({ model })));
    const texts = await Promise.all(captioners.map(async (captioner) => (await captioner.caption(photo)).text));
    assert.deepEqual(texts, [expected, expected]);
  });
});

test("Firefox holds the single file to its sum as well", { skip: !process.env.FIREFOX }, async () => {
  const firefox = await launchFirefox();
  for (const changed of [undefined, "glimpse-captioner.js"]) {
    const captions = await packageServer(changed);
    const server = await serve(
      { "/": await filled("pinned/index.html", captions), "/photo.jpg": photo },
      headersOf(await filled("pinned/headers.http", captions)),
    );
    const { context, page } = await open(firefox, { address: server.address });
    const element = page.locator("glimpse-captioner");
    if (changed) {
      assert.equal(await page.evaluate(() => customElements.get("glimpse-captioner")), undefined);
      assert.deepEqual(captions.asked, ["/glimpse-captioner.js"]);
    } else {
      await element.locator("[part~=word]").first().waitFor({ timeout: PATIENCE });
      assert.equal(await element.evaluate(({ text }) => text), expected);
    }
    await context.close();
  }
  await firefox.close();
});

describe("the modules, by the package's import map", () => {
  /** The page that the docs describe: the map with the folder's address, and a script. */
  function page(captions, options) {
    return `<!doctype html>
      <title>Describe a photo</title>
      <script type="importmap">${importMap.replaceAll('"./', `"${captions.address}`)}</script>
      <p id="caption" role="status"></p>
      <script type="module">
        const caption = document.getElementById("caption");
        try {
          const { loadCaptioner } = await import("glimpse-captioner");
          await import("glimpse-captioner/element");
          const captioner = await loadCaptioner(${JSON.stringify(options)});
          caption.textContent = (await captioner.caption("photo.jpg")).text;
        } catch (error) {
          caption.textContent = error.message;
        }
      </script>`;
  }

  for (const [what, options, changed, wanted] of [
    ["caption, in a worker", {}, undefined, null],
    ["caption, in the page itself", { worker: false }, undefined, null],
    ["are refused with one byte more", {}, "captioner/store.js", /^Failed to fetch dynamically imported module/],
    ["and so is the element", {}, "element/view.js", /^Failed to fetch dynamically imported module/],
    ["and the engine in the page", { worker: false }, "captioner/engine.js", /could not be imported here$/],
    [
      "and what starts the WebAssembly",
      { worker: false },
      "runtime/cpu/glimpse.js",
      /^the runtime for the CPU could not/,
    ],
  ]) {
    test(what, async () => {
      const captions = await packageServer(changed);
      const html = page(captions, { backend: "cpu", ...options });
      const { context, page: opened, complaints, requests } = await openPage(html, strict(html, captions));
      const said = await status(opened);
      if (wanted) {
        assert.match(said, wanted);
        assert.match(complaints.join("\n"), /integrity/);
        assert.equal(count(requests, ".wasm"), 0, "it did not begin");
      } else {
        assert.equal(said, expected);
        assert.deepEqual(complaints, []);
      }
      await context.close();
    });
  }
});
