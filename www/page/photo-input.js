// The ways in which a visitor gives the page photos: choose, drop, paste, share, open with it.

import { withTexts } from "./language.js";

/** @import { Listener } from "./folder.js" */

/**
 * What opens files with an installed page.
 * @typedef {{ setConsumer: (consumer: (launch: { files: readonly FileSystemFileHandle[] }) => void) => void }} LaunchQueue
 */

/**
 * Tells `listener` of photos that are chosen, dropped anywhere on the page, pasted, shared with it or opened with it.
 * @param {{ fileInput: HTMLInputElement, cameraInput: HTMLInputElement, folderInput: HTMLInputElement,
 *   chooseButtons: NodeListOf<HTMLElement>, folderButton: HTMLElement }} parts
 * @param {Listener} listener
 */
export function listenForPhotos({ fileInput, cameraInput, folderInput, chooseButtons, folderButton }, listener) {
  const { onPhotos, onRefusal } = listener;
  const takeFiles = (/** @type {File[]} */ files) =>
    onPhotos(files.map((file) => ({ file, name: file.name, place: null })));
  const isMissing = () => onRefusal("partMissing");
  for (const button of chooseButtons) {
    button.addEventListener("click", () => fileInput.click());
  }
  for (const input of [fileInput, cameraInput]) {
    onFiles(input, takeFiles);
  }
  // Phones have no folders to choose.
  folderButton.hidden = !("webkitdirectory" in folderInput);
  folderButton.addEventListener("click", () => {
    if ("showDirectoryPicker" in globalThis) {
      withTexts("files", import("./folder.js")).then(({ pickFolder }) => pickFolder(listener), isMissing);
    } else {
      folderInput.click();
    }
  });
  onFiles(folderInput, (files) => {
    withTexts("files", import("./folder.js")).then(({ takeFolder }) => takeFolder(files, listener), isMissing);
  });

  if (new URLSearchParams(location.search).has("shared")) {
    withTexts("files", import("./shared.js")).then(({ takeShared }) => takeShared(listener), isMissing);
  }
  const { launchQueue } = /** @type {{ launchQueue?: LaunchQueue }} */ (globalThis);
  launchQueue?.setConsumer(({ files }) => {
    if (files.length > 0) {
      withTexts("files", import("./shared.js")).then(({ takeOpened }) => takeOpened(files, listener), isMissing);
    }
  });

  const take = (/** @type {DataTransfer} */ data) => {
    // None of it can be asked for once the event is over.
    const items = [...data.items].flatMap((item) => {
      const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
      return (entry?.isDirectory ? folderOf(entry, item) : item.getAsFile()) ?? [];
    });
    const [html, list] = ["text/html", "text/uri-list"].map((type) => data.getData(type));
    if (items.length > 0 && items.every((item) => item instanceof File)) {
      takeFiles(items);
    } else {
      withTexts("files", import("./dropped.js")).then(
        ({ takeDropped }) => takeDropped({ items, html, list }, listener),
        isMissing,
      );
    }
  };
  document.addEventListener("paste", ({ target, clipboardData }) => {
    // Text with pictures goes into a text field as text, and text alone is nothing to the page.
    const isForField = target instanceof Element && target.closest("input, textarea");
    if (clipboardData?.files.length && !isForField) {
      take(clipboardData);
    }
  });
  listenForDrops(take);
}

/**
 * Hears of files that are chosen in a field.
 * @param {HTMLInputElement} input
 * @param {(files: File[]) => void} listener
 */
function onFiles(input, listener) {
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    // So that choosing the same file again counts as a change.
    input.value = "";
    if (files.length > 0) {
      listener(files);
    }
  });
}

/**
 * @param {FileSystemEntry} entry
 * @param {DataTransferItem} item
 */
function folderOf(entry, item) {
  return {
    entry: /** @type {FileSystemDirectoryEntry} */ (entry),
    handle: /** @type {any} */ (item).getAsFileSystemHandle?.(),
  };
}

/** @param {(data: DataTransfer) => void} onDrop */
function listenForDrops(onDrop) {
  const root = document.documentElement;
  // Entering a child comes before leaving its parent, so only a count tells whether the pointer left the page.
  let depth = 0;
  const finish = () => {
    depth = 0;
    root.classList.remove("dragging");
  };
  document.addEventListener("dragenter", (event) => {
    event.preventDefault();
    depth += 1;
    root.classList.add("dragging");
  });
  document.addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) {
      finish();
    }
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    if (event.dataTransfer) {
      event.dataTransfer.dropEffect = "copy";
    }
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    finish();
    if (event.dataTransfer) {
      onDrop(event.dataTransfer);
    }
  });
}
