// How browsers show photos that say in their EXIF data how they lie: JPEG is turned, WebP is not. The runtime reads them so
// (pictures.test.js); a browser that did otherwise would lay maps over another picture than was read.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { choose, launch, launchFirefox, open, untilCaption, untilState } from "./support/browser.js";
import { openEmbedded } from "./support/element-page.js";
import { orientedJpeg, orientedWebp } from "./support/oriented.js";
import { captionOfWords, replaceFiles, replaceRuntime } from "./support/stub-runtime.js";

const SIZE = { width: 64, height: 48 };
const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8];

async function prepare(context) {
  await replaceRuntime(context, "cpu", captionOfWords([["a photo", 0.9]], 0.9));
  await replaceFiles(context, "cpu");
}

/** A picture whose four quarters differ, as JPEG and WebP, in each orientation. */
async function photos(page) {
  const encoded = await page.evaluate(async ({ width, height }) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d", { alpha: false });
    for (const [index, colour] of ["#f00", "#0f0", "#00f", "#fff"].entries()) {
      context.fillStyle = colour;
      context.fillRect((width / 2) * (index % 2), (height / 2) * Math.floor(index / 2), width / 2, height / 2);
    }
    const encode = (type) => new Promise((resolve) => canvas.toBlob(resolve, type, 0.95));
    const blobs = await Promise.all(["image/jpeg", "image/webp"].map(encode));
    return Promise.all(blobs.map(async (blob) => [...new Uint8Array(await blob.arrayBuffer())]));
  }, SIZE);
  const [jpeg, webp] = encoded.map((bytes) => Buffer.from(bytes));
  return {
    jpeg: ORIENTATIONS.map((each) => orientedJpeg(jpeg, each)),
    // Cameras write both orders of bytes.
    webp: ORIENTATIONS.map((each) => orientedWebp(webp, each, { ...SIZE, isLittle: each % 2 === 0 })),
  };
}

/** The shape and the four quarters' colours of what is drawn or shown in each node. */
function looks(nodes) {
  return nodes.evaluateAll((nodes) =>
    nodes.map((node) => {
      const { naturalWidth: width = node.width, naturalHeight: height = node.height } = node;
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: 4, height: 4 });
      const context = canvas.getContext("2d");
      context.drawImage(node, 0, 0, 4, 4);
      const { data } = context.getImageData(0, 0, 4, 4);
      const colour = (place) => [0, 1, 2].map((channel) => (data[4 * place + channel] > 127 ? 1 : 0)).join("");
      return `${width > height ? "wide" : "high"} ${[0, 3, 12, 15].map(colour).join(" ")}`;
    }),
  );
}

for (const [name, start] of [
  ["Chromium", launch],
  ["Firefox", launchFirefox],
]) {
  describe(name, () => {
    let browser;
    before(async () => (browser = await start()));
    after(() => browser?.close());

    test("the page shows photos as they are read, large and small", async () => {
      const { context, page, complaints } = await open(browser, { query: "?backend=cpu", prepare });
      await untilState(page);
      const { jpeg, webp } = await photos(page);
      const file = (type) => (buffer, index) => ({ name: `${index + 1}.${type}`, mimeType: `image/${type}`, buffer });
      await choose(page, [...jpeg.map(file("jpeg")), ...webp.map(file("webp"))]);
      await untilCaption(page);
      await page.waitForFunction((count) => {
        const canvases = [...document.querySelectorAll("#gallery-items canvas")];
        return canvases.length === count && canvases.every(({ width }) => width === 320);
      }, jpeg.length + webp.length);
      const small = await looks(page.locator("#gallery-items canvas"));
      assert.equal(new Set(small.slice(0, 8)).size, 8, `orientations can be told apart: ${small}`);
      assert.deepEqual(small.slice(8), Array(8).fill(small[0]));

      for (const index of [5, 7, 13]) {
        await page.locator("#gallery-items button").nth(index).click();
        const expected = small[index];
        await page.waitForFunction((isWide) => {
          const { naturalWidth, naturalHeight } = document.getElementById("photo-image");
          return naturalWidth > 0 && naturalWidth > naturalHeight === isWide;
        }, expected.startsWith("wide"));
        assert.deepEqual(await looks(page.locator("#photo-image")), [expected]);
      }
      assert.deepEqual(complaints, []);
      await context.close();
    });

    test("the element draws photos as they are read", async () => {
      const { context, page, element, complaints } = await openEmbedded(
        browser,
        '<glimpse-captioner backend="cpu"></glimpse-captioner>',
        { prepare },
      );
      await page.waitForFunction(() => customElements.get("glimpse-captioner"));
      const { jpeg, webp } = await photos(page);
      const shown = async (bytes) => {
        await element.evaluate((node, bytes) => node.caption(Uint8Array.from(bytes)), [...bytes]);
        return looks(element.locator("[part=picture]"));
      };
      for (const index of [1, 5, 6]) {
        assert.notDeepEqual(await shown(jpeg[index]), await shown(jpeg[0]), `orientation ${index + 1}`);
        assert.deepEqual(await shown(webp[index]), await shown(jpeg[0]), `orientation ${index + 1}`);
      }
      assert.deepEqual(complaints, []);
      await context.close();
    });
  });
}
