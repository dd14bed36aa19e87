// The ways in which a visitor gives the page a photo: choose, drop, paste.

/**
 * Calls `onPhoto(file)` for a photo that is chosen, dropped anywhere on the page, or pasted, and `onRefusal(message)`
 * for a drop without a file.
 */
export function listenForPhotos({ fileInput, chooseButtons, onPhoto, onRefusal }) {
  for (const button of chooseButtons) {
    button.addEventListener("click", () => fileInput.click());
  }
  fileInput.addEventListener("change", () => {
    const [file] = fileInput.files;
    // So that choosing the same file again counts as a change.
    fileInput.value = "";
    if (file) {
      onPhoto(file);
    }
  });

  document.addEventListener("paste", ({ clipboardData }) => {
    const [file] = clipboardData?.files ?? [];
    if (file) {
      onPhoto(file);
    }
  });

  listenForDrops(onPhoto, onRefusal);
}

function listenForDrops(onPhoto, onRefusal) {
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
    const [file] = event.dataTransfer?.files ?? [];
    if (file) {
      onPhoto(file);
    } else {
      onRefusal("What you dropped is not a file. Save the photo first, then drop the file.");
    }
  });
}
