// A captioner that `glimpse export --onnx` wrote, run by ONNX Runtime in Node.

import { readFile } from "node:fs/promises";
import path from "node:path";

import * as ort from "onnxruntime-web";

/** Loads the three files of a folder. */
export async function loadOnnx(folder) {
  ort.env.wasm.numThreads = 1;
  const [encoder, decoder] = await Promise.all(
    ["encoder.onnx", "decoder.onnx"].map(async (file) =>
      ort.InferenceSession.create(await readFile(path.join(folder, file))),
    ),
  );
  return { encoder, decoder, ...JSON.parse(await readFile(path.join(folder, "model.json"), "utf8")) };
}
