// A photo of another site, by its address.

import { fetchPhoto } from "../captioner/photo.js";
import { fileNameIn } from "../captioner/store.js";
import { say } from "./language.js";
import { byId } from "./parts.js";

/** @import { TextKey, Values } from "./language.js" */

/** Asks for an address in its dialogue, and fetches the photo there. `onPhoto(file)` is called with it. */
export class PhotoAddress {
  #dialog = byId("address");

  /** @param {(photo: File) => void} onPhoto */
  constructor(onPhoto) {
    const dialog = this.#dialog;
    const [field, problem] = [byId("address-field"), byId("address-problem")];
    let job = new AbortController();
    byId("address-cancel").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      job.abort();
      problem.textContent = "";
    });
    byId("address-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      job.abort();
      job = new AbortController();
      const { signal } = job;
      problem.textContent = "";
      try {
        const file = await fetchFile(field.value.trim(), signal);
        dialog.close();
        field.value = "";
        onPhoto(file);
      } catch (/** @type {any} */ error) {
        if (!signal.aborted) {
          say(problem, error.key, error.values);
          field.focus();
        }
      }
    });
  }

  open() {
    this.#dialog.showModal();
  }
}

/**
 * The only request of the page that leaves its site: without cookies, and without the page's address. Fails with the `key` of
 * a text and its `values`.
 * @param {string} address
 * @param {AbortSignal} [signal]
 */
export async function fetchFile(address, signal) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || (url.protocol !== "https:" && url.origin !== location.origin)) {
    throw problem("addressWrong");
  }
  const { href, host } = url;
  /** @type {RequestInit} */
  const options = { signal, credentials: "omit", referrerPolicy: "no-referrer" };
  const blob = await fetchPhoto(href, options).catch(({ status }) => {
    throw problem(status ? "addressAnswered" : "addressRefused", { host, status });
  });
  if (!blob.type.startsWith("image/")) {
    throw problem("addressNoPhoto", { host });
  }
  return new File([blob], fileNameIn(url) || host, { type: blob.type });
}

/**
 * @param {TextKey} key
 * @param {Values} [values]
 */
function problem(key, values) {
  return Object.assign(new Error(key), { key, values });
}
