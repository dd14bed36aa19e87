// The ways in which a visitor gives the page a photo: choose, drop, paste.

/**
 * Calls `onPhotos(files)` for photos that are chosen, dropped anywhere on the page, or pasted, and `onRefusal()` for a drop
 * without a file.
 * @param {{ fileInput: HTMLInputElement, cameraInput: HTMLInputElement, chooseButtons: NodeListOf<HTMLElement>,
 *   onPhotos: (files: File[]) => void, onRefusal: () => void }} parts
 */
export function listenForPhotos({ fileInput, cameraInput, chooseButtons, onPhotos, onRefusal }) {
  for (const button of chooseButtons) {
    button.addEventListener("click", () => fileInput.click());
  }
  const take = (/** @type {FileList | null | undefined} */ files) => {
    const given = [...(files ?? [])];
    if (given.length > 0) {
      onPhotos(given);
    }
    return given.length > 0;
  };
  for (const input of [fileInput, cameraInput]) {
    input.addEventListener("change", () => {
      take(input.files);
      // So that choosing the same file again counts as a change.
      input.value = "";
    });
  }

  document.addEventListener("paste", ({ target, clipboardData }) => {
    // Text with pictures goes into a text field as text.
    if (!(target instanceof Element && target.closest("input, textarea"))) {
      take(clipboardData?.files);
    }
  });
  listenForDrops(take, onRefusal);
}

/**
 * @param {(files: FileList | null | undefined) => boolean} take
 * @param {() => void} onRefusal
 */
function listenForDrops(take, onRefusal) {
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
    if (!take(event.dataTransfer?.files)) {
      onRefusal();
    }
  });
}
