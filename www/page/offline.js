// The page without the network, and what is kept for that.

import { forgetModel } from "../captioner/captioner.js";
import { say } from "./language.js";

/**
 * Keeps the page's own files, so that it opens without the network. When there is a newer version, `notice` offers it:
 * nobody's photos are thrown away by a reload that they did not ask for.
 * @param {{ notice: HTMLElement, button: HTMLButtonElement }} offer
 */
export async function keepPage({ notice, button }) {
  let registration;
  try {
    registration = await navigator.serviceWorker?.register("sw.js", { updateViaCache: "none" });
  } catch {
    // Then the page needs the network, as any other.
  }
  if (!registration) {
    return;
  }
  const offer = () => {
    // At the first visit there is none to replace.
    notice.hidden = !(registration.waiting && navigator.serviceWorker.controller);
  };
  let clicked = false;
  button.addEventListener("click", () => {
    clicked = true;
    if (registration.waiting) {
      registration.waiting.postMessage("replace");
    } else {
      location.reload();
    }
  });
  if (navigator.serviceWorker.controller) {
    // In another tab the newer version may be asked for: this one is then the older one, until it is reloaded.
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      notice.hidden = false;
      if (clicked) {
        location.reload();
      }
    });
  }
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  registration.installing?.addEventListener("statechange", offer);
  offer();
}

/**
 * Lets `button` delete what is kept of the model, and `status` tell so.
 * @param {{ button: HTMLButtonElement, status: HTMLElement }} parts
 */
export function offerToForget({ button, status }) {
  button.addEventListener("click", async () => {
    await forgetModel();
    say(status, "forgotten");
  });
}
