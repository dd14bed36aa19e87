// The script in a page: brought there when a visitor asks for it, and never before.

import { answer } from "../messages.js";
import { describePage, undoPage } from "./page-panel.js";
import { showPicture } from "./picture-panel.js";

const HERE = Symbol.for("glimpse");

// It is brought again each time that something is asked for, and once is enough.
if (!Reflect.get(globalThis, HERE)) {
  Reflect.set(globalThis, HERE, true);
  answer("page", {
    // What was asked for goes on by itself.
    describePicture: ({ address }) => void showPicture(address),
    describePage: () => void describePage(),
    undo: () => undoPage(),
  });
}
