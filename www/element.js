// <glimpse-captioner>: captions a photo in the page that it stands in. Usage: docs/embedding.md.

export * from "./element/element.js";
