// An application in TypeScript that uses all of the module; the compiler checks it against the package's types.

import {
  type Alternative,
  type Backend,
  type Caption,
  Captioner,
  type CaptionerOptions,
  type CaptionOptions,
  DEFAULT_MODEL,
  forgetModel,
  loadCaptioner,
  type PhotoSource,
  type Progress,
  VERSION,
  type Word,
} from "glimpse-captioner";

import type { GlimpseCaptioner } from "glimpse-captioner/element";

import type * as single from "glimpse-captioner/glimpse-captioner.js";

/** Whether two types are the same, `any` included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const abort = new AbortController();
const loading: CaptionerOptions = {
  model: new URL(DEFAULT_MODEL),
  backend: "auto",
  integrity: "sha256-AAAA",
  worker: false,
  signal: abort.signal,
  onProgress: ({ loaded, total }) => console.log(total === null ? loaded : loaded / total),
  onNotice: (message, { backend }) => console.log(message.length, backend satisfies Backend),
};
const captioner = await loadCaptioner(loading);
const isCaptioner: Same<typeof captioner, Captioner> = true;
const isBackend: Same<typeof captioner.backend, Backend> = true;

const options: CaptionOptions = {
  signal: abort.signal,
  onWord: (word) => console.log(word.text satisfies string),
  onRestart: () => {},
  beams: 5,
  alternatives: 2,
  lengthPenalty: 0.7,
  repeatBlock: 2,
  maxWords: 12,
  style: captioner.styles[0],
};
const sources: PhotoSource[] = [
  new File([], "photo.jpg"),
  new Blob(),
  "photo.jpg",
  new URL("https://site.example/photo.jpg"),
  new ArrayBuffer(8),
  new Uint8Array(8),
  document.createElement("img"),
  document.createElement("canvas"),
  document.createElement("video"),
  new OffscreenCanvas(1, 1),
  await createImageBitmap(new Blob()),
  new ImageData(1, 1),
  { width: 1, height: 1, data: new Uint8Array(4) },
];
const caption = await captioner.caption(sources[0], options);
const isCaption: Same<typeof caption, Caption> = true;
const { text, words, grid, logProbability, score, alternatives, language, backend, milliseconds } = caption;
const areWords: Same<typeof words, Word[]> = true;
const mayBeUnknown: Same<typeof caption.confidence | (typeof words)[0]["confidence"], number | null> = true;
const areAlternatives: Same<typeof alternatives, Alternative[]> = true;
document.body.lang = language;
const numbers: number[] = [
  grid.rows,
  grid.columns,
  logProbability,
  score,
  milliseconds,
  words[0].probability,
  words[0].map[0],
];
if (words[0].heat) {
  const { pixels, width, height } = words[0].heat;
  new ImageData(pixels, width, height);
}
await captioner.caption("photo.jpg", { sample: { temperature: 1, topK: 5, topP: 0.9, seed: 1 } });
const progress: Progress = { loaded: 1, total: null };
captioner.dispose();
const element = document.createElement("glimpse-captioner");
const isElement: Same<typeof element, GlimpseCaptioner> = true;
const isSingle: Same<typeof single.loadCaptioner, typeof loadCaptioner> = true;
const hasElement: Same<typeof single.GlimpseCaptioner, typeof GlimpseCaptioner> = true;
element.src = element.model = element.integrity = "photo.jpg";
element.backend = "cpu";
element.beams = null;
element.captionStyle = "plain";
element.minConfidence = 0.5;
element.speak = element.applyAlt = true;
element.addEventListener("caption", ({ detail }) => {
  const [isGuess, isApplied]: boolean[] = [detail.guess, detail.applied];
  console.log(detail.text satisfies string, isGuess, isApplied, element.text, element.result?.words, isElement);
});
element.addEventListener("progress", ({ detail: { loaded } }) => console.log(loaded satisfies number));
element.addEventListener("error", (event) => console.log(event.detail.message satisfies string));
element.addEventListener("click", (event) => console.log(event.clientX));
const isConfidence: Same<typeof element.confidence, number | null> = true;
const ofElement: Same<Awaited<ReturnType<typeof element.caption>>, Caption> = true;
// biome-ignore lint/suspicious/noConfusingVoidType: that it is nothing is what is to be shown.
const forgotten: void = await forgetModel();
console.log(text.length, VERSION.length, backend, numbers, progress, forgotten);
console.log(
  isCaptioner,
  isBackend,
  isCaption,
  areWords,
  areAlternatives,
  ofElement,
  mayBeUnknown,
  isConfidence,
  isSingle,
  hasElement,
);

// Mistakes that the types have to find.
// @ts-expect-error
await loadCaptioner({ backend: "tpu" });
// @ts-expect-error
await loadCaptioner({ modle: "misspelt" });
// @ts-expect-error
await captioner.caption(42);
// @ts-expect-error
await captioner.caption({ width: 1, height: 1, data: [0, 0, 0, 0] });
// @ts-expect-error
await captioner.caption("photo.jpg", { beams: "many" });
// @ts-expect-error
new Captioner();
// @ts-expect-error
captioner.backend = "cpu";
// @ts-expect-error
caption.txt;
// @ts-expect-error
element.beams = "many";
// @ts-expect-error
element.loading = "soon";
// @ts-expect-error
element.addEventListener("caption", (event) => event.detail.txt);
// @ts-expect-error
element.confidence = 1;
// @ts-expect-error
element.scr = "misspelt.jpg";
