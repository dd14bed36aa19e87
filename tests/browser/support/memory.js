// How much memory a captioner takes that computes in the page itself.

/** Lets a test see the memory of each WebAssembly module that computes in the page: `memories`. */
export function showMemories(context) {
  return context.addInitScript(() => {
    window.memories = [];
    for (const name of ["instantiate", "instantiateStreaming"]) {
      const original = WebAssembly[name];
      WebAssembly[name] = async (...options) => {
        const result = await original.apply(WebAssembly, options);
        memories.push((result.instance ?? result).exports.memory);
        return result;
      };
    }
  });
}

/** Bytes of each module's memory, and of everything that scripts hold, after a collection of garbage. */
export async function memoryOf(context, page) {
  const devtools = await context.newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize } = await devtools.send("Runtime.getHeapUsage");
  await devtools.detach();
  const modules = await page.evaluate(() => memories.map(({ buffer }) => buffer.byteLength));
  return { modules, heap: usedSize + backingStorageSize };
}
