// Chromium's home of the captioner: a service worker may be ended after half a minute, and may start no worker.

import { caption } from "./captioning.js";
import { answer } from "./messages.js";

/** After so long without a picture the model's memory is given back. */
const IDLE = 5 * 60 * 1000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let idle;

answer("captioner", {
  async caption(asked) {
    clearTimeout(idle);
    try {
      return await caption(asked);
    } finally {
      clearTimeout(idle);
      idle = setTimeout(() => window.close(), IDLE);
    }
  },
});
