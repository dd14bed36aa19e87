// The module: captions photos in the visitor's browser. Usage: docs/embedding.md.

export * from "./captioner/captioner.js";
