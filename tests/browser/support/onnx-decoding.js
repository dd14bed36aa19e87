// Greedy decoding with the graphs of `glimpse export --onnx`, as anybody would write it who has read docs/onnx.md and nothing
// else. In Node and in browsers.

import * as ort from "onnxruntime-web";

const START = 2n;
const END = 3;
/** Tokens before it stand in no caption: padding, unknown words and the beginning. */
const FIRST_WORD = 3;

/** The words of a photo of the model's size, with their probabilities and maps. */
export async function captionByOnnx({ encoder, decoder, manifest, memory }, rgb, maxWords) {
  const { size } = manifest.preparation;
  const image = await encoder.run({ photos: new ort.Tensor("uint8", rgb, [1, size, size, 3]) });
  const past = new Map(
    memory.map(({ past, begins: [, ...lengths] }) => {
      const values = new Float32Array(lengths.reduce((product, length) => product * length, 1));
      return [past, new ort.Tensor("float32", values, [1, ...lengths])];
    }),
  );
  const words = [];
  for (let token = START; ; ) {
    const outputs = await decoder.run({
      token: new ort.Tensor("int64", [token], [1, 1]),
      ...image,
      ...Object.fromEntries(past),
    });
    for (const { past: before, present } of memory) {
      past.set(before, outputs[present]);
    }
    const logits = outputs.logits.data;
    const next = words.length === maxWords ? END : largest(logits);
    if (next === END) {
      return words;
    }
    words.push({
      text: manifest.vocabulary[next],
      probability: probability(logits, next),
      map: [...(outputs.attention?.data ?? [])],
    });
    token = BigInt(next);
  }
}

function largest(logits) {
  let best = FIRST_WORD;
  for (let id = FIRST_WORD; id < logits.length; id++) {
    if (logits[id] > logits[best]) {
      best = id;
    }
  }
  return best;
}

function probability(logits, id) {
  const sum = logits.reduce((sum, logit) => sum + Math.exp(logit - logits[id]), 0);
  return 1 / sum;
}
