// The ways in which a visitor gives the page a photo: choose, drop, paste.

/** @import { TextKey, Values } from "./language.js" */

/**
 * Calls `onPhotos(files)` for photos that are chosen, dropped anywhere on the page, or pasted, and `onRefusal(key, values)`,
 * with the name of a text, for a drop that gave none.
 * @param {{ fileInput: HTMLInputElement, cameraInput: HTMLInputElement, chooseButtons: NodeListOf<HTMLElement>,
 *   onPhotos: (files: File[]) => void, onRefusal: (key: TextKey, values?: Values) => void }} parts
 */
export function listenForPhotos({ fileInput, cameraInput, chooseButtons, onPhotos, onRefusal }) {
  for (const button of chooseButtons) {
    button.addEventListener("click", () => fileInput.click());
  }
  for (const input of [fileInput, cameraInput]) {
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      // So that choosing the same file again counts as a change.
      input.value = "";
      if (files.length > 0) {
        onPhotos(files);
      }
    });
  }

  const take = (/** @type {DataTransfer} */ data) => {
    // None of it can be asked for once the event is over.
    const items = [...data.items].flatMap((item) => {
      const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
      return (entry?.isDirectory ? /** @type {FileSystemDirectoryEntry} */ (entry) : item.getAsFile()) ?? [];
    });
    const [html, list] = ["text/html", "text/uri-list"].map((type) => data.getData(type));
    if (items.length > 0 && items.every((item) => item instanceof File)) {
      onPhotos(items);
    } else {
      import("./dropped.js").then(
        ({ takeDropped }) => takeDropped({ items, html, list }, onPhotos, onRefusal),
        () => onRefusal("partMissing"),
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
