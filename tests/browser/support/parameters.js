// How many numbers a model file holds.

/** The bytes of a model's parameters as f32, by the header of its file in the format safetensors. */
export function bytesAsFloats(file) {
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__, ...tensors } = JSON.parse(file.toString("utf8", 8, 8 + length));
  const parameters = Object.values(tensors).map(({ shape }) => shape.reduce((product, length) => product * length, 1));
  return 4 * parameters.reduce((sum, count) => sum + count, 0);
}
