// The npm package: what is in it, its types, and an installation from the tarball.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";

import { SITE } from "./support/browser.js";
import { install } from "./support/package.js";

let app, manifest;
before(async () => {
  app = await install();
  manifest = JSON.parse(await readFile(path.join(app.installed, "package.json"), "utf8"));
});
after(() => app.remove());

test("it needs nothing else, and names its licence", async () => {
  for (const kind of ["dependencies", "peerDependencies", "optionalDependencies", "bundledDependencies", "scripts"]) {
    assert.equal(manifest[kind], undefined);
  }
  assert.equal(manifest.type, "module");
  assert.equal(manifest.license, "MIT OR Apache-2.0");
  assert.match(await readFile(path.join(app.installed, "NOTICE"), "utf8"), /EfficientNet/);
  assert.match(await readFile(path.join(app.installed, "README.md"), "utf8"), /loadCaptioner/);
  // Besides, npm leaves a note of what it installed.
  const installed = (await readdir(path.join(app.folder, "node_modules"))).filter((name) => !name.startsWith("."));
  assert.deepEqual(installed, ["glimpse-captioner"]);
});

test("it holds the site's modules, model and both builds, and nothing of the page itself", async () => {
  const files = await readdir(app.installed, { recursive: true });
  for (const file of [
    "models/glimpse.safetensors",
    "runtime/cpu/glimpse_bg.wasm",
    "runtime/gpu/glimpse_bg.wasm",
    "captioner/worker.js",
  ]) {
    assert.ok(files.includes(path.normalize(file)), file);
  }
  const others = files.filter((file) => /\.(html|css|jpg|svg|br)$|^page|^samples/.test(file));
  assert.deepEqual(others, []);
  const code = files
    .filter((file) => file.endsWith(".js") && !file.startsWith("runtime") && file !== "glimpse-captioner.js")
    .map((file) => file.replaceAll("\\", "/"));
  for (const file of code) {
    // With their comments, unlike the site's.
    const source = new URL(`../../www/${file}`, import.meta.url);
    const wanted = existsSync(source) ? await readFile(source, "utf8") : await (await fetch(SITE + file)).text();
    assert.equal(await readFile(path.join(app.installed, file), "utf8"), wanted, file);
  }
  assert.ok(code.includes("glimpse.js"));
});

test("its README tells what a visitor downloads", async () => {
  const readme = await readFile(path.join(app.installed, "README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| (.*) \| ([\d,]+) \| ([\d,]+) \|$/gm)].map(([, what, ...numbers]) => {
    const [bytes, sent] = numbers.map((text) => Number(text.replaceAll(",", "")));
    return { file: /`(.*)`/.exec(what)?.[1], bytes, sent };
  });
  assert.deepEqual(
    rows.map(({ file }) => file),
    [
      "glimpse-captioner.js",
      "models/glimpse.safetensors",
      "runtime/cpu/glimpse_bg.wasm",
      undefined,
      "runtime/gpu/glimpse_bg.wasm",
    ],
  );
  for (const { file, bytes } of rows.filter(({ file }) => file)) {
    assert.equal(bytes, (await stat(path.join(app.installed, file))).size, file);
  }
  const [single, model, wasm, all] = rows;
  assert.equal(single.sent, brotliCompressSync(await readFile(path.join(app.installed, single.file))).length);
  assert.equal(all.bytes, single.bytes + model.bytes + wasm.bytes);
  assert.equal(all.sent, single.sent + model.sent + wasm.sent);
});

test("every export has its file and its types", async () => {
  const entries = Object.entries(manifest.exports).filter(([name]) => !name.endsWith(".json"));
  assert.deepEqual(
    entries.map(([name]) => name),
    [".", "./element", "./glimpse-captioner.js"],
  );
  for (const [name, { types, default: module }] of entries) {
    assert.ok((await readFile(path.join(app.installed, types), "utf8")).includes("export"), name);
    assert.ok((await readFile(path.join(app.installed, module), "utf8")).includes("export"), name);
  }
});

test("TypeScript accepts a program that uses it rightly, and finds the mistakes in it", async () => {
  const at = (file) => fileURLToPath(new URL(file, import.meta.url));
  await cp(at("types/consumer.ts"), path.join(app.folder, "consumer.ts"));
  const options = [
    "--strict",
    "--noEmit",
    "--target",
    "es2024",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--types",
    "",
    "consumer.ts",
  ];
  const compiler = [at("node_modules/typescript/bin/tsc"), ...options];
  await promisify(execFile)(process.execPath, compiler, { cwd: app.folder }).catch(({ stdout }) => assert.fail(stdout));
});
