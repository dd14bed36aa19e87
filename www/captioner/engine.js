// Loads a runtime and a model, and captions photos: in a worker, or in the page where there can be none.

import { ASSETS } from "../assets.js";
import { fileBytes } from "./download.js";
import { assetAt, RUNTIMES } from "./files.js";
import { openGpu, watchDevice } from "./gpu.js";
import { bytesOf, checkSha256, fetchFile, keepOnly } from "./store.js";

/** Side of a heat map in pixels. It is square: the model sees every photo squashed to a square. */
const HEAT_MAP_SIDE = 224;

/** Errors that another backend would give as well. */
const NOT_THE_DEVICES = ["PhotoError", "UnknownFormatError", "OptionError"];

/** How much faster the GPU has to be before captions move there. */
const WORTH_MOVING = 0.8;

/** How many modules were imported here: each captioner in use needs one of its own. */
let imported = 0;

/** Modules of the CPU's build whose captioner was given back. Their memory cannot be, so the next captioner gets it. */
const idle = [];

/** One model on one backend. Its methods are called one at a time, by {@link Requests}. */
export class Engine {
  /** The build in use: { module, captioner, manifest, lost }. */
  #active = null;
  /** The model's bytes, kept only while another build may have to load them. */
  #modelBytes = null;
  /** What `auto` still has to measure, or `null`. */
  #undecided = null;

  /**
   * Loads `model`, an address or a `Blob`, whose SHA-256 is `integrity` where that is asked for. `backend` is "cpu", "gpu" or
   * "auto"; `remembered` is what "auto" chose at an earlier visit.
   */
  async load({ model, integrity, backend, remembered }, reply) {
    const parts = { runtime: [0, null], model: [0, null] };
    const count = (part) => (loaded, total) => {
      parts[part] = [loaded, total];
      const [[ready, all], [readyModel, allModel]] = [parts.runtime, parts.model];
      reply({ type: "progress", loaded: ready + readyModel, total: all && allModel && all + allModel });
    };
    const arriving = modelBytes(model, integrity, count("model"));
    // Its failure is reported where it is awaited, which may be only after the runtime's.
    arriving.catch(() => {});

    const wanted = backend === "auto" ? (remembered ?? "cpu") : backend;
    let trouble = null;
    if (wanted === "gpu") {
      const gpu = await openGpu();
      trouble = gpu.trouble;
      if (backend === "auto" && gpu.adapter?.isSoftware) {
        trouble = "The GPU that was faster here is gone";
      }
      if (!trouble) {
        try {
          this.#active = await start("gpu", arriving, count("runtime"));
        } catch (error) {
          trouble = `The GPU could not be used (${messageOf(error)})`;
        }
      }
    }
    this.#active ??= await start("cpu", arriving, count("runtime"));
    if (trouble) {
      reply({ type: "notice", message: `${trouble}, so captions run on the CPU.`, backend: "cpu" });
    }
    const bytes = await arriving;
    this.#undecided = backend === "auto" && !remembered ? { photo: null } : null;
    this.#modelBytes = this.#undecided || this.#active.captioner.backend === "gpu" ? bytes : null;
    keepOnly(Object.values(ASSETS).map(({ sha256 }) => sha256));
    // Without its thousands of words.
    const { vocabulary, ...manifest } = this.#active.manifest;
    return {
      backend: this.#active.captioner.backend,
      manifest,
      modelBytes: bytes.byteLength,
      defaultOptions: this.#active.captioner.defaultOptions,
    };
  }

  /** Gives the memory back. */
  close() {
    discard(this.#active);
    this.#active = null;
    this.#modelBytes = null;
    this.#undecided = null;
  }

  /** Captions a photo: `{ bytes }` of a file, or `{ pixels, width, height }`. */
  async caption({ photo, options }, reply) {
    let result;
    try {
      result = await run(this.#active, photo, options, reply);
    } catch (error) {
      if (this.#active.captioner.backend !== "gpu" || NOT_THE_DEVICES.includes(error.name)) {
        throw error;
      }
      result = await this.#replaceGpu(error, photo, options, reply);
    }
    if (this.#undecided) {
      this.#undecided = { photo, options, milliseconds: result.milliseconds };
    }
    return result;
  }

  /**
   * Measures once whether the GPU is faster than the CPU was at the last photo, and moves there if so. Answers with the choice
   * to be remembered, or with none where there is nothing to choose, or to be chosen (`skip`).
   */
  async decide({ skip }, reply) {
    const { photo, options, milliseconds } = this.#undecided ?? {};
    if (!photo) {
      return { choice: null };
    }
    this.#undecided = null;
    const choice = skip ? null : await this.#measure(photo, options, milliseconds, reply);
    if (choice !== "gpu") {
      this.#modelBytes = null;
    }
    return { choice };
  }

  /** "gpu" where that took so much less than the `milliseconds` of the CPU that captions run there now; else "cpu". */
  async #measure(photo, options, milliseconds, reply) {
    const { adapter } = await openGpu();
    if (!adapter || adapter.isSoftware) {
      return "cpu";
    }
    let gpu = null;
    try {
      gpu = await start("gpu", this.#modelBytes, () => {});
      const quiet = () => {};
      // The first caption compiles the shaders.
      await run(gpu, photo, options, quiet);
      const { milliseconds: onGpu } = await run(gpu, photo, options, quiet);
      if (onGpu < WORTH_MOVING * milliseconds) {
        discard(this.#active);
        this.#active = gpu;
        reply({ type: "notice", message: "The GPU is faster here, so captions run there.", backend: "gpu" });
        return "gpu";
      }
    } catch {
      // A GPU that fails is none.
    }
    discard(gpu);
    return "cpu";
  }

  /** Captions again what failed on the GPU: on a GPU opened anew if the device was lost, else or then on the CPU. */
  async #replaceGpu(error, photo, options, reply) {
    let failure = error;
    if (error.name === "DeviceLostError") {
      reply({ type: "restart" });
      try {
        this.#active = await start("gpu", this.#modelBytes, () => {});
        const result = await run(this.#active, photo, options, reply);
        reply({ type: "notice", message: "The GPU was lost, and opened anew.", backend: "gpu" });
        return result;
      } catch (again) {
        failure = again;
      }
    }
    reply({ type: "restart" });
    const cpu = await start("cpu", this.#modelBytes, () => {});
    let result;
    try {
      result = await run(cpu, photo, options, reply);
    } catch (sameOnCpu) {
      // It is the photo's fault, not the GPU's.
      if (!isCrash(sameOnCpu)) {
        discard(cpu);
      }
      throw isCrash(failure) ? failure : sameOnCpu;
    }
    this.#active = cpu;
    this.#modelBytes = null;
    const message = `The GPU failed (${messageOf(failure)}), so captions run on the CPU from now on.`;
    reply({ type: "notice", message, backend: "cpu" });
    return result;
  }
}

/** Requests to an engine, done one after the other, and what is told of each: `post({ id, type, … })`. */
export class Requests {
  #engine = new Engine();
  #queue = Promise.resolve();
  #post;

  constructor(post) {
    this.#post = post;
  }

  /** `{ id, type: "load" | "caption" | "decide", … }`; "done" or "failed" is the last that is told of it. */
  take(request) {
    this.#queue = this.#queue.then(() => this.#answer(request));
  }

  /** Ends the engine once it has done what it is doing. */
  close() {
    this.#queue = this.#queue.then(() => this.#engine?.close());
  }

  async #answer({ id, type, ...request }) {
    const reply = (message) => this.#post({ id, ...message });
    try {
      const result = await this.#engine[type](request, reply);
      reply({ type: "done", ...result });
    } catch (error) {
      if (isCrash(error)) {
        // Nothing of it is to be used again.
        this.#engine = null;
      }
      reply({ type: "failed", name: error?.name, message: messageOf(error), crashed: isCrash(error) });
    }
  }
}

async function modelBytes(model, integrity, onProgress) {
  if (model instanceof Blob) {
    const bytes = await fileBytes(model, onProgress);
    if (integrity) {
      await checkSha256(bytes, integrity, model.name ?? "The model");
    }
    return bytes;
  }
  const known = assetAt(model);
  const options = integrity ? { sha256: integrity, strict: true } : known;
  return bytesOf(await fetchFile(model, { bytes: known?.bytes, ...options, onProgress }), model);
}

/** Gives a build's memory back, unless a call that never ended still holds it. */
function discard(build) {
  if (!build) {
    return;
  }
  const { backend } = build.captioner;
  try {
    build.captioner.free();
  } catch {
    // Then it goes with the worker.
    return;
  }
  if (backend === "cpu") {
    idle.push(build.module);
  }
}

/** Loads one of the two builds, and the model into it. */
async function start(build, model, onProgress) {
  const module = (build === "cpu" && idle.pop()) || (await importRuntime(build, onProgress));
  const bytes = await model;
  const watch = build === "gpu" ? watchDevice() : null;
  try {
    const captioner = await orTrap(module.Captioner.load(bytes));
    return { module, captioner, manifest: captioner.manifest, lost: watch?.lost ?? null };
  } finally {
    watch?.stop();
  }
}

async function importRuntime(build, onProgress) {
  const { script, wasm } = RUNTIMES[build];
  let module;
  try {
    // By another fragment it is another module: one that has crashed, or lost its device, is of no more use.
    module = await import(/* @vite-ignore */ /* webpackIgnore: true */ `${script}#${(imported += 1)}`);
  } catch {
    throw new Error(`the runtime for the ${build.toUpperCase()} could not be fetched`);
  }
  await module.default({ module_or_path: await fetchFile(wasm, { ...assetAt(wasm), onProgress }) });
  return module;
}

/** Captions a photo. Gives the caption, and where and how fast it was made; `reply` hears each word. */
async function run({ module, captioner, manifest, lost }, photo, options, reply) {
  const { rows, columns } = manifest.grid;
  const begun = performance.now();
  const withHeat = (word) => {
    // A model without attention gives no maps.
    const heat = word.map.length === 0 ? null : heatMap(module, word.map, rows, columns);
    return { ...word, heat };
  };
  const words = [];
  const onWord = (plain) => {
    const word = withHeat(plain);
    words.push(word);
    reply({ type: "word", word });
  };
  const work = photo.pixels
    ? captioner.captionPixels(photo.pixels, photo.width, photo.height, options, onWord)
    : captioner.caption(photo.bytes, options, onWord);
  const caption = await orTrap(lost ? Promise.race([work, lost]) : work);
  const milliseconds = performance.now() - begun;
  const alternatives = caption.alternatives.map((each) => ({ ...each, words: each.words.map(withHeat) }));
  return { caption: { ...caption, words, alternatives }, backend: captioner.backend, milliseconds };
}

/** A map's pixels as `ImageData` takes them, copied out of the runtime's memory. */
function heatMap(module, map, rows, columns) {
  const pixels = module.heatMap(map, rows, columns, HEAT_MAP_SIDE, HEAT_MAP_SIDE);
  return { width: HEAT_MAP_SIDE, height: HEAT_MAP_SIDE, pixels: new Uint8ClampedArray(pixels) };
}

/**
 * What a build promises, or its trap. A trap happens between the steps of a promise, which then stays open for ever;
 * it shows only as an uncaught error of the worker or page.
 */
function orTrap(promise) {
  return new Promise((resolve, reject) => {
    const trapped = (event) => {
      if (isCrash(event.error)) {
        event.preventDefault();
        reject(event.error);
      }
    };
    globalThis.addEventListener("error", trapped);
    promise.then(resolve, reject).finally(() => globalThis.removeEventListener("error", trapped));
  });
}

/** A trap leaves a WebAssembly module in no state to go on. */
function isCrash(error) {
  return error instanceof WebAssembly.RuntimeError;
}

/** What an error says to people. */
function messageOf(error) {
  return isCrash(error) ? "the program inside the page crashed" : String(error?.message ?? error);
}
