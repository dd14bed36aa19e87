// The page: wires the parts together.

import { AttentionView } from "./attention-view.js";
import { CaptionList } from "./caption-list.js";
import { DecodingOptions } from "./decoding-options.js";
import { DEFAULT_MODEL, loadCaptioner } from "./glimpse.js";
import { showModelInfo } from "./model-info.js";
import { listenForPhotos } from "./photo-input.js";
import { showSamples } from "./samples.js";
import { Speech } from "./speech.js";
import { showWordGrid } from "./word-grid.js";
import { WordList } from "./word-list.js";

const byId = (id) => document.getElementById(id);
const app = byId("app");
const view = new AttentionView({
  figure: byId("photo"),
  image: byId("photo-image"),
  canvas: byId("attention"),
});
const words = new WordList(byId("words"), (word) => view.look(word?.heat ?? null));
const candidates = new CaptionList(byId("candidates"), byId("candidate-list"), showWords);
const options = new DecodingOptions(byId("options-form"), () => photo && captionPhoto(photo, { again: true }));
const speech = new Speech({
  settings: byId("speech"),
  automatic: byId("speech-automatic"),
  voice: byId("speech-voice"),
  rate: byId("speech-rate"),
  button: byId("read-aloud"),
});

const parameters = new URLSearchParams(location.search);
/** A URL, or a file that the visitor chose. */
let model = parameters.get("model") || DEFAULT_MODEL;
const backendChoice = byId("backend");
if ([...backendChoice.options].some(({ value }) => value === parameters.get("backend"))) {
  backendChoice.value = parameters.get("backend");
}

/** What becomes the captioner; `null` before the first load and after a failure. */
let loading = null;
/** How many loads were begun: only the newest counts. */
let loads = 0;
/** The photo in view, and what ends its captioning. */
let photo = null;
let job = new AbortController();

// The samples belong to the page's load: when it is ready, nothing more is asked of the network.
const samples = showSamples(byId("samples"), byId("credits"), (file) => captionPhoto(file));
listenForPhotos({
  fileInput: byId("file"),
  chooseButtons: document.querySelectorAll("[data-choose]"),
  onPhoto: (file) => captionPhoto(file),
  onRefusal: (message) => showProblem(message),
});
byId("all-words").addEventListener("click", () => showGrid(byId("grid").hidden));
byId("retry").addEventListener("click", startAgain);
backendChoice.addEventListener("change", changeBackend);
byId("choose-model").addEventListener("click", () => byId("model-file").click());
byId("model-file").addEventListener("change", changeModel);
startAgain();

/** Loads the captioner if there is none, and captions the photo in view if there is one. */
function startAgain() {
  if (photo) {
    captionPhoto(photo);
  } else {
    hideProblem();
    readyCaptioner().catch(() => {});
  }
}

function changeBackend() {
  const address = new URL(location.href);
  address.searchParams.set("backend", backendChoice.value);
  history.replaceState(null, "", address);
  replaceCaptioner();
}

function changeModel({ target }) {
  const [file] = target.files;
  // So that the same file can be chosen again, changed or not.
  target.value = "";
  if (file) {
    model = file;
    replaceCaptioner();
  }
}

function replaceCaptioner() {
  loading?.then((captioner) => captioner.dispose()).catch(() => {});
  loading = null;
  startAgain();
}

/** The captioner, loaded where it is not yet. A failure is shown before it is thrown. */
function readyCaptioner() {
  loading ??= load();
  return loading;
}

async function load() {
  const mine = ++loads;
  const isNewest = () => mine === loads;
  app.dataset.state = "loading";
  byId("notice").hidden = true;
  showProgress({ loaded: 0, total: null });
  try {
    const captioner = await loadCaptioner({
      model: model instanceof Blob ? model : ownAddress(model),
      backend: backendChoice.value,
      onProgress: (progress) => isNewest() && showProgress(progress),
      onNotice: (message) => isNewest() && showNotice(message),
    });
    await samples;
    if (isNewest()) {
      showModelInfo(byId("model-info"), captioner.manifest, captioner.modelBytes);
      options.useDefaults(captioner.defaultOptions);
      app.dataset.state = "ready";
    }
    return captioner;
  } catch (error) {
    if (isNewest()) {
      loading = null;
      app.dataset.state = "failed";
      showProblem(`The captioner could not be loaded: ${error.message}`, { retry: true });
    }
    throw error;
  }
}

/** A model that a link to this page names, whoever made the link: nobody but the page's own site is asked for it. */
function ownAddress(address) {
  const { href, origin } = new URL(address, location.href);
  if (origin !== location.origin) {
    throw new Error("the model must come from the same site as this page");
  }
  return href;
}

/**
 * Captions a photo and shows it. The newest photo wins: an older one still on its way is given up. The photo in view is
 * captioned `again` when the options change; its old words stay until there are new ones.
 */
async function captionPhoto(file, { again = false } = {}) {
  job.abort();
  job = new AbortController();
  const { signal } = job;
  photo = file;
  hideProblem();
  // Words in view that are not the new caption's.
  let stale = again && words.words.length > 0;
  byId("result").classList.toggle("stale", stale);
  if (!stale) {
    showPhoto(file);
  }
  const dropStale = () => {
    if (stale) {
      stale = false;
      byId("result").classList.remove("stale");
      words.clear();
      view.look(null);
      showGrid(false);
    }
  };

  let captioner;
  try {
    captioner = await readyCaptioner();
  } catch {
    byId("thinking").hidden = true;
    return;
  }
  if (signal.aborted) {
    return;
  }

  app.dataset.state = "busy";
  try {
    const caption = await captioner.caption(file, {
      ...options.value,
      signal,
      onWord: (word) => {
        dropStale();
        words.add(word);
      },
      onRestart: () => words.clear(),
    });
    if (!signal.aborted) {
      dropStale();
      app.dataset.state = "ready";
      showCaption(caption);
    }
  } catch (error) {
    if (!signal.aborted) {
      app.dataset.state = "ready";
      removePhoto();
      showProblem(`${file.name ? `“${file.name}”` : "The photo"} got no caption: ${error.message}`);
    }
  }
}

function showPhoto(file) {
  words.clear();
  candidates.clear();
  showGrid(false);
  view.show(file);
  byId("drop-zone").hidden = true;
  byId("introduction").hidden = true;
  byId("result").hidden = false;
  byId("thinking").hidden = false;
  for (const id of ["hint", "no-maps", "facts", "actions"]) {
    byId(id).hidden = true;
  }
  byId("spoken").textContent = "";
  speech.stop();
}

function removePhoto() {
  photo = null;
  speech.stop();
  words.clear();
  candidates.clear();
  view.clear();
  byId("drop-zone").hidden = false;
  byId("introduction").hidden = false;
  byId("result").hidden = true;
}

function showCaption({ text, score, alternatives = [], backend, milliseconds }) {
  byId("thinking").hidden = true;
  candidates.show([{ text, score, words: [...words.words] }, ...alternatives]);
  byId("facts").textContent = `${text ? "" : "The model found no words. "}Ran on the ${backend.toUpperCase()} in ${
    Math.round(milliseconds).toLocaleString("en")} ms`;
  byId("facts").hidden = false;
  byId("actions").hidden = false;
  describe(text);
}

/** Shows the words and maps of another caption of the photo. */
function showWords({ text, words: chosen }) {
  const gridWasOpen = !byId("grid").hidden;
  words.clear();
  view.look(null);
  chosen.forEach((word) => words.add(word));
  showGrid(gridWasOpen && chosen.length > 0);
  describe(text);
}

/** Says the caption in view to those who cannot see it, and offers what can be done with its words. */
function describe(text) {
  view.describe(text);
  byId("spoken").textContent = text ? `Caption: ${text}` : "";
  speech.offer(text);
  const hasMaps = words.words.some(({ heat }) => heat);
  byId("hint").hidden = !text || !hasMaps;
  byId("no-maps").hidden = !text || hasMaps;
  byId("all-words").hidden = !text || !hasMaps;
}

function showGrid(visible) {
  byId("grid").hidden = !visible;
  byId("all-words").setAttribute("aria-expanded", String(visible));
  if (visible) {
    showWordGrid(byId("grid-cells"), view.address, words.words);
  } else {
    byId("grid-cells").replaceChildren();
  }
}

function showProgress({ loaded, total }) {
  const bar = byId("progress");
  if (total === null) {
    bar.removeAttribute("value");
  } else {
    bar.value = loaded / total;
  }
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  byId("progress-bytes").textContent = total === null
    ? "Asking for the model"
    : `Model and runtime: ${megabytes(loaded)} of ${megabytes(total)} MB`;
}

function showNotice(message) {
  byId("notice").textContent = message;
  byId("notice").hidden = false;
}

function showProblem(message, { retry = false } = {}) {
  byId("problem-text").textContent = `${message.replace(/[.\s]+$/, "")}.`;
  byId("retry").hidden = !retry;
  byId("problem").hidden = false;
}

function hideProblem() {
  byId("problem").hidden = true;
  byId("problem-text").textContent = "";
}
