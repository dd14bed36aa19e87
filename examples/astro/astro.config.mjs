export default {
  // The development server must not move the module away from its worker, model and WebAssembly.
  vite: { optimizeDeps: { exclude: ["glimpse-captioner"] } },
};
