import vue from "@vitejs/plugin-vue";

/** Vue would look for a component of this name, and warn that there is none. */
const isCustomElement = (tag) => tag === "glimpse-captioner";

export default {
  plugins: [vue({ template: { compilerOptions: { isCustomElement } } })],
  // The development server must not move the module away from its worker, model and WebAssembly.
  optimizeDeps: { exclude: ["glimpse-captioner"] },
};
