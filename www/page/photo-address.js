// A photo of another site, by its address.

import { say } from "./language.js";

/** Asks for an address in `dialog`, and fetches the photo there. `onPhoto(file)` is called with it. */
export class PhotoAddress {
  #dialog;

  constructor({ dialog, form, field, cancel, problem }, onPhoto) {
    this.#dialog = dialog;
    let job = new AbortController();
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      job.abort();
      problem.textContent = "";
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      job.abort();
      job = new AbortController();
      const { signal } = job;
      problem.textContent = "";
      try {
        const file = await fetchPhoto(field.value.trim(), signal);
        dialog.close();
        field.value = "";
        onPhoto(file);
      } catch (error) {
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

/** The only request of the page that leaves its site: without cookies, and without the page's address. */
async function fetchPhoto(address, signal) {
  const url = parse(address);
  if (url?.protocol !== "https:" && url?.origin !== location.origin) {
    throw problem("addressWrong");
  }
  const { host } = url;
  let response;
  let blob;
  try {
    response = await fetch(url, { signal, credentials: "omit", referrerPolicy: "no-referrer" });
    blob = response.ok && (await response.blob());
  } catch {
    throw problem("addressRefused", { host });
  }
  if (!blob) {
    throw problem("addressAnswered", { host, status: response.status });
  }
  if (!blob.type.startsWith("image/")) {
    throw problem("addressNoPhoto", { host });
  }
  return new File([blob], nameIn(url) || host, { type: blob.type });
}

function parse(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

function nameIn({ pathname }) {
  const name = pathname.split("/").pop();
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function problem(key, values) {
  return Object.assign(new Error(key), { key, values });
}
