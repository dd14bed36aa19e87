// Finds out where this module runs. Not beside what the worker imports: a bundler may give the worker one file, which loads
// nothing later, as Vite before version 8 does.

import { setServer } from "./host.js";

/** Whoever begins something waits for it. */
export async function findHost() {
  if (!globalThis.document && Reflect.get(globalThis, "process")?.getBuiltinModule) {
    setServer(await import("./server.js"));
  }
}
