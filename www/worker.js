// The worker: loads a runtime and a model, and captions photos, so that the page never stutters.
//
// Requests: { id, type: "load", model, backend } and { id, type: "caption", photo, options }, done one after the other.
// Replies:  { id, type: "progress" | "notice" | "word" | "restart" | "done" | "failed", … }; the last two end a request.

import { download, downloadBytes, fileBytes } from "./download.js";

/** Side of a heat map in pixels. It is square: the model sees every photo squashed to a square. */
const HEAT_MAP_SIDE = 224;

/** The build in use: { runtime, captioner, manifest }. */
let active = null;
/** The model's bytes, kept only while the CPU build may have to stand in for the GPU build. */
let modelBytes = null;

const jobs = { load, caption };
let queue = Promise.resolve();

self.addEventListener("message", ({ data }) => {
  queue = queue.then(() => answer(data));
});

async function answer(request) {
  const reply = (message, transfer) => self.postMessage({ id: request.id, ...message }, { transfer });
  try {
    const result = await jobs[request.type](request, reply);
    reply({ type: "done", ...result });
  } catch (error) {
    reply({ type: "failed", message: messageOf(error), crashed: isCrash(error) });
  }
}

async function load({ model, backend }, reply) {
  const parts = { runtime: [0, null], model: [0, null] };
  const count = (part) => (loaded, total) => {
    parts[part] = [loaded, total];
    const [[ready, all], [readyModel, allModel]] = [parts.runtime, parts.model];
    reply({ type: "progress", loaded: ready + readyModel, total: all && allModel && all + allModel });
  };

  const arriving = model instanceof Blob ? fileBytes(model, count("model")) : downloadBytes(model, count("model"));
  // Its failure is reported where it is awaited, which may be only after the runtime's.
  arriving.catch(() => {});

  let trouble = null;
  if (backend === "gpu") {
    trouble = await missingAdapter();
    if (!trouble) {
      try {
        active = await start("gpu", arriving, count("runtime"));
        modelBytes = await arriving;
      } catch (error) {
        trouble = `The GPU could not be used (${messageOf(error)})`;
      }
    }
  }
  active ??= await start("cpu", arriving, count("runtime"));
  if (trouble) {
    reply({ type: "notice", message: `${trouble}, so captions run on the CPU.` });
  }
  // Without its thousands of words.
  const { vocabulary, ...manifest } = active.manifest;
  return {
    backend: active.captioner.backend,
    manifest,
    modelBytes: (await arriving).byteLength,
    defaultOptions: active.captioner.defaultOptions,
  };
}

/** Loads one of the two builds, and the model into it. */
async function start(build, model, onProgress) {
  const folder = new URL(`./runtime/${build}/`, import.meta.url);
  let module;
  try {
    module = await import(new URL("glimpse.js", folder));
  } catch {
    throw new Error(`the runtime for the ${build.toUpperCase()} could not be fetched`);
  }
  await module.default({ module_or_path: await download(new URL("glimpse_bg.wasm", folder).href, onProgress) });
  const bytes = await model;
  const captioner = await orTrap(module.Captioner.load(bytes));
  return { runtime: module, captioner, manifest: captioner.manifest };
}

/** Says in half a sentence why there is no GPU to use, or `null`. */
async function missingAdapter() {
  if (!navigator.gpu) {
    return "This browser offers no WebGPU";
  }
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return adapter ? null : "No GPU was found";
}

async function caption({ photo, options }, reply) {
  const bytes = new Uint8Array(photo);
  try {
    return await run(active, bytes, options, reply);
  } catch (error) {
    if (active.captioner.backend !== "gpu" || ["PhotoError", "OptionError"].includes(error.name)) {
      throw error;
    }
    return replaceGpu(error, bytes, options, reply);
  }
}

/** Captions on the CPU what failed on the GPU, and stays there if that works. */
async function replaceGpu(error, bytes, options, reply) {
  reply({ type: "restart" });
  const cpu = await start("cpu", modelBytes, () => {});
  let result;
  try {
    result = await run(cpu, bytes, options, reply);
  } catch (sameOnCpu) {
    // It is the photo's fault, not the GPU's.
    cpu.captioner.free();
    throw isCrash(error) ? error : sameOnCpu;
  }
  active = cpu;
  modelBytes = null;
  reply({
    type: "notice",
    message: `The GPU failed (${messageOf(error)}), so captions run on the CPU from now on.`,
  });
  return result;
}

async function run({ runtime, captioner, manifest }, bytes, options, reply) {
  const { rows, columns } = manifest.grid;
  const started = performance.now();
  const withHeat = (word) => {
    // A model without attention gives no maps.
    if (word.map.length === 0) {
      return { ...word, heat: null };
    }
    const pixels = heatMap(runtime, word.map, rows, columns);
    return { ...word, heat: { width: HEAT_MAP_SIDE, height: HEAT_MAP_SIDE, pixels } };
  };
  const onWord = (plain) => {
    const word = withHeat(plain);
    reply({ type: "word", word }, word.heat ? [word.heat.pixels.buffer] : []);
  };
  const caption = await orTrap(captioner.caption(bytes, options, onWord));
  const milliseconds = performance.now() - started;
  for (const alternative of caption.alternatives ?? []) {
    alternative.words = alternative.words.map(withHeat);
  }
  return { caption, backend: captioner.backend, milliseconds };
}

/** A map's pixels, in a buffer that can be transferred: the runtime's own may lie in its memory. */
function heatMap(runtime, map, rows, columns) {
  const pixels = runtime.heatMap(map, rows, columns, HEAT_MAP_SIDE, HEAT_MAP_SIDE);
  return new Uint8ClampedArray(pixels);
}

/**
 * What a build promises, or its trap. A trap happens between the steps of a promise, which then stays open for ever;
 * it shows only as an uncaught error of the worker.
 */
function orTrap(promise) {
  return new Promise((resolve, reject) => {
    const trapped = (event) => {
      event.preventDefault();
      reject(event.error ?? new Error(event.message));
    };
    self.addEventListener("error", trapped);
    promise.then(resolve, reject).finally(() => self.removeEventListener("error", trapped));
  });
}

/** A trap leaves a WebAssembly module in no state to go on. */
function isCrash(error) {
  return error instanceof WebAssembly.RuntimeError;
}

function messageOf(error) {
  return isCrash(error) ? "the program inside the page crashed" : String(error?.message ?? error);
}
