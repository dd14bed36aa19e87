import { Editor } from "@tiptap/core";
import Image from "@tiptap/extension-image";
import StarterKit from "@tiptap/starter-kit";

import { askForAlt } from "./ask-for-alt.js";

const form = document.getElementById("ask");
const html = document.getElementById("html");

const editor = new Editor({
  element: document.getElementById("editor"),
  extensions: [StarterKit, Image],
  content: "<p>Far in the north.</p>",
  autofocus: "end",
  editorProps: {
    attributes: { "aria-label": "Your text" },
    handlePaste: (_view, { clipboardData }) => insertAll(clipboardData?.files),
    handleDrop: (_view, { dataTransfer }) => insertAll(dataTransfer?.files),
  },
  onTransaction: ({ editor }) => {
    html.textContent = editor.getHTML();
  },
});

document.getElementById("file").addEventListener("change", ({ target }) => {
  insertAll(target.files);
  target.value = "";
});

/** The form asks for one image after the other. */
let asking = Promise.resolve();

/** Inserts what is an image among the files, and tells whether there was one. */
function insertAll(files) {
  const images = [...(files ?? [])].filter(({ type }) => type.startsWith("image/"));
  for (const image of images) {
    // An editor of yours uploads it instead.
    const src = URL.createObjectURL(image);
    // After what is selected, which may be the image before.
    editor.commands.insertContentAt(editor.state.selection.to, { type: "image", attrs: { src, alt: "" } });
    asking = asking.then(async () => setAlt(src, await askForAlt(form, image, src)));
  }
  return images.length > 0;
}

/** The image may have been moved meanwhile, or deleted. */
function setAlt(src, alt) {
  editor.commands.command(({ tr }) => {
    tr.doc.descendants((node, position) => {
      if (node.type.name === "image" && node.attrs.src === src) {
        tr.setNodeAttribute(position, "alt", alt);
      }
    });
    return true;
  });
  editor.view.focus();
}
