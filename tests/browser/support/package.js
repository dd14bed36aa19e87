// The npm package, installed from its tarball as others would install it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));

const DOCS = new URL("../../../docs/embedding.md", import.meta.url);

/** The folders of examples that docs/embedding.md leads to. All others it shows whole. */
export async function linkedExamples() {
  const links = (await readFile(DOCS, "utf8")).matchAll(/\(\.\.\/examples\/([\w-]+)\)/g);
  return Array.from(links, ([, name]) => name).sort();
}

const NODE_MODULES = fileURLToPath(new URL("../node_modules/", import.meta.url));

/**
 * A new folder with the files of an example, or none, where the package and those of the tests' own packages that are named
 * are installed. It is made `inside` of another one, whose packages are found from there. Gives `{ folder, installed, remove }`.
 */
export async function install({ example = null, others = [], inside = tmpdir() } = {}) {
  const tarball = process.env.GLIMPSE_PACKAGE;
  assert.ok(tarball, "GLIMPSE_PACKAGE must name the package; `cargo xtask test` sets it");
  const folder = await mkdtemp(path.join(inside, "glimpse-package-"));
  if (example) {
    await cp(path.join(EXAMPLES, example), folder, { recursive: true });
  }
  await writeFile(path.join(folder, "package.json"), '{ "private": true, "type": "module" }');
  // It has no dependencies, so that nothing is to be downloaded.
  const options = ["install", "--offline", "--no-audit", "--no-fund", "--no-save", tarball];
  // npm is a script on Windows, which only a shell starts.
  await promisify(execFile)("npm", options, { cwd: folder, shell: process.platform === "win32" });
  for (const name of others) {
    const link = path.join(folder, "node_modules", name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.join(NODE_MODULES, name), link, "junction");
  }
  const installed = path.join(folder, "node_modules", "glimpse-captioner");
  return { folder, installed, remove: () => rm(folder, { recursive: true, force: true }) };
}
