// What cameras, phones, scanners, editors and broken downloads leave: the model sees the picture that the browser shows.

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch } from "./support/browser.js";
import { openModule } from "./support/module-page.js";

const FIXTURES = new URL("../../model-export/tests/fixtures/", import.meta.url);
const PICTURES = new URL("pictures/odd/", FIXTURES);

/** What the browser shows of each, small: for the test of the decoder alone, `model-export/tests/odd_pictures.rs`. */
const SHOWN = new URL("pictures/shown.csv", FIXTURES);

let browser, page, complaints, names;
before(async () => {
  browser = await launch();
  ({ page, complaints } = await openModule(browser));
  names = (await readdir(PICTURES)).sort();
  await page.evaluate(() => {
    /** What the page shows: the same element, which forgives more than `createImageBitmap`. */
    window.show = async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const blob = new Blob([bytes]);
      const image = Object.assign(new Image(), { src: URL.createObjectURL(blob) });
      await image.decode();
      return { blob, image };
    };
    /** Its pixels on white. */
    window.draw = (image) => {
      const [width, height] = [image.naturalWidth, image.naturalHeight];
      const drawing = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
      drawing.fillStyle = "white";
      drawing.fillRect(0, 0, width, height);
      drawing.drawImage(image, 0, 0);
      return drawing.getImageData(0, 0, width, height);
    };
  });
});
after(() => browser?.close());

const base64 = async (name) => (await readFile(new URL(name, PICTURES))).toString("base64");

/**
 * How far the model's looks at two pictures may lie apart: browsers and the runtime round differently, and enlarge the colours
 * of JPEG and lossy WebP each in its own way.
 */
const SAME = 0.2;
/** Another picture is farther away. */
const ANOTHER = 0.3;

test("the model looks at every odd picture as at what the browser shows of it", async () => {
  await page.evaluate(async () => {
    const captioner = await load();
    /** Where the first word looks, which changes with the picture little by little, as a caption's words do not. */
    const look = async (source) => (await captioner.caption(source, { beams: 1, maxWords: 1 })).words[0].map;
    const looks = new Map();
    /** The look at what is shown, which many files have in common to the pixel. */
    const lookAt = async (shown) => {
      const pixels = `${shown.width} ${shown.data}`;
      looks.set(pixels, looks.get(pixels) ?? (await look(shown)));
      return looks.get(pixels);
    };
    const distance = (a, b) => a.reduce((sum, weight, place) => sum + Math.abs(weight - b[place]), 0);
    /** Between what is read of a file and what is shown, or why nothing was read. */
    window.compare = async ({ blob, image }) => {
      const shown = await lookAt(draw(image));
      return look(blob).then((read) => distance(read, shown), String);
    };
    /** Between what is shown of a file, and the same mirrored, upside down, and with red for blue. */
    window.compareChanged = async ({ image }) => {
      const shown = draw(image);
      const { data, width, height } = shown;
      const changed = (from) => {
        const pixels = new ImageData(width, height);
        for (let place = 0; place < data.length; place++) {
          pixels.data[place] = data[from(place % 4, (place >> 2) % width, Math.floor((place >> 2) / width))];
        }
        return pixels;
      };
      const at = (channel, x, y) => 4 * (y * width + x) + channel;
      const expected = await lookAt(shown);
      const distances = [];
      for (const from of [
        (channel, x, y) => at(channel, width - 1 - x, y),
        (channel, x, y) => at(channel, x, height - 1 - y),
        (channel, x, y) => at(channel < 3 ? 2 - channel : channel, x, y),
      ]) {
        distances.push(distance(await look(changed(from)), expected));
      }
      return distances;
    };
  });
  const differing = [];
  for (const name of names) {
    const found = await page.evaluate(async (base64) => compare(await show(base64)), await base64(name));
    if (!(found < SAME)) {
      differing.push({ name, found });
    }
  }
  assert.ok(names.length >= 40, `${names.length} pictures`);
  assert.deepEqual(differing, []);
  assert.deepEqual(complaints, []);

  const changed = await page.evaluate(async (base64) => compareChanged(await show(base64)), await base64("exif-1.jpg"));
  assert.ok(
    changed.every((distance) => distance > ANOTHER),
    `the measure tells pictures apart: ${changed}`,
  );
});

// With GLIMPSE_WRITE_SHOWN=1 the file is written, for new pictures.
test("the decoder's own test knows what the browser shows", async () => {
  const lines = [];
  for (const name of names) {
    lines.push(`${name},${await page.evaluate(summary, await base64(name))}`);
  }
  if (process.env.GLIMPSE_WRITE_SHOWN) {
    await writeFile(SHOWN, `${lines.join("\n")}\n`);
  }
  assert.deepEqual(lines, (await readFile(SHOWN, "utf8")).trim().split("\n"));
});

/** Runs in the page. Width, height, and the means of 8×6 fields on white: red, green and blue in hexadecimal digits. */
async function summary(base64) {
  const [across, down] = [8, 6];
  const { data, width, height } = window.draw((await window.show(base64)).image);
  const border = (index, count, length) => Math.floor((index * length) / count);
  let digits = "";
  for (let field = 0; field < across * down; field++) {
    const [column, row] = [field % across, Math.floor(field / across)];
    const [left, top] = [border(column, across, width), border(row, down, height)];
    const right = Math.max(left + 1, border(column + 1, across, width));
    const bottom = Math.max(top + 1, border(row + 1, down, height));
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          sum += data[(y * width + x) * 4 + channel];
        }
      }
      const mean = Math.floor(sum / ((right - left) * (bottom - top)));
      digits += mean.toString(16).padStart(2, "0");
    }
  }
  return `${width},${height},${digits}`;
}
