import { loadCaptioner } from "glimpse-captioner";

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

/** Asks a person for an image's alternative text, and suggests one. Empty where the image is decoration. */
export async function askForAlt(form, image, src) {
  const field = form.elements.namedItem("alt");
  const answered = new AbortController();
  form.querySelector("img").src = src;
  field.value = "";
  form.hidden = false;
  field.focus();

  suggest(image, field, form.querySelector("[role=status]"), answered.signal);
  const { submitter } = await new Promise((resolve) =>
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        resolve(event);
      },
      { once: true },
    ),
  );
  answered.abort();
  form.hidden = true;
  return submitter?.value === "decoration" ? "" : field.value.trim();
}

async function suggest(image, field, status, signal) {
  status.textContent = "Looking at the image…";
  try {
    const { text, confidence } = await (await captioner()).caption(image, { signal });
    if (field.value !== "") {
      // Somebody writes a text of their own.
      status.textContent = `A suggestion: ${text}`;
      return;
    }
    field.value = text;
    // `null` where the model cannot tell.
    status.textContent = confidence >= SURE ? "Suggested: please check it." : "This is a guess: please correct it.";
  } catch (error) {
    if (!signal.aborted) {
      status.textContent = `Nothing can be suggested: ${error.message}`;
    }
  }
}
