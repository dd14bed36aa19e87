export default {
  // The development server must not move the module away from its worker, model and WebAssembly.
  optimizeDeps: { exclude: ["glimpse-captioner"] },
};
