// The module on other people's pages: every example that docs/embedding.md shows runs here, and pages that allow little. Those
// that it leads to are in frameworks.test.js.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { build, createLogger, createServer } from "vite";

import { launch, open, PATIENCE, sample } from "./support/browser.js";
import { count, openModule } from "./support/module-page.js";
import { closeAll, headersOf, serve } from "./support/origins.js";
import { EXAMPLES, install, linkedExamples } from "./support/package.js";

const SAMPLES = { folder: fileURLToPath(new URL("../../www/samples", import.meta.url)) };

const FIXTURES = { folder: fileURLToPath(new URL("fixtures", import.meta.url)) };

const photo = await readFile(path.join(SAMPLES.folder, "polar-bear.jpg"));

const example = (file) => readFile(path.join(EXAMPLES, file), "utf8");

/** Examples that were run, the pinned ones by integrity.test.js; see the last test. */
const ran = new Set(["import-map", "pinned"]);

let browser, expected, installed;
before(async () => {
  browser = await launch();
  installed = await install();
  const { context, page } = await openModule(browser);
  expected = await page.evaluate(async () => (await (await load()).caption(await photo("polar-bear"))).text);
  await context.close();
});
after(async () => {
  await browser.close();
  await closeAll();
  await installed.remove();
});

/** The caption that the page shows once it is the one of a polar bear, or what it shows in the end. */
async function untilStatus(page, wanted = expected) {
  const status = page.locator("#caption");
  await page
    .waitForFunction((wanted) => document.getElementById("caption")?.textContent === wanted, wanted, {
      timeout: PATIENCE,
    })
    .catch(async () => assert.equal(await status.textContent(), wanted));
}

/** Chooses photos in an example and reads their captions; no request is to be made for a photo. */
async function chooseAndRead(address) {
  const { context, page, requests, complaints } = await open(browser, { address });
  await page.waitForSelector("#file");
  assert.deepEqual([count(requests, ".wasm"), count(requests, ".safetensors")], [0, 0], "nothing before it is needed");
  await page.setInputFiles("#file", await sample("polar-bear"));
  await untilStatus(page);
  assert.equal(page.workers().length, 1);
  assert.deepEqual([count(requests, ".wasm"), count(requests, ".safetensors")], [1, 1]);
  await page.setInputFiles("#file", { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no photo") });
  await page.waitForFunction(() => /photo|image/i.test(document.getElementById("caption").textContent));
  const before = requests.length;
  await page.setInputFiles("#file", await sample("polar-bear"));
  await untilStatus(page);
  assert.equal(requests.length, before, "a photo asks for nothing");
  assert.deepEqual(complaints, []);
  return { context, page, requests };
}

test("Node, with the package installed", async () => {
  ran.add("node");
  const app = await install({ example: "node" });
  const photos = ["polar-bear", "cat"].map((name) => path.join(SAMPLES.folder, `${name}.jpg`));
  const run = (files) =>
    new Promise((resolve) => {
      execFile(process.execPath, ["caption.js", ...files], { cwd: app.folder }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, lines: stdout.trim().split("\n"), stderr }),
      );
    });
  const { code, lines, stderr } = await run([...photos, "missing.jpg"]);
  assert.match(lines[0], /polar-bear\.jpg: (.*) \(\d+ %\)$/);
  assert.ok(lines[0].includes(`: ${expected} (`), lines[0]);
  assert.match(lines[1], /cat\.jpg: .*cat.* \(\d+ %\)$/);
  assert.match(stderr, /^missing\.jpg: file:.*missing\.jpg could not be fetched: there is no such file/);
  assert.equal(code, 1);
  await app.remove();
});

test("plain HTML, with the package's folder beside it", async () => {
  ran.add("html");
  const server = await serve({
    "/": await example("html/index.html"),
    "/glimpse-captioner/": { folder: installed.installed },
  });
  const { context, requests } = await chooseAndRead(server.address);
  assert.ok(
    requests.every((address) => address.startsWith(server.address)),
    "nobody else is asked for anything",
  );
  await context.close();
});

describe("from another origin", () => {
  let captions;
  before(async () => {
    captions = await serve(
      { "/": { folder: installed.installed } },
      headersOf(await example("cross-origin/headers.http")),
    );
  });

  /** The example, with the address of a server that is there. */
  const exampleFor = async (address, file = "cross-origin/index.html") => {
    const page = await example(file);
    assert.ok(page.includes("https://captions.example/glimpse-captioner/"));
    return page.replace("https://captions.example/glimpse-captioner/", address);
  };

  test("the example captions in a worker, and a second visit downloads nothing large", async () => {
    ran.add("cross-origin");
    const server = await serve({ "/": await exampleFor(captions.address), "/photo.jpg": photo });
    const { context, page, requests, complaints } = await open(browser, { address: server.address });
    await untilStatus(page);
    assert.equal(page.workers().length, 1);
    assert.ok(
      requests.some((address) => address.startsWith("blob:")),
      "its worker is started through a blob",
    );
    assert.ok(!server.asked.some((path) => path !== "/" && path !== "/photo.jpg"));
    requests.splice(0);
    await page.reload();
    await untilStatus(page);
    assert.deepEqual([count(requests, ".wasm"), count(requests, ".safetensors")], [0, 0]);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("the element needs one line, and computes both captions with one model", async () => {
    ran.add("element");
    const server = await serve({
      "/": await exampleFor(captions.address, "element/index.html"),
      "/photo.jpg": photo,
    });
    const { context, page, requests, complaints } = await open(browser, { address: server.address });
    const [own, others] = await page.locator("glimpse-captioner").all();
    await own.locator("[part~=word]").first().waitFor();
    assert.equal(await own.evaluate((element) => element.text), expected);
    assert.equal(await others.evaluate((element) => element.text), "", "it waits for the visitor");
    await others.getByRole("button", { name: "Caption this photo" }).click();
    await others.locator("[part~=word]").first().waitFor();
    assert.equal(await others.locator("textarea").inputValue(), expected);
    assert.equal(await page.locator("#bear").getAttribute("alt"), "", "a suggestion, until it is accepted");
    assert.equal(page.workers().length, 1);
    assert.deepEqual([count(requests, ".wasm"), count(requests, ".safetensors")], [1, 1]);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("where the worker's file is missing, the page itself computes", async () => {
    const server = await serve({ "/": await exampleFor(captions.address), "/photo.jpg": photo });
    const { context, page } = await open(browser, {
      address: server.address,
      prepare: (context) => context.route("**/worker.js", (route) => route.fulfill({ status: 404 })),
    });
    await untilStatus(page);
    assert.ok(captions.asked.includes("/captioner/engine.js"));
    await context.close();
  });

  test("an isolated page may embed it too", async () => {
    const isolation = {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    };
    const server = await serve({ "/": await exampleFor(captions.address), "/photo.jpg": photo }, isolation);
    const { context, page } = await open(browser, { address: server.address });
    await untilStatus(page);
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    await context.close();
  });

  test("a policy that forbids blobs as workers leaves the page itself to compute", async () => {
    const policy = `default-src 'self' ${captions.address}; script-src 'unsafe-inline' 'wasm-unsafe-eval' ${captions.address}`;
    const server = await serve(
      { "/": await exampleFor(captions.address), "/photo.jpg": photo },
      { "Content-Security-Policy": policy },
    );
    const { context, page, complaints } = await open(browser, { address: server.address });
    await untilStatus(page);
    assert.equal(page.workers().length, 0);
    assert.ok(
      complaints.some((text) => /blob/.test(text)),
      "the policy did forbid it",
    );
    await context.close();
  });

  test("a sandboxed frame captions, though it may keep nothing", async () => {
    // A picture of the page's own server is of another origin than the frame.
    const frameText = (await exampleFor(captions.address)).replace('src="photo.jpg"', 'src="photo.jpg" crossorigin');
    const server = await serve(
      {
        "/": '<!doctype html><iframe sandbox="allow-scripts" src="frame.html"></iframe>',
        "/frame.html": frameText,
        "/photo.jpg": photo,
      },
      { "Access-Control-Allow-Origin": "*" },
    );
    const { context, page, complaints } = await open(browser, { address: server.address });
    const frame = page.frames().find((frame) => frame.url().endsWith("frame.html"));
    await untilStatus(frame);
    assert.equal(await frame.evaluate(() => self.origin), "null");
    assert.match(await frame.evaluate(async () => caches.open("x")).catch(String), /SecurityError/);
    assert.equal(page.workers().length, 1, "the worker starts there too");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("without the header the browser refuses the module", async () => {
    const silent = await serve({ "/": { folder: installed.installed } });
    const server = await serve({ "/": await exampleFor(silent.address), "/photo.jpg": photo });
    let refuse;
    const refused = new Promise((resolve) => (refuse = resolve));
    const { context, page } = await open(browser, {
      address: server.address,
      prepare: (context) => context.on("console", (message) => /CORS/.test(message.text()) && refuse()),
    });
    await refused;
    assert.equal(await page.locator("#caption").textContent(), "");
    await context.close();
  });
});

test("under a strict policy it works, in a worker, and violates nothing; AVIF too", async () => {
  ran.add("csp");
  const headers = headersOf(await example("csp/headers.http"));
  assert.equal(headers["Content-Security-Policy"], "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
  const server = await serve(
    {
      "/": await example("csp/index.html"),
      "/main.js": await example("csp/main.js"),
      "/glimpse-captioner/": { folder: installed.installed },
      "/photo.jpg": photo,
      "/fixtures/": FIXTURES,
    },
    headers,
  );
  const { context, page, complaints } = await open(browser, { address: server.address });
  await untilStatus(page);
  assert.equal(page.workers().length, 1);
  assert.deepEqual(complaints, []);

  // The browser decodes AVIF; the runtime does what the browser wrote of it as PNG.
  const captions = await page.evaluate(async () => {
    const { loadCaptioner } = await import("/glimpse-captioner/glimpse.js");
    const captioner = await loadCaptioner({ backend: "cpu" });
    const avif = await (await fetch("/fixtures/astronaut.avif")).blob();
    const bitmap = await createImageBitmap(avif);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    const texts = [];
    for (const source of [avif, "/fixtures/astronaut.avif", await canvas.convertToBlob({ type: "image/png" })]) {
      texts.push((await captioner.caption(source)).text);
    }
    return texts;
  });
  assert.deepEqual(captions, [captions[2], captions[2], captions[2]]);
  assert.match(captions[0], /\b(man|woman)\b/);
  await context.close();
});

for (const [name, others] of [
  ["vite", []],
  ["react", ["react", "react-dom"]],
]) {
  describe(`${name}, installed from the package`, () => {
    let app;
    before(async () => {
      ran.add(name);
      app = await install({ example: name, others });
    });
    after(() => app.remove());

    test("built", async () => {
      const warnings = [];
      const customLogger = {
        ...createLogger("warn"),
        warn: (text) => warnings.push(text),
        warnOnce: (text) => warnings.push(text),
      };
      await build({ root: app.folder, customLogger });
      assert.deepEqual(warnings, []);
      const server = await serve({ "/": { folder: path.join(app.folder, "dist") } });
      const { context, page, requests } = await chooseAndRead(server.address);
      assert.ok(requests.every((address) => address.startsWith(server.address)));
      if (name === "vite") {
        await page.click("#forget");
        await untilStatus(page, "Forgotten.");
        assert.equal(await page.evaluate(async () => (await (await caches.open("glimpse")).keys()).length), 0);
      }
      await context.close();
    });

    test("in the development server", async () => {
      const server = await createServer({
        root: app.folder,
        logLevel: "error",
        server: { host: "127.0.0.1", port: 0, hmr: false, ws: false, fs: { strict: false } },
      });
      after(() => server.close());
      await server.listen();
      const { context, page } = await open(browser, {
        address: `http://127.0.0.1:${server.httpServer.address().port}/`,
      });
      await page.setInputFiles("#file", await sample("polar-bear"));
      await untilStatus(page);
      assert.equal(page.workers().length, 1);
      await context.close();
    });
  });
}

describe("docs/embedding.md", () => {
  let docs, names, files;
  before(async () => {
    docs = await readFile(new URL("../../docs/embedding.md", import.meta.url), "utf8");
    const linked = await linkedExamples();
    names = (await readdir(EXAMPLES, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && !linked.includes(entry.name))
      .map(({ name }) => name)
      .sort();
    const entries = await readdir(EXAMPLES, { recursive: true, withFileTypes: true });
    const inFolders = entries.filter(
      (entry) => entry.isFile() && names.includes(path.relative(EXAMPLES, entry.parentPath)),
    );
    files = inFolders.map((file) => path.join(file.parentPath, file.name));
  });

  test("shows every example as it was run", async () => {
    for (const file of files) {
      const name = path.relative(EXAMPLES, file).replaceAll("\\", "/");
      const language = path.extname(file).slice(1);
      const block = `\`${name.split("/")[1]}\`\n\n\`\`\`${language}\n${await readFile(file, "utf8")}\`\`\`\n`;
      assert.ok(docs.includes(block), `${name} is not in the docs as it is:\n${block}`);
    }
    assert.equal(
      docs.match(/^```\w/gm).length - docs.match(/^```sh/gm).length,
      files.length,
      "each block is an example",
    );
  });

  test("has no example that was not run", async () => {
    assert.deepEqual([...ran].sort(), names);
  });
});
