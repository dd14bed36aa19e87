// The page: wires the parts together.

import { loadCaptioner } from "../captioner/captioner.js";
import { DEFAULT_MODEL } from "../captioner/files.js";
import { Loader } from "../captioner/loader.js";
import { Album, hasCaption } from "./album.js";
import { shrinkHeat } from "./attention-view.js";
import { DecodingOptions } from "./decoding-options.js";
import { Gallery } from "./gallery.js";
import { chooseLanguage } from "./language.js";
import { hideProblem, showNotice, showProblem, showProgress } from "./messages.js";
import { showModelInfo } from "./model-info.js";
import { keepPage, offerToForget } from "./offline.js";
import { byId } from "./parts.js";
import { listenForPhotos } from "./photo-input.js";
import { ResultView } from "./result-view.js";
import { showSamples } from "./samples.js";

/** @import { Backend } from "../captioner/captioner.js" */
/** @import { AlbumPhoto } from "./album.js" */

const app = byId("app");

const parameters = new URLSearchParams(location.search);
const backendChoice = byId("backend");
if ([...backendChoice.options].some(({ value }) => value === parameters.get("backend"))) {
  backendChoice.value = parameters.get("backend") ?? "";
}

const album = new Album();
const result = new ResultView(showGallery);
const gallery = new Gallery(
  {
    section: byId("gallery"),
    list: byId("gallery-items"),
    progress: byId("gallery-progress"),
    bar: byId("gallery-bar"),
  },
  (photo) => {
    album.current = photo;
    showCurrent();
    byId("photo").scrollIntoView({ block: "nearest" });
  },
);
const options = new DecodingOptions(byId("options-form"), () => {
  if (album.current) {
    album.repeat(album.current);
    result.expectOthers();
    captionAll();
  }
});
/**
 * What the visitor chose to caption with: an address or a file, and the backend.
 * @type {{ model: string | File, backend: string }}
 */
const choice = { model: parameters.get("model") || DEFAULT_MODEL, backend: backendChoice.value };
// Samples and language belong to the page's load: when it is ready, nothing more is asked of the network.
const rest = Promise.all([showSamples(byId("samples"), (photo) => take([photo])), chooseLanguage(byId("language"))]);
const loader = new Loader(load);
/** Whether photos are being captioned. */
let working = false;

listenForPhotos({
  fileInput: byId("file"),
  cameraInput: byId("camera-file"),
  chooseButtons: document.querySelectorAll("[data-choose]"),
  onPhotos: take,
  onRefusal: showProblem,
});
onDialog("[data-camera]", async () => {
  const { Camera } = await import("./camera.js");
  return new Camera(
    {
      dialog: byId("camera"),
      video: byId("camera-video"),
      shoot: byId("camera-shoot"),
      cancel: byId("camera-cancel"),
      input: byId("camera-file"),
    },
    (photo) => take([photo]),
    showProblem,
  );
});
onDialog("[data-address]", async () => {
  const { PhotoAddress } = await import("./photo-address.js");
  return new PhotoAddress(
    {
      dialog: byId("address"),
      form: byId("address-form"),
      field: byId("address-field"),
      cancel: byId("address-cancel"),
      problem: byId("address-problem"),
    },
    (photo) => take([photo]),
  );
});
onClick("[data-save]", (button) => {
  const kind = /** @type {"json"} */ (button.dataset.save);
  import("./exports.js").then(({ saveCaptions }) => saveCaptions(kind, album.photos), partMissing);
});
onClick("#remove-photo", () => {
  if (album.current) {
    album.remove(album.current);
  }
  showCurrent();
  byId(album.isGallery ? "remove-photo" : "another").focus();
});
onClick("#remove-all", () => {
  for (const photo of [...album.photos]) {
    album.remove(photo);
  }
  showCurrent();
  /** @type {HTMLElement} */ (document.querySelector("#drop-zone [data-choose]")).focus();
});
onClick("#retry", start);
onClick("#choose-model", () => byId("model-file").click());
byId("model-file").addEventListener("change", () => {
  const model = byId("model-file").files?.[0];
  // So that the same file can be chosen again, changed or not.
  byId("model-file").value = "";
  if (model) {
    replaceCaptioner({ model });
  }
});
backendChoice.addEventListener("change", () => {
  const here = new URL(location.href);
  here.searchParams.set("backend", backendChoice.value);
  history.replaceState(null, "", here);
  replaceCaptioner({ backend: backendChoice.value });
});
offerToForget({ button: byId("forget"), status: byId("forget-status") });
keepPage({ notice: byId("update"), button: byId("use-update") });
start();

/**
 * @param {string} selector Of buttons.
 * @param {(button: HTMLElement) => void} listener
 */
function onClick(selector, listener) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))) {
    button.addEventListener("click", () => listener(button));
  }
}

/**
 * Has buttons open a dialogue whose script is loaded when somebody wants it.
 * @param {string} selector
 * @param {() => Promise<{ open: () => void }>} load
 */
function onDialog(selector, load) {
  /** @type {ReturnType<typeof load> | null} */
  let dialog = null;
  onClick(selector, async () => {
    dialog ??= load();
    try {
      (await dialog).open();
    } catch {
      dialog = null;
      partMissing();
    }
  });
}

/** Tells that a script that only some visitors need is not there: the network is not. */
function partMissing() {
  showProblem("partMissing");
}

/**
 * Loads a captioner of the visitor's choice. Nothing is told of one that is given up (`signal`).
 * @param {AbortSignal} signal
 */
async function load(signal) {
  const { model, backend } = choice;
  app.dataset.state = "loading";
  showNotice("");
  showProgress({ loaded: 0, total: null });
  try {
    const captioner = await loadCaptioner({
      model: model instanceof Blob ? model : ownAddress(model),
      backend: /** @type {Backend | "auto"} */ (backend),
      onProgress: (progress) => signal.aborted || showProgress(progress),
      onNotice: (message) => signal.aborted || showNotice(message),
      signal,
    });
    await rest;
    if (!signal.aborted) {
      showModelInfo(byId("model-info"), captioner.manifest, captioner.modelBytes);
      options.useDefaults(captioner.defaultOptions);
      options.offerStyles(captioner.styles);
      app.dataset.state = "ready";
    }
    return captioner;
  } catch (/** @type {any} */ error) {
    if (!signal.aborted) {
      app.dataset.state = "failed";
      showProblem("notLoaded", {}, { message: error.message, retry: true });
    }
    throw error;
  }
}

/**
 * A model that a link to this page names, whoever made the link: nobody but the page's own site is asked for it.
 * @param {string} address
 */
function ownAddress(address) {
  const { href, origin } = new URL(address, location.href);
  if (origin !== location.origin) {
    throw new Error("the model must come from the same site as this page");
  }
  return href;
}

/**
 * Photos that the visitor gave.
 * @param {File[]} files
 */
function take(files) {
  album.add(files);
  showCurrent();
  captionAll();
}

/** Loads the captioner if there is none, and captions the photos that wait. */
function start() {
  hideProblem();
  if (album.current) {
    showCurrent();
  }
  loader.ready().catch(() => {});
  captionAll();
}

/** @param {Partial<typeof choice>} changes */
function replaceCaptioner(changes) {
  Object.assign(choice, changes);
  loader.giveUp();
  for (const photo of album.photos) {
    album.repeat(photo);
  }
  start();
}

/** Captions one photo after the other, until none waits. */
async function captionAll() {
  if (working) {
    return;
  }
  working = true;
  try {
    for (let photo = album.next(); photo; photo = album.next()) {
      await captionPhoto(photo);
    }
    if (app.dataset.state === "busy") {
      app.dataset.state = "ready";
    }
  } catch {
    // The captioner could not be loaded, and the page says so.
    result.giveUp();
  }
  working = false;
}

/** @param {AlbumPhoto} photo */
async function captionPhoto(photo) {
  const { signal } = photo.job;
  try {
    const captioner = await loader.ready();
    signal.throwIfAborted();
    photo.language = captioner.manifest.language;
    begin(photo);
    const isInView = () => album.current === photo && !signal.aborted;
    const caption = await captioner
      .caption(photo.file, {
        ...options.value,
        signal,
        onWord(word) {
          photo.words.push(word);
          if (isInView()) {
            result.add(word);
          }
        },
        onRestart() {
          photo.words = [];
          if (isInView()) {
            result.restart();
          }
        },
      })
      .catch((error) => {
        signal.throwIfAborted();
        refuse(photo, error);
        return null;
      });
    signal.throwIfAborted();
    if (caption) {
      const { text, score, words, confidence, alternatives, backend, milliseconds } = caption;
      // How sure the model is of a runner-up, nobody knows.
      const others = alternatives.map((each) => ({ ...each, confidence: null }));
      Object.assign(photo, { state: "done", captions: [{ text, score, words, confidence }, ...others], chosen: 0 });
      photo.run = { backend, milliseconds };
      finish(photo);
    }
  } catch (error) {
    // A photo that is given up, or captioned again, is no failure.
    if (!signal.aborted) {
      throw error;
    }
  }
}

/** @param {AlbumPhoto} photo */
function begin(photo) {
  Object.assign(photo, { state: "busy", words: [] });
  app.dataset.state = "busy";
  showGallery();
}

/** @param {AlbumPhoto} photo */
function finish(photo) {
  if (album.current === photo) {
    result.finish();
  }
  if (album.isGallery) {
    photo.words = [];
    for (const word of photo.captions.flatMap(({ words }) => words)) {
      word.heat &&= shrinkHeat(word.heat);
    }
  }
  showGallery();
}

/**
 * Of a gallery a photo without a caption stays, and so does a person's work; alone it makes room for another.
 * @param {AlbumPhoto} photo
 * @param {Error} error
 */
function refuse(photo, { message }) {
  photo.problem = message;
  photo.state = "failed";
  const wasInView = album.current === photo;
  if (!album.isGallery && photo.own === null) {
    album.remove(photo);
    result.show(null);
  } else if (wasInView) {
    result.show(photo);
  }
  if (wasInView) {
    tellProblem(photo);
  }
  showGallery();
}

/** @param {AlbumPhoto} photo */
function tellProblem({ name, problem }) {
  showProblem(name ? "noCaption" : "photoNoCaption", { name }, { message: problem ?? "" });
}

function showCurrent() {
  hideProblem();
  result.show(album.current);
  if (album.current?.problem) {
    tellProblem(album.current);
  }
  showGallery();
}

function showGallery() {
  gallery.show(album);
  byId("exports").hidden = !album.photos.some(hasCaption);
}
