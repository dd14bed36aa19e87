// Where the model looked, as a picture.

/** Draws a heat map that came from the worker. The style sheet stretches the canvas over the photo. */
export function drawHeat(canvas, { width, height, pixels }, tint) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.putImageData(new ImageData(pixels, width, height), 0, 0);
  if (tint) {
    context.globalCompositeOperation = "source-in";
    context.fillStyle = tint;
    context.fillRect(0, 0, width, height);
  }
}
