// Folders for the page: on this machine, to be dropped or chosen, and in the browser, to be written to.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { open, untilState } from "./browser.js";
import { png } from "./png.js";
import { captionOfWords, replaceFiles, replaceRuntime } from "./stub-runtime.js";

/** What the model of these tests says of every photo. */
export const CAPTION = captionOfWords(
  [
    ["a", 0.9],
    ["photo", 0.8],
  ],
  0.83,
);

/** The page, with a model that says `caption` of every photo. */
export async function openPage(browser, { caption = CAPTION, prepare, ...options } = {}) {
  const opened = await open(browser, {
    query: "?backend=cpu",
    ...options,
    prepare: async (context) => {
      await replaceRuntime(context, "cpu", caption);
      await replaceFiles(context, "cpu");
      await prepare?.(context);
    },
  });
  await untilState(opened.page);
  return opened;
}

/** Writes files below a folder: small pictures, or what their names are not. */
export async function writeFiles(folder, ...names) {
  for (const name of names) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, /\.png$/i.test(name) ? png(4, 3) : "no picture");
  }
}

/** Drops files and folders of this machine, as from its file manager. */
export async function dropPaths(page, ...paths) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, x: 200, y: 200, data });
  }
  await session.detach();
}

/**
 * Has the page choose a folder that is in the browser (the origin's private file system, which is written to by the same
 * interface as any other), in place of the dialogue that a person answers. `permission` is what they say to its being
 * written to; how often they were asked, the page's `asked` counts.
 */
export async function offerFolder(page, name, files, permission = "granted") {
  await page.evaluate(
    async ({ name, files, permission }) => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle(name, { create: true });
      for (const [path, bytes] of files) {
        const parts = path.split("/");
        let place = folder;
        for (const part of parts.slice(0, -1)) {
          place = await place.getDirectoryHandle(part, { create: true });
        }
        const stream = await (await place.getFileHandle(parts.at(-1), { create: true })).createWritable();
        await stream.write(typeof bytes === "string" ? bytes : Uint8Array.from(bytes));
        await stream.close();
      }
      globalThis.asked = 0;
      FileSystemDirectoryHandle.prototype.requestPermission = async ({ mode }) => {
        globalThis.asked += 1;
        return mode === "readwrite" ? permission : "denied";
      };
      globalThis.showDirectoryPicker = async () => folder;
    },
    { name, files, permission },
  );
}

/** The files of such a folder that are no photos: their texts by their paths. */
export function textsIn(page, name) {
  return page.evaluate(async (name) => {
    const texts = {};
    const read = async (folder, path) => {
      for await (const entry of folder.values()) {
        if (entry.kind === "directory") {
          await read(entry, `${path}${entry.name}/`);
        } else if (!entry.name.endsWith(".png")) {
          texts[path + entry.name] = await (await entry.getFile()).text();
        }
      }
    };
    await read(await (await navigator.storage.getDirectory()).getDirectoryHandle(name), "");
    return texts;
  }, name);
}

/** Waits until the gallery's progress reads so. */
export function untilProgress(page, text) {
  return page.waitForFunction((text) => document.getElementById("gallery-progress").textContent === text, text);
}
