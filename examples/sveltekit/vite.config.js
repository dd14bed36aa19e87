import { sveltekit } from "@sveltejs/kit/vite";

export default {
  plugins: [sveltekit()],
  // The development server must not move the module away from its worker, model and WebAssembly.
  optimizeDeps: { exclude: ["glimpse-captioner"] },
};
