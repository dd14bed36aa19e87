// What the browser says of its GPU, before the build for it is fetched.

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
