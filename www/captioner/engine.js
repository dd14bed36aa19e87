// Loads a runtime and a model, and captions photos: in a worker, or in the page where there can be none.

import { ASSETS } from "../assets.js";
import { isCrash, messageOf, orTrap } from "./crash.js";
import { adoptModel, assetAt, RUNTIMES } from "./files.js";
import { openGpu } from "./gpu.js";
import { importRuntime } from "./runtime-script.js";
import { fetchFile, keepOnly, modelBytes } from "./store.js";

// For a program without pages, where the engine may be a copy of its own: the package's single file.
export { setServer } from "./host.js";

/** @import { Backend, Word } from "./captioner.js" */
/** @import { OnProgress } from "./store.js" */
/** @import { PlainWord, Runtime, RuntimeCaptioner } from "./files.js" */
/** @import { Photo } from "./photo.js" */
/** @import { CaptionRequest, Captioned, End, LoadRequest, Loaded, Message, News, Options } from "./worker-link.js" */
/** @import { Reply, Request } from "./worker-link.js" */

/**
 * A runtime with the model in it; `lost` fails when its device is lost.
 * @typedef {{ module: Runtime, captioner: RuntimeCaptioner, manifest: Record<string, any>, lost: Promise<never> | null }} Build
 */

/** Side of a heat map in pixels. It is square, as the photo is that the model sees, and smooth: more pixels show no more. */
const HEAT_MAP_SIDE = 112;

/** Errors that another backend would give as well. */
const NOT_THE_DEVICES = ["PhotoError", "UnknownFormatError", "OptionError"];

/** Milliseconds after a failure in which a GPU is said to be lost, if that was the reason. */
const LOSS_PATIENCE = 1000;

/** How much faster the GPU has to be before captions move there. */
const WORTH_MOVING = 0.8;

/**
 * Modules of the CPU's build whose captioner was given back. Their memory cannot be, so the next captioner gets it.
 * @type {Runtime[]}
 */
const idle = [];

/** One model on one backend. Its methods are called one at a time, by {@link Requests}. */
export class Engine {
  /**
   * The build in use, once there is one.
   * @type {Build | null}
   */
  #active = null;
  /**
   * The model's bytes, kept only while another build may have to load them.
   * @type {Uint8Array | null}
   */
  #modelBytes = null;
  /**
   * What `auto` still has to measure, or `null`: the last photo, and how long it took on the CPU.
   * @type {CaptionRequest & { milliseconds: number } | "no photo yet" | null}
   */
  #undecided = null;

  /**
   * Loads a model.
   * @param {LoadRequest} request
   * @param {Reply} reply
   * @returns {Promise<Loaded>}
   */
  async load({ model, integrity, backend, remembered, pageModel }, reply) {
    adoptModel(pageModel);
    /** @type {Record<"runtime" | "model", { loaded: number, total: number | null }>} */
    const parts = { runtime: { loaded: 0, total: null }, model: { loaded: 0, total: null } };
    /** @type {(part: "runtime" | "model") => OnProgress} */
    const count = (part) => (loaded, all) => {
      parts[part] = { loaded, total: all };
      const { runtime, model } = parts;
      const total = runtime.total && model.total && runtime.total + model.total;
      reply({ type: "progress", loaded: runtime.loaded + model.loaded, total });
    };
    const arriving = modelBytes(model, integrity, count("model"));
    // Its failure is reported where it is awaited, which may be only after the runtime's.
    arriving.catch(() => {});

    const wanted = backend === "auto" ? (remembered ?? "cpu") : backend;
    /** @type {string | undefined} */
    let trouble;
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
    this.#undecided = backend === "auto" && !remembered ? "no photo yet" : null;
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

  /**
   * Captions a photo.
   * @param {CaptionRequest} request
   * @param {Reply} reply
   */
  async caption({ photo, options }, reply) {
    // Nothing is asked of an engine that has not loaded.
    const active = /** @type {Build} */ (this.#active);
    let result;
    try {
      result = await run(active, photo, options, reply);
    } catch (/** @type {any} */ error) {
      if (active.captioner.backend !== "gpu" || NOT_THE_DEVICES.includes(error.name)) {
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
   * @param {{ skip: boolean }} request
   * @param {Reply} reply
   */
  async decide({ skip }, reply) {
    const undecided = this.#undecided;
    if (undecided === null || undecided === "no photo yet") {
      return { choice: null };
    }
    this.#undecided = null;
    const choice = skip ? null : await this.#measure(undecided, reply);
    if (choice !== "gpu") {
      this.#modelBytes = null;
    }
    return { choice };
  }

  /**
   * "gpu" where that took so much less than the `milliseconds` of the CPU that captions run there now; else "cpu".
   * @param {CaptionRequest & { milliseconds: number }} last
   * @param {Reply} reply
   */
  async #measure({ photo, options, milliseconds }, reply) {
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

  /**
   * Captions again what failed on the GPU: on a GPU opened anew if the device was lost, else or then on the CPU.
   * @param {Error} error
   * @param {Photo} photo
   * @param {Options} options
   * @param {Reply} reply
   */
  async #replaceGpu(error, photo, options, reply) {
    /** @type {unknown} */
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

/** Requests to an engine, done one after the other. */
export class Requests {
  /**
   * The engine; `null` when it has crashed. Which of its methods is meant, a request says.
   * @type {any}
   */
  #engine = new Engine();
  #queue = Promise.resolve();
  #post;

  /** @param {(message: Message) => void} post Tells what becomes of each request. */
  constructor(post) {
    this.#post = post;
  }

  /**
   * Does what is asked for when its turn has come; "done" or "failed" is the last that is told of it.
   * @param {Request} request
   */
  take(request) {
    this.#queue = this.#queue.then(() => this.#answer(request));
  }

  /** Ends the engine once it has done what it is doing. */
  close() {
    this.#queue = this.#queue.then(() => this.#engine?.close());
  }

  /** @param {Request} request */
  async #answer({ id, type, ...request }) {
    const reply = (/** @type {News | End} */ message) => this.#post({ id, ...message });
    try {
      const result = await this.#engine[type](request, reply);
      reply({ type: "done", result });
    } catch (/** @type {any} */ error) {
      if (isCrash(error)) {
        // Nothing of it is to be used again.
        this.#engine = null;
      }
      reply({ type: "failed", name: error?.name, message: messageOf(error), crashed: isCrash(error) });
    }
  }
}

/**
 * Gives a build's memory back, unless a call that never ended still holds it.
 * @param {Build | null} build
 */
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

/**
 * Loads one of the two builds, and the model into it.
 * @param {Backend} build
 * @param {Promise<Uint8Array> | Uint8Array | null} model
 * @param {OnProgress} onProgress
 * @returns {Promise<Build>}
 */
async function start(build, model, onProgress) {
  const module = (build === "cpu" && idle.pop()) || (await startRuntime(build, onProgress));
  // They are kept as long as another build may be asked for.
  const bytes = /** @type {Uint8Array} */ (await model);
  const lost = module.deviceLost?.() ?? null;
  // It may be lost while nobody captions.
  lost?.catch(() => {});
  const captioner = await orTrap(module.Captioner.load(bytes));
  return { module, captioner, manifest: captioner.manifest, lost };
}

/**
 * @param {Backend} build
 * @param {OnProgress} onProgress
 */
async function startRuntime(build, onProgress) {
  const module = await importRuntime(build).catch(() => {
    throw new Error(`the runtime for the ${build.toUpperCase()} could not be fetched`);
  });
  const { wasm } = RUNTIMES[build];
  await module.default({ module_or_path: await fetchFile(wasm, { ...assetAt(wasm), onProgress }) });
  return module;
}

/** Captions a photo. Gives the caption, and where and how fast it was made; `reply` hears each word. */
/**
 * Captions a photo, and tells each word.
 * @param {Build} build
 * @param {Photo} photo
 * @param {Options} options
 * @param {Reply} reply
 * @returns {Promise<Captioned>}
 */
async function run({ module, captioner, manifest, lost }, photo, options, reply) {
  const { rows, columns } = manifest.grid;
  const begun = performance.now();
  const withHeat = (/** @type {PlainWord} */ word) => {
    // A model without attention gives no maps.
    const heat = word.map.length === 0 ? null : heatMap(module, word.map, rows, columns);
    return { ...word, heat };
  };
  /** @type {Word[]} */
  const words = [];
  const onWord = (/** @type {PlainWord} */ plain) => {
    const word = withHeat(plain);
    words.push(word);
    reply({ type: "word", word });
  };
  const work = photo.pixels
    ? captioner.captionPixels(photo.pixels, photo.width, photo.height, options, onWord)
    : captioner.caption(photo.bytes, options, onWord);
  const caption = await orTrap(lost ? orLost(work, lost) : work);
  const milliseconds = performance.now() - begun;
  const alternatives = caption.alternatives.map((each) => ({ ...each, words: each.words.map(withHeat) }));
  return { caption: { ...caption, words, alternatives }, backend: captioner.backend, milliseconds };
}

/**
 * What comes of `work` on a device whose loss `lost` tells. Work that fails because of it may do so a moment before.
 * @template T
 * @param {Promise<T>} work
 * @param {Promise<never>} lost
 */
function orLost(work, lost) {
  const moment = () => new Promise((resolve) => setTimeout(resolve, LOSS_PATIENCE));
  const failed = async (/** @type {Error} */ error) => {
    if (!NOT_THE_DEVICES.includes(error.name)) {
      await Promise.race([moment(), lost]);
    }
    throw error;
  };
  return Promise.race([work.catch(failed), lost]);
}

/**
 * A map's pixels as `ImageData` takes them, copied out of the runtime's memory.
 * @param {Runtime} module
 * @param {Float32Array} map
 * @param {number} rows
 * @param {number} columns
 * @returns {import("./captioner.js").HeatMap}
 */
function heatMap(module, map, rows, columns) {
  const pixels = module.heatMap(map, rows, columns, HEAT_MAP_SIDE, HEAT_MAP_SIDE);
  return { width: HEAT_MAP_SIDE, height: HEAT_MAP_SIDE, pixels: new Uint8ClampedArray(pixels) };
}
