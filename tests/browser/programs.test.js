// The module in programs without pages: Node and Deno, from the installed package.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { launch } from "./support/browser.js";
import { openModule } from "./support/module-page.js";
import { closeAll, serve } from "./support/origins.js";
import { install } from "./support/package.js";

const SAMPLES = fileURLToPath(new URL("../../www/samples/", import.meta.url));

/** How each runs a script: Deno with no more than it needs, and asked for nothing. */
const PROGRAMS = {
  Node: (flags) => [...flags],
  Deno: (flags) => [
    fileURLToPath(new URL("node_modules/deno/bin.cjs", import.meta.url)),
    "run",
    "--no-prompt",
    "--cached-only",
    "--allow-read",
    "--allow-net=127.0.0.1",
    ...flags,
  ],
};

let app, server, expected;
before(async () => {
  app = await install();
  server = await serve({
    "/photos/": { folder: SAMPLES },
    "/models/": { folder: path.join(app.installed, "models") },
  });
  const browser = await launch();
  const { page } = await openModule(browser);
  expected = await page.evaluate(async () => {
    const captioner = await load();
    const short = ({ text, confidence }) => ({ text, confidence });
    const canvas = Object.assign(document.createElement("canvas"), { width: 61, height: 40 });
    canvas.getContext("2d").drawImage(await createImageBitmap(await photo("cat")), 0, 0, 61, 40);
    const pixels = canvas.getContext("2d").getImageData(0, 0, 61, 40);
    return {
      file: short(await captioner.caption(await photo("polar-bear"))),
      pixels: { data: [...pixels.data], ...short(await captioner.caption(pixels)) },
    };
  });
  await browser.close();
});
after(async () => {
  await app?.remove();
  await closeAll();
});

/** What a program prints that runs a script, a value of JSON each line; it has to end by itself. `flags` are its own. */
async function run(program, script, flags = []) {
  const file = path.join(app.folder, "script.mjs");
  await writeFile(file, `import { loadCaptioner } from "glimpse-captioner";\n${script}`);
  const { code, stdout, stderr } = await new Promise((resolve) => {
    const options = { cwd: app.folder, env: { ...process.env, DENO_DIR: path.join(app.folder, "deno") } };
    execFile(process.execPath, [...PROGRAMS[program](flags), file], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
  const printed = stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { code, printed, stderr };
}

/** The same where nothing may go wrong. */
async function printedBy(program, script, flags) {
  const { code, printed, stderr } = await run(program, script, flags);
  assert.deepEqual([code, stderr], [0, ""]);
  return printed;
}

/** Begins a script that prints what captions say. */
const PRINT = `
  import { readFile } from "node:fs/promises";
  const file = ${JSON.stringify(path.join(SAMPLES, "polar-bear.jpg"))};
  const print = (value) => console.log(JSON.stringify(value));
  const say = async (captioner, source) => {
    const { text, confidence } = await captioner.caption(source);
    print({ text, confidence });
  };
  const failure = (promise) => promise.then(print, ({ name, message }) => print(name + ": " + message));`;

for (const program of Object.keys(PROGRAMS)) {
  describe(program, () => {
    test("captions are the browser's, of whatever stands for a photo", async () => {
      const photo = path.join(SAMPLES, "polar-bear.jpg");
      const { data } = expected.pixels;
      const printed = await printedBy(
        program,
        `${PRINT}
        const captioner = await loadCaptioner();
        const bytes = await readFile(file);
        await say(captioner, bytes);
        await say(captioner, new Uint8Array(bytes).buffer);
        await say(captioner, new Blob([bytes]));
        await say(captioner, ${JSON.stringify(pathToFileURL(photo).href)});
        await say(captioner, new URL(${JSON.stringify(`${server.address}photos/polar-bear.jpg`)}));
        for (const Bytes of [Uint8Array, Uint8ClampedArray]) {
          await say(captioner, { width: 61, height: 40, data: new Bytes(${JSON.stringify(data)}) });
        }
        print(captioner.backend);
        captioner.dispose();`,
      );
      const { text, confidence } = expected.pixels;
      const pixels = { text, confidence };
      assert.deepEqual(printed, [...Array(5).fill(expected.file), pixels, pixels, "cpu"]);
    });

    test("the model may be a file or an address, and its SHA-256 is held", async () => {
      const model = path.join(app.installed, "models", "glimpse.safetensors");
      const integrity = /"models\/glimpse.safetensors": \{ bytes: \d+, sha256: "(\w+)" \}/.exec(
        await readFile(path.join(app.installed, "assets.js"), "utf8"),
      )[1];
      const right = `sha256-${Buffer.from(integrity, "hex").toString("base64")}`;
      const wrong = `sha256-${"A".repeat(43)}=`;
      const address = JSON.stringify(`${server.address}models/glimpse.safetensors`);
      const printed = await printedBy(
        program,
        `${PRINT}
        const model = new URL(${JSON.stringify(pathToFileURL(model).href)});
        for (const options of [{ model }, { model: new Blob([await readFile(model)]) }, { model: ${address}, integrity: "${right}" }]) {
          await say(await loadCaptioner(options), await readFile(file));
        }
        for (const options of [{ model, integrity: "${wrong}" }, { model: ${address}, integrity: "${wrong}" }]) {
          await failure(loadCaptioner(options));
        }`,
      );
      assert.deepEqual(printed.slice(0, 3), Array(3).fill(expected.file));
      const refusal = "Error: glimpse.safetensors is not the file that was expected: its SHA-256 is ";
      assert.ok(
        printed.slice(3).every((message) => message.startsWith(refusal)),
        printed.join("\n"),
      );
    });

    test("nothing is kept, and the GPU is told to be none", async () => {
      const printed = await printedBy(
        program,
        `${PRINT}
        import { forgetModel } from "glimpse-captioner";
        const captioner = await loadCaptioner({ backend: "gpu", onNotice: print });
        print(captioner.backend);
        await forgetModel();
        print((await globalThis.caches?.has("glimpse")) ?? false);`,
      );
      const notice = "Only browsers compute on the GPU, so captions run on the CPU.";
      assert.deepEqual(printed, [notice, "cpu", false]);
    });

    test("what is no photo is told", async () => {
      const printed = await printedBy(
        program,
        `${PRINT}
        const captioner = await loadCaptioner();
        await failure(captioner.caption("photo.jpg"));
        await failure(captioner.caption("file:///nowhere/photo.jpg"));
        await failure(captioner.caption({}));
        await failure(captioner.caption({ width: 2, height: 1, data: new Uint8Array(6) }));
        await failure(captioner.caption(await readFile(${JSON.stringify(fileURLToPath(new URL("fixtures/astronaut.avif", import.meta.url)))})));
        await failure(loadCaptioner({ model: "file:///nowhere/model.safetensors" }));
        await failure(loadCaptioner({ model: "model.safetensors" }));`,
      );
      assert.deepEqual(
        printed.map((message) => message.replace(/(a photo is a File).*/, "$1")),
        [
          "PhotoError: “photo.jpg” is no address of a photo: a file has one that begins with file:",
          "PhotoError: file:///nowhere/photo.jpg could not be fetched: there is no such file, or none that may be read",
          "TypeError: a photo is a File",
          "PhotoError: 2×1 pixels of red, green, blue and alpha are not 6 bytes",
          "UnknownFormatError: this is not a photo that can be read: expected JPEG, PNG or WebP",
          "Error: model.safetensors could not be fetched: there is no such file, or none that may be read",
          "TypeError: “model.safetensors” is no address of a model",
        ],
      );
    });

    test("a mistake in a callback is told as one, and disturbs no caption", async () => {
      const { code, printed, stderr } = await run(
        program,
        `${PRINT}
        const captioner = await loadCaptioner();
        const { text } = await captioner.caption(await readFile(file), { onWord() { throw new Error("mine"); } });
        print(text);`,
      );
      assert.notEqual(code, 0);
      assert.match(stderr, /mine/);
      assert.deepEqual(printed, [expected.file.text]);
    });
  });
}

test("without WebAssembly, and in a Node that is too old, it fails with a sentence", async () => {
  const script = `${PRINT} await failure(loadCaptioner());`;
  // It warns of the flag.
  const { printed } = await run("Node", script, ["--jitless"]);
  const sentence = ["Error: captions need a browser, Deno, or Node from 20.16, with WebAssembly"];
  assert.deepEqual(printed, sentence);
  const old = path.join(app.folder, "old.mjs");
  await writeFile(old, "delete process.getBuiltinModule;");
  assert.deepEqual(await printedBy("Node", script, ["--import", pathToFileURL(old).href]), sentence);
});

describe("a crash of the runtime", () => {
  /** What a panic does, in the place of the CPU's build: a photo of seven bytes panics. */
  before(async () => {
    const folder = process.env.GLIMPSE_PANICKING;
    const runtime = path.join(app.installed, "runtime", "cpu");
    const glue = await readFile(path.join(folder, "glimpse.js"), "utf8");
    const patch = `
      const caption = Captioner.prototype.caption;
      Captioner.prototype.caption = function (photo, ...others) {
        return photo.length === 7 ? panicInCaption() : caption.call(this, photo, ...others);
      };`;
    await writeFile(path.join(runtime, "glimpse.js"), glue + patch);
    await copyFile(path.join(folder, "glimpse_bg.wasm"), path.join(runtime, "glimpse_bg.wasm"));
    await writeFile(path.join(app.installed, "assets.js"), 'export const VERSION = "test"; export const ASSETS = {};');
  });

  for (const program of Object.keys(PROGRAMS)) {
    test(`fails that caption in ${program}, and the next one is made`, async () => {
      const { code, printed } = await run(
        program,
        `${PRINT}
        const captioner = await loadCaptioner();
        await failure(captioner.caption(new Uint8Array(7).fill(1)));
        await say(captioner, await readFile(file));`,
      );
      assert.equal(code, 0);
      assert.deepEqual(printed, ["RuntimeError: the runtime crashed", expected.file]);
    });
  }

  test("another error that nobody catches ends Node as ever", async () => {
    const { code, printed, stderr } = await run(
      "Node",
      `${PRINT}
      const captioner = await loadCaptioner();
      const onWord = () => queueMicrotask(() => { throw new Error("somebody else's"); });
      await captioner.caption(await readFile(file), { beams: 1, onWord });
      print("captioned");`,
    );
    assert.equal(code, 1);
    assert.match(stderr, /somebody else's/);
    assert.deepEqual(printed, []);
  });
});
