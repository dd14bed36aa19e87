export default {
  mode: "production",
  entry: "./main.js",
  // Nothing else for the package: its worker, model and WebAssembly are found and copied. They are large, and come late.
  performance: { hints: false },
};
