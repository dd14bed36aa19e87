import { svelte } from "@sveltejs/vite-plugin-svelte";

export default {
  plugins: [svelte()],
  // The development server must not move the module away from its worker, model and WebAssembly.
  optimizeDeps: { exclude: ["glimpse-captioner"] },
};
