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
  const read = (file) => readFile(path.join(app.installed, file), "utf8");
  const entries = Object.entries(manifest.exports).filter(([name]) => !name.endsWith(".json"));
  assert.deepEqual(
    entries.filter(([, { default: module }]) => module).map(([name]) => name),
    [".", "./element", "./glimpse-captioner.js"],
  );
  for (const [name, { types, default: module }] of entries) {
    assert.match(await read(types), module ? /export/ : /declare module/, name);
    assert.match(module ? await read(module) : "export", /export/, name);
  }
});

const at = (file) => fileURLToPath(new URL(file, import.meta.url));

/** What a program of the tests' packages prints; fails with all of it where the program does. */
async function output(program, options, folder) {
  const { stdout } = await promisify(execFile)(process.execPath, [at(`node_modules/${program}`), ...options], {
    cwd: folder,
  }).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
  return stdout;
}

test("its licences are in it", async () => {
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    const text = await readFile(path.join(app.installed, name), "utf8");
    assert.equal(text, await readFile(at(`../../${name}`), "utf8"));
  }
});

test("publint and attw find no fault with it", async () => {
  const tarball = process.env.GLIMPSE_PACKAGE;
  await output("publint/src/cli.js", [tarball, "--strict"], app.folder);
  // It holds ES modules alone. What is no module is no entry point for types.
  const options = ["--profile", "esm-only", "--exclude-entrypoints", "custom-elements.json"];
  await output("@arethetypeswrong/cli/dist/index.js", [tarball, ...options], app.folder);
});

// The frameworks, as their templates and the types of both know them.
for (const [file, others, options] of [
  ["consumer.ts", [], []],
  ["react.tsx", ["@types/react"], ["--jsx", "react-jsx"]],
  ["preact.tsx", ["preact"], ["--jsx", "react-jsx", "--jsxImportSource", "preact"]],
  ["solid.tsx", ["solid-js"], ["--jsx", "preserve", "--jsxImportSource", "solid-js"]],
  ["svelte-and-vue.ts", ["svelte", "vue"], []],
]) {
  test(`TypeScript accepts a program that uses it rightly, and finds the mistakes in it: ${file}`, async () => {
    const app = await install({ others });
    try {
      await cp(at(`types/${file}`), path.join(app.folder, file));
      const common = ["--strict", "--noEmit", "--target", "es2024", "--module", "esnext"];
      const all = [...common, "--moduleResolution", "bundler", "--types", "", ...options, file];
      await output("typescript/bin/tsc", all, app.folder);
    } finally {
      await app.remove();
    }
  });
}
