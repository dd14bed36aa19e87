// Suggests an alternative text for the image that is chosen in <input type="file" data-alt="id of the text's field">.

import { loadCaptioner } from "./glimpse-captioner/glimpse.js";

/** A caption that is less likely to be right is said to be a guess. */
const SURE = 0.5;

let loading = null;

/** Loaded at the first image; after a failure, at the next. */
function captioner() {
  loading ??= loadCaptioner().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

for (const input of document.querySelectorAll("input[type=file][data-alt]")) {
  const field = document.getElementById(input.dataset.alt);
  const note = document.getElementById(field.getAttribute("aria-describedby"));
  let suggested = "";
  let job = new AbortController();

  /** What a person wrote, or changed, stays. */
  const isTheirs = () => field.value !== "" && field.value !== suggested;

  field.addEventListener("input", () => {
    note.textContent = "";
  });

  input.addEventListener("change", async () => {
    job.abort();
    job = new AbortController();
    const { signal } = job;
    const [image] = input.files;
    if (isTheirs()) {
      return;
    }
    field.value = suggested = "";
    note.textContent = image ? "Looking at the image…" : "";
    if (!image) {
      return;
    }
    try {
      const { text, confidence } = await (await captioner()).caption(image, { signal });
      if (!isTheirs()) {
        field.value = suggested = text;
        // `null` where the model cannot tell.
        note.textContent = confidence >= SURE ? "Suggested: please check it." : "This is a guess: please correct it.";
      }
    } catch (error) {
      if (!signal.aborted) {
        note.textContent = `Nothing can be suggested: ${error.message}`;
      }
    }
  });
}
