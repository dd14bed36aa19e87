// `glimpse-captioner.js`: module and element in one file, with everything that runs in it but the WebAssembly, so that one sum
// pins it all.

import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const packages = createRequire(new URL("../../tests/browser/package.json", import.meta.url));
const { rolldown } = await import(pathToFileURL(packages.resolve("rolldown")));

/** The file's name. */
export const SINGLE_FILE = "glimpse-captioner.js";

/** Where modules find their own address here, which is not the file's. */
const ADDRESS = "virtual:address";

/** Writes it into the package's folder, of the modules there. */
export async function writeSingleFile(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const code = await bundle(folder, "es", {
    "virtual:entry": `
      export * from "${module(folder, "glimpse.js")}";
      export * from "${module(folder, "element.js")}";`,
    [ADDRESS]: 'export const address = new URL("./captioner/", import.meta.url).href;',
    // As text it is the worker's whole script; called, the engine of a page that may have no worker.
    "virtual:engine": `export function newEngine(here) { ${await engine(folder)} return parts; }`,
    [module(folder, "captioner/engine.js")]: `
      import { newEngine } from "virtual:engine";
      import { address } from "${ADDRESS}";
      export const { Requests, setServer } = newEngine(address);`,
    [module(folder, "captioner/worker-script.js")]: `
      import { newEngine } from "virtual:engine";
      import { address } from "${ADDRESS}";
      export function newWorker() {
        const code = \`(\${newEngine})(\${JSON.stringify(address)}).work()\`;
        return new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
      }`,
  });
  await writeFile(path.join(folder, SINGLE_FILE), `/*! ${name} ${version}, ${license} */\n${code}`);
  const types = path.join(folder, "types", SINGLE_FILE.replace(".js", ".d.ts"));
  await writeFile(types, 'export * from "./glimpse.js";\nexport * from "./element.js";\n');
}

/** A script that leaves the engine and its worker in `parts`; it wants its address as `here`. */
async function engine(folder) {
  const runtimes = {};
  for (const build of ["cpu", "gpu"]) {
    const entry = `export * from "${module(folder, `runtime/${build}/glimpse.js`)}";
      export { default } from "${module(folder, `runtime/${build}/glimpse.js`)}";`;
    // Each call gives another one, for one that has crashed is of no more use.
    const code = await bundle(folder, "iife", { "virtual:entry": entry });
    runtimes[`virtual:${build}`] = `export default () => { ${code} return parts; };`;
  }
  return bundle(folder, "iife", {
    ...runtimes,
    "virtual:entry": `
      export { Requests, setServer } from "${module(folder, "captioner/engine.js")}";
      export const work = () => import("${module(folder, "captioner/worker.js")}");`,
    [ADDRESS]: "export const address = here;",
    [module(folder, "captioner/runtime-script.js")]: `
      import cpu from "virtual:cpu";
      import gpu from "virtual:gpu";
      const runtimes = { cpu, gpu };
      export const importRuntime = async (build) => runtimes[build]();`,
  });
}

/** A module's file, as an import names it. */
function module(folder, file) {
  return path.join(folder, file).replaceAll("\\", "/");
}

/** One script of `virtual:entry` and what it imports; modules of these names have these texts. */
async function bundle(folder, format, texts) {
  const plugin = {
    name: "single-file",
    resolveId: (id) => (id in texts ? id : null),
    load: (id) => texts[id.replaceAll("\\", "/")] ?? null,
    transform: (code, id) =>
      !(id in texts) && code.includes("import.meta.url")
        ? `import { address as ownAddress } from "${ADDRESS}";${code.replaceAll("import.meta.url", "ownAddress")}`
        : null,
  };
  const build = await rolldown({ input: "virtual:entry", cwd: folder, plugins: [plugin], logLevel: "warn" });
  const { output } = await build.generate({
    format,
    name: "parts",
    exports: "named",
    codeSplitting: false,
    minify: true,
    comments: false,
  });
  await build.close();
  if (output.length !== 1) {
    throw new Error(`the single file became ${output.map(({ fileName }) => fileName)}`);
  }
  return output[0].code;
}
