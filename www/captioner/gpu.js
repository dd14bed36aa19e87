// What the browser says of its GPU, and when it takes the device away.

import { server } from "./host.js";

/** Renderers that compute on the CPU, slower than the CPU build does. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

/**
 * `trouble` says in half a sentence why there is no GPU to use.
 * @returns {Promise<{ adapter: { isSoftware: boolean }, trouble?: undefined } | { adapter?: undefined, trouble: string }>}
 */
export async function openGpu() {
  if (server || !navigator.gpu) {
    return { trouble: server?.NO_GPU ?? "This browser offers no WebGPU" };
  }
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  if (!adapter) {
    return { trouble: "No GPU was found" };
  }
  // Older browsers have fewer of these, and `isFallbackAdapter` elsewhere.
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info ?? {};
  const names = [vendor, architecture, device, description].join(" ");
  return {
    adapter: {
      isSoftware: Boolean(isFallbackAdapter || Reflect.get(adapter, "isFallbackAdapter") || SOFTWARE.test(names)),
    },
  };
}

/**
 * Those who wait for the device of the runtime that they start.
 * @type {Set<(error: Error) => void>}
 */
const waiting = new Set();

/**
 * Watches for the next device that a runtime opens: `lost` fails when it is lost, which the runtime itself would wait out
 * for ever. `stop()` ends the watch for more devices.
 */
export function watchDevice() {
  /** @type {(error: Error) => void} */
  let lose = () => {};
  /** @type {Promise<never>} */
  const lost = new Promise((_, reject) => {
    lose = reject;
  });
  // It may be lost while nobody captions.
  lost.catch(() => {});
  watchAdapters();
  waiting.add(lose);
  return { lost, stop: () => waiting.delete(lose) };
}

let watched = false;

/** The runtime opens its device by itself; only the browser's own function knows it. */
function watchAdapters() {
  const prototype = globalThis.GPUAdapter?.prototype;
  if (watched || !prototype) {
    return;
  }
  watched = true;
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (...options) {
    const watchers = [...waiting];
    const device = await requestDevice.apply(this, options);
    device.lost.then(({ message }) => {
      const error = Object.assign(new Error(message || "the device was lost"), { name: "DeviceLostError" });
      for (const lose of watchers) {
        lose(error);
      }
    });
    return device;
  };
}
