// The worker's script, where the page starts it. Not beside what the worker itself imports: Turbopack would go round for ever.
// The package's single file has another module in place of this one, for it holds the script: xtask/package/single-file.js.

import { DEFAULT_MODEL } from "./files.js";

/** A worker's own file must be of the page's origin, which a sandboxed frame has not; what it imports need not be. */
export function newWorker() {
  // Where this file lies: its own address is not always what it seems, after a bundler.
  if (new URL(DEFAULT_MODEL).origin === self.origin) {
    // Bundlers look for exactly this form.
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  }
  const address = import.meta.url.replace(/[^/]*$/, "worker.js");
  // No module worker: Chromium starts none in a sandboxed frame. What is thrown later is heard as an error event.
  const code = `import(${JSON.stringify(address)}).catch((error) => setTimeout(() => { throw error; }));`;
  return new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
}
