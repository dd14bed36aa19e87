// What the browser says of its GPU, and when it takes the device away.

/** Renderers that compute on the CPU, slower than the CPU build does. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

/** `{ adapter: { isSoftware } }`, or `{ trouble }`, which says in half a sentence why there is no GPU to use. */
export async function openGpu() {
  if (!navigator.gpu) {
    return { trouble: "This browser offers no WebGPU" };
  }
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  if (!adapter) {
    return { trouble: "No GPU was found" };
  }
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info ?? {};
  const names = [vendor, architecture, device, description].join(" ");
  return { adapter: { isSoftware: Boolean(isFallbackAdapter || adapter.isFallbackAdapter || SOFTWARE.test(names)) } };
}

/**
 * Watches for the next device that a runtime opens: `lost` fails when it is lost, which the runtime itself would wait out
 * for ever. `stop()` ends the watch for more devices.
 */
export function watchDevice() {
  const prototype = globalThis.GPUAdapter?.prototype;
  const original = prototype?.requestDevice;
  let lose;
  const lost = new Promise((_, reject) => (lose = reject));
  // It may be lost while nobody captions.
  lost.catch(() => {});
  if (!original) {
    return { lost, stop() {} };
  }
  prototype.requestDevice = async function (...options) {
    const device = await original.apply(this, options);
    device.lost.then(({ message }) => {
      const error = new Error(message || "the device was lost");
      error.name = "DeviceLostError";
      lose(error);
    });
    return device;
  };
  return { lost, stop: () => (prototype.requestDevice = original) };
}
