// The page: wires the parts together.

import { loadCaptioner } from "../captioner/captioner.js";
import { DEFAULT_MODEL } from "../captioner/files.js";
import { Loader } from "../captioner/loader.js";
import { Album, hasCaption } from "./album.js";
import { DecodingOptions } from "./decoding-options.js";
import { chooseLanguage, withTexts } from "./language.js";
import { hideProblem, showNotice, showProblem, showProgress } from "./messages.js";
import { showModelInfo } from "./model-info.js";
import { ModelMenu } from "./model-menu.js";
import { MODELS } from "./models.js";
import { keepPage, offerToForget } from "./offline.js";
import { byId } from "./parts.js";
import { listenForPhotos } from "./photo-input.js";
import { ResultView } from "./result-view.js";
import { showSamples } from "./samples.js";

/** @import { Backend, Caption, Captioner } from "../captioner/captioner.js" */
/** @import { AlbumPhoto, FoundCaption, GivenPhoto } from "./album.js" */
/** @import { Comparison } from "./comparison.js" */
/** @import { SeveralPhotos } from "./several.js" */

const app = byId("app");

const parameters = new URLSearchParams(location.search);
const backendChoice = byId("backend");
if ([...backendChoice.options].some(({ value }) => value === parameters.get("backend"))) {
  backendChoice.value = parameters.get("backend") ?? "";
}

const album = new Album();
const result = new ResultView(update);
/**
 * What there is for several photos, once there were some.
 * @type {SeveralPhotos | null}
 */
let several = null;
const options = new DecodingOptions(byId("options-form"), () => {
  if (album.current) {
    album.repeat(album.current);
    result.expectOthers();
    several?.update(album.current);
    captionAll();
  }
});
/**
 * What the visitor chose to caption with: an address or a file, and the backend.
 * @type {{ model: string | File, backend: string }}
 */
const choice = { model: whole(parameters.get("model") || DEFAULT_MODEL), backend: backendChoice.value };
const menu = new ModelMenu(byId("model"), (model) => {
  keepInAddress("model", model === DEFAULT_MODEL ? null : model.replace(whole("."), ""));
  replaceCaptioner({ model });
});
menu.show(choice.model);
/**
 * The comparison of the page's models, once somebody wanted it.
 * @type {Comparison | null}
 */
let comparison = null;
// Samples and language belong to the page's load: when it is ready, nothing more is asked of the network.
const rest = Promise.all([showSamples(byId("samples"), takeFile), chooseLanguage(byId("language"))]);
const loader = new Loader(load);
/** Whether photos are being captioned. */
let working = false;

listenForPhotos(
  {
    fileInput: byId("file"),
    cameraInput: byId("camera-file"),
    folderInput: byId("folder"),
    chooseButtons: document.querySelectorAll("[data-choose]"),
    folderButton: byId("choose-folder"),
  },
  { onPhotos: take, onRefusal: showProblem, status: byId("folder-status") },
);
onDialog("[data-camera]", async () => {
  const { Camera } = await withTexts("files", import("./camera.js"));
  return new Camera(captionVideo, takeFile, showProblem);
});
onDialog("[data-address]", async () => {
  const { PhotoAddress } = await withTexts("files", import("./photo-address.js"));
  return new PhotoAddress(takeFile);
});
onClick("[data-save]", (button) => {
  const kind = /** @type {"json"} */ (button.dataset.save);
  import("./exports.js").then(({ saveCaptions }) => saveCaptions(kind, album.photos), partMissing);
});
onClick("#save-sidecars", () => {
  withTexts("files", import("./sidecars.js")).then(({ saveSidecars }) => saveSidecars(album.photos), partMissing);
});
onClick("#write-sidecars", () => {
  withTexts("files", import("./sidecars.js")).then(
    ({ writeSidecars }) => writeSidecars(album.photos, byId("write-status")),
    partMissing,
  );
});
onClick("#remove-photo", () => {
  if (album.current) {
    album.remove(album.current);
  }
  showCurrent();
  captionAll();
  byId(album.isGallery ? "remove-photo" : "another").focus();
});
onClick("#remove-all", () => {
  album.clear();
  showCurrent();
  /** @type {HTMLElement} */ (document.querySelector("#drop-zone [data-choose]")).focus();
});
onClick("#pause", () => {
  album.isPaused = !album.isPaused;
  several?.showProgress();
  captionAll();
});
onClick("#retry", start);
for (const details of document.querySelectorAll("details.about")) {
  // Without the network they stay in English.
  details.addEventListener("toggle", () => withTexts("about", Promise.resolve()).catch(() => {}), { once: true });
}
onClick("#choose-model", () => byId("model-file").click());
byId("model-file").addEventListener("change", () => {
  const model = byId("model-file").files?.[0];
  // So that the same file can be chosen again, changed or not.
  byId("model-file").value = "";
  if (model) {
    replaceCaptioner({ model });
  }
});
onClick("#compare", compare);
backendChoice.addEventListener("change", () => {
  keepInAddress("backend", backendChoice.value);
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
      integrity: MODELS.find(({ address }) => address === model)?.integrity,
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
 * An address that may be relative to the page's; what is none stays as it is.
 * @param {string} address
 */
function whole(address) {
  return URL.canParse(address, location.href) ? new URL(address, location.href).href : address;
}

/**
 * Writes a choice into the page's address, so that it is made again when the page is opened so; `null` takes it out.
 * @param {string} name
 * @param {string | null} value
 */
function keepInAddress(name, value) {
  const here = new URL(location.href);
  value === null ? here.searchParams.delete(name) : here.searchParams.set(name, value);
  history.replaceState(null, "", here);
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
 * @param {GivenPhoto[]} photos
 */
function take(photos) {
  byId("folder-status").hidden = true;
  album.add(photos);
  showCurrent();
  captionAll();
}

/** @param {File} file */
function takeFile(file) {
  take([{ file, name: file.name, place: null }]);
}

/**
 * Shows another photo of the gallery large.
 * @param {AlbumPhoto} photo
 */
function open(photo) {
  album.current = photo;
  if (photo.state === "done") {
    // Its maps may be found this time.
    photo.problem = null;
  }
  showCurrent();
  byId("photo").scrollIntoView({ block: "nearest" });
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
  menu.show(choice.model);
  loader.giveUp();
  for (const photo of album.photos) {
    album.repeat(photo);
  }
  start();
}

/** Captions one photo after the other, until none waits, or the visitor wants a pause. */
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

/**
 * A caption of what a video shows now; photos come first.
 * @param {HTMLVideoElement} video
 * @param {AbortSignal} signal
 */
async function captionVideo(video, signal) {
  if (working) {
    return null;
  }
  const captioner = await loader.ready();
  const { text, confidence } = await captioner.caption(video, { ...options.value, alternatives: 0, signal });
  return { text, confidence, language: captioner.manifest.language };
}

/** @param {AlbumPhoto} photo */
async function captionPhoto(photo) {
  photo.job = new AbortController();
  const { signal } = photo.job;
  try {
    const captioner = await loader.ready();
    signal.throwIfAborted();
    app.dataset.state = "busy";
    await (photo.isReduced ? findMaps : findCaptions)(photo, captioner, signal);
  } catch (error) {
    // A photo that is given up, or captioned again, is no failure.
    if (!signal.aborted) {
      throw error;
    }
  }
}

/** Shows what the page's models make of the photo in view, or takes that away. */
async function compare() {
  if (comparison?.isOpen) {
    endComparison();
    return;
  }
  const photo = album.current;
  try {
    const { Comparison } = await withTexts("comparison", import("./comparison.js"));
    comparison ??= new Comparison({ section: byId("comparison"), list: byId("compared-models") }, () => choice.backend);
  } catch {
    partMissing();
  }
  if (comparison && photo && album.current === photo) {
    byId("compare").setAttribute("aria-expanded", "true");
    comparison.open(photo.file);
    byId("comparison").scrollIntoView({ block: "nearest" });
  }
}

function endComparison() {
  comparison?.close();
  byId("compare").setAttribute("aria-expanded", "false");
}

/**
 * @param {AlbumPhoto} photo
 * @param {Captioner} captioner
 * @param {AbortSignal} signal
 */
async function findCaptions(photo, captioner, signal) {
  Object.assign(photo, { language: captioner.manifest.language, options: options.value, words: [] });
  album.setState(photo, "busy");
  update(photo);
  const isInView = () => album.current === photo && !signal.aborted;
  const caption = await captioner
    .caption(photo.file, {
      ...photo.options,
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
    .catch(async (error) => {
      const { isHeic } = await withTexts("files", import("./heic.js")).catch(() => ({ isHeic: () => false }));
      const isUnopened = await isHeic(photo.file);
      signal.throwIfAborted();
      refuse(photo, error, isUnopened);
      return null;
    });
  signal.throwIfAborted();
  if (caption) {
    const { backend, milliseconds } = caption;
    Object.assign(photo, { captions: captionsOf(caption), chosen: 0, run: { backend, milliseconds }, words: [] });
    album.setState(photo, "done");
    if (album.current === photo) {
      result.finish();
    }
    several?.finish(photo);
    update(photo);
  }
}

/**
 * Computes again what was not kept of a photo's captions.
 * @param {AlbumPhoto} photo
 * @param {Captioner} captioner
 * @param {AbortSignal} signal
 */
async function findMaps(photo, captioner, signal) {
  const caption = await captioner.caption(photo.file, { ...photo.options, signal }).catch(({ message }) => {
    signal.throwIfAborted();
    photo.problem = message;
    return null;
  });
  signal.throwIfAborted();
  const isSame = !(caption && several) || several.complete(photo, captionsOf(caption));
  if (!isSame) {
    update(photo);
  }
  if (album.current === photo) {
    isSame ? result.finishMaps() : result.show(photo);
    if (photo.problem) {
      tellProblem(photo);
    }
  }
}

/**
 * The caption and its runners-up. How sure the model is of one of these, nobody knows.
 * @param {Caption} caption
 * @returns {FoundCaption[]}
 */
function captionsOf({ text, score, words, confidence, alternatives }) {
  return [{ text, score, words, confidence }, ...alternatives.map((each) => ({ ...each, confidence: null }))];
}

/**
 * Of a gallery a photo without a caption stays, and so does a person's work; alone it makes room for another.
 * @param {AlbumPhoto} photo
 * @param {Error} error
 * @param {boolean} isHeic
 */
function refuse(photo, { message }, isHeic) {
  Object.assign(photo, { problem: message, isHeic });
  album.setState(photo, "failed");
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
  update(photo);
}

/** @param {AlbumPhoto} photo */
function tellProblem({ name, problem, state, isHeic }) {
  if (isHeic) {
    showProblem("heic", { name });
    return;
  }
  const key = state === "done" ? "noMapsAgain" : name ? "noCaption" : "photoNoCaption";
  showProblem(key, { name }, { message: problem ?? "" });
}

function showCurrent() {
  hideProblem();
  endComparison();
  result.show(album.current);
  if (album.current?.problem) {
    tellProblem(album.current);
  }
  showSeveral();
  showExports();
}

/** Shows what there is for several photos, which is loaded first where there are some. */
async function showSeveral() {
  if (!several && album.isGallery) {
    try {
      const { SeveralPhotos } = await withTexts("gallery", import("./several.js"));
      several ??= new SeveralPhotos(album, { edit: () => result.edit(), open, onAccept: update });
    } catch {
      partMissing();
    }
  }
  several?.show();
}

/**
 * Shows what has become of a photo.
 * @param {AlbumPhoto} photo
 */
function update(photo) {
  several?.update(photo);
  showExports();
}

/** Shows how captions can be saved. */
function showExports() {
  byId("exports").hidden = !album.photos.some(hasCaption);
  byId("write-sidecars").hidden = !album.photos.some(({ place }) => place);
}
