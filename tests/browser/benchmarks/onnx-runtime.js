// Captions by Glimpse and by ONNX Runtime Web in turns: the same weights, the same pictures, the same Chromium, one thread
// each, greedy decoding. `cargo xtask bench browser` runs it. Exits with an error, and no ratio, where the two do not write
// the same captions.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

import { launch, open, SAMPLES, SITE } from "../support/browser.js";
import { closeAll, serve } from "../support/origins.js";
import { median, row } from "../support/statistics.js";

/** The folder that `glimpse export --onnx` wrote of the site's model. */
const TWIN = process.env.GLIMPSE_ONNX;
const ROUNDS = 10;
const MAX_WORDS = 20;

/** Without these a page has no threads: none is used but in the row that says so. */
const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

const imports = { "onnxruntime-web": "/ort/ort.wasm.min.mjs" };
const { address } = await serve(
  {
    "/": `<!doctype html><title>Benchmark</title><script type="importmap">${JSON.stringify({ imports })}</script>`,
    "/ort/": { folder: fileURLToPath(new URL("../node_modules/onnxruntime-web/dist/", import.meta.url)) },
    "/onnx/": { folder: `${TWIN}/` },
    "/support/": { folder: fileURLToPath(new URL("../support/", import.meta.url)) },
  },
  ISOLATED,
);

const browser = await launch();
try {
  const { glimpse, onnxRuntime, captions } = await compare(1);
  console.log(captions.map((caption) => `  ${caption}`).join("\n"));
  console.log(`both write these; ms a caption, one thread each, in turns, ${glimpse.length} captions each:`);
  console.log(row("Glimpse", glimpse));
  console.log(row("ONNX Runtime Web", onnxRuntime));
  console.log(`ratio of medians: ${(median(glimpse) / median(onnxRuntime)).toFixed(2)}`);

  const threads = await compare(null);
  console.log(row("ONNX Runtime Web, a thread for each core, in an isolated page", threads.onnxRuntime));
  console.log(row("Glimpse, two captioners at once, in any page: ms a caption", await atOnce()));
} finally {
  await browser.close();
  await closeAll();
}

/** Milliseconds of each caption by both; ONNX Runtime has so many threads, or a thread for each core. */
async function compare(threads) {
  const { context, page } = await openBenchmark();
  const found = await page.evaluate(
    async ({ rounds, threads, maxWords }) => {
      const ort = await import("onnxruntime-web");
      const { captionByOnnx } = await import("/support/onnx-decoding.js");
      ort.env.wasm.numThreads = threads ?? navigator.hardwareConcurrency;
      const [encoder, decoder] = await Promise.all(
        ["encoder", "decoder"].map((name) => ort.InferenceSession.create(`/onnx/${name}.onnx`)),
      );
      const twin = { encoder, decoder, ...(await (await fetch("/onnx/model.json")).json()) };
      const { size } = twin.manifest.preparation;
      const pictures = await Promise.all(window.names.map((name) => window.squashed(name, size)));
      const captioner = await window.load();

      const ways = {
        glimpse: async (picture) => (await captioner.caption(picture, { beams: 1, repeatWords: true, maxWords })).words,
        onnxRuntime: async (picture) => captionByOnnx(twin, await pixelsOf(picture, size), maxWords),
      };
      const times = { glimpse: [], onnxRuntime: [] };
      const captions = { glimpse: [], onnxRuntime: [] };
      // The first round warms both up.
      for (let round = 0; round <= rounds; round++) {
        for (const [index, picture] of pictures.entries()) {
          const names = Object.keys(ways);
          for (const name of (round + index) % 2 ? names.reverse() : names) {
            const started = performance.now();
            const words = await ways[name](picture);
            if (round > 0) {
              times[name].push(performance.now() - started);
            }
            captions[name][index] = words.map(({ text }) => text).join(" ");
          }
        }
      }
      return { ...times, captions };

      async function pixelsOf(picture, size) {
        const canvas = new OffscreenCanvas(size, size);
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(await createImageBitmap(picture), 0, 0);
        const rgba = context.getImageData(0, 0, size, size).data;
        const rgb = new Uint8Array(size * size * 3);
        for (let pixel = 0; pixel < size * size; pixel++) {
          rgb.set(rgba.subarray(pixel * 4, pixel * 4 + 3), pixel * 3);
        }
        return rgb;
      }
    },
    { rounds: ROUNDS, threads, maxWords: MAX_WORDS },
  );
  await context.close();
  assert.deepEqual(found.captions.glimpse, found.captions.onnxRuntime, "the two write different captions: no ratio");
  return { ...found, captions: found.captions.glimpse };
}

/** Milliseconds a caption of two captioners, each in a worker of its own, at the same time. */
async function atOnce() {
  const { context, page } = await openBenchmark();
  const times = await page.evaluate(
    async ({ rounds, maxWords }) => {
      // Two of one model share one worker; another address of it is another model.
      const model = `${window.site}models/glimpse.safetensors`;
      const captioners = await Promise.all(["", "?again"].map((query) => window.load({ model: model + query })));
      const { size } = captioners[0].manifest.preparation;
      const photos = await Promise.all(window.names.map((name) => window.squashed(name, size)));
      const times = [];
      for (let round = 0; round <= rounds; round++) {
        const started = performance.now();
        await Promise.all(
          captioners.map(async (captioner) => {
            for (const photo of photos) {
              await captioner.caption(photo, { beams: 1, repeatWords: true, maxWords });
            }
          }),
        );
        if (round > 0) {
          times.push((performance.now() - started) / (captioners.length * photos.length));
        }
      }
      return times;
    },
    { rounds: ROUNDS, maxWords: MAX_WORDS },
  );
  await context.close();
  return times;
}

/** An isolated page of another origin than the captioner's. */
async function openBenchmark() {
  return open(browser, {
    address,
    prepare: (context) =>
      context.addInitScript(
        ({ site, names }) => {
          window.site = site;
          window.names = names;
          window.load = async (options) => {
            const { loadCaptioner } = await import(`${site}glimpse.js`);
            return loadCaptioner({ backend: "cpu", ...options });
          };
          /** A sample as a PNG of the model's size, so that nobody resamples it. */
          window.squashed = async (name, size) => {
            const photo = await (await fetch(`${site}samples/${name}.jpg`)).blob();
            const canvas = new OffscreenCanvas(size, size);
            canvas.getContext("2d").drawImage(await createImageBitmap(photo), 0, 0, size, size);
            return canvas.convertToBlob({ type: "image/png" });
          };
        },
        { site: SITE, names: SAMPLES },
      ),
  });
}
