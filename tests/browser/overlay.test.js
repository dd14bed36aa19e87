// Where maps lie over an image of the page: on what is seen of its picture, however it and what is round it are styled.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch } from "./support/browser.js";
import { openColours, picture, untilCaptions } from "./support/colours.js";
import { shown } from "./support/element-page.js";

/** Twice as wide as it is high. */
const PHOTO = picture("red", 40, 20);
const IMAGE = `id="photo" alt="" src="${PHOTO}"`;

/** In a frame of 10 pixels of border and 20 of padding, the content is 200 pixels wide and high, at 130 and 80. */
const BOX =
  "position: absolute; left: 100px; top: 50px; width: 200px; height: 200px; border: 10px solid; padding: 20px;";

/** What is seen of the map: [left, top, right, bottom]; where it is seen, and where not. */
const CASES = {
  "object-fit: fill": [`<img ${IMAGE} style="${BOX}">`, [130, 80, 330, 280]],
  cover: [`<img ${IMAGE} style="${BOX} object-fit: cover">`, [130, 80, 330, 280]],
  contain: [`<img ${IMAGE} style="${BOX} object-fit: contain">`, [130, 130, 330, 230]],
  "contain, at the left and bottom": [
    `<img ${IMAGE} style="${BOX} object-fit: contain; object-position: left bottom">`,
    [130, 180, 330, 280],
  ],
  "none, some pixels from the right and top": [
    `<img ${IMAGE} style="${BOX} object-fit: none; object-position: right 10px top 5px">`,
    [280, 85, 320, 105],
  ],
  "none, with percentages": [
    `<img ${IMAGE} style="${BOX} object-fit: none; object-position: 25% 100%">`,
    [170, 260, 210, 280],
  ],
  "scale-down of a small one": [`<img ${IMAGE} style="${BOX} object-fit: scale-down">`, [210, 170, 250, 190]],
  "box-sizing: border-box": [
    `<img ${IMAGE} style="${BOX} box-sizing: border-box; object-fit: cover">`,
    [130, 80, 270, 220],
  ],
  "a round picture": [
    `<img ${IMAGE} style="${BOX} object-fit: cover; border-radius: 50%">`,
    [130, 80, 330, 280],
    {
      yes: [[230, 90]],
      no: [
        [140, 90],
        [320, 270],
      ],
    },
  ],
  "clip-path": [`<img ${IMAGE} style="${BOX} clip-path: circle(50px)">`, [180, 130, 280, 230], { no: [[185, 135]] }],
  "in a round box that cuts it off": [
    `<div style="position: absolute; left: 50px; top: 50px; width: 100px; height: 100px; overflow: hidden; border: 5px solid; border-radius: 55px">
      <img ${IMAGE} style="width: 300px; height: 150px"></div>`,
    [55, 55, 155, 155],
    {
      yes: [[105, 105]],
      no: [
        [60, 60],
        [150, 150],
      ],
    },
  ],
  "in a box that was scrolled": [
    `<div class="scrolled" style="position: absolute; left: 50px; top: 50px; width: 100px; height: 100px; overflow: scroll; scrollbar-width: none">
      <img ${IMAGE} style="display: block; margin: 60px; width: 300px; height: 150px"></div>`,
    [80, 70, 150, 150],
  ],
  "laid out of a box that cuts off others": [
    `<div style="width: 50px; height: 50px; overflow: hidden"><img ${IMAGE} style="position: fixed; left: 20px; top: 30px; width: 200px; height: 100px"></div>`,
    [20, 30, 220, 130],
  ],
  "scaled, in something that is scaled and moved": [
    `<div style="transform: translate(10px, 20px) scale(0.5); transform-origin: 0 0">
      <img ${IMAGE} style="position: absolute; left: 100px; top: 60px; width: 200px; height: 100px; scale: 2; transform-origin: 0 0"></div>`,
    [60, 50, 260, 150],
  ],
  "turned by a right angle": [
    `<img ${IMAGE} style="position: absolute; left: 100px; top: 100px; width: 200px; height: 100px; transform: rotate(90deg)">`,
    [150, 50, 250, 250],
  ],
  "turned by half of that": [
    `<img ${IMAGE} style="position: absolute; left: 100px; top: 100px; width: 100px; height: 100px; rotate: 45deg">`,
    [79, 79, 221, 221],
    {
      yes: [
        [150, 90],
        [90, 150],
      ],
      no: [
        [90, 90],
        [210, 210],
      ],
    },
  ],
  zoom: [
    `<div style="zoom: 2"><img ${IMAGE} style="position: absolute; left: 50px; top: 30px; width: 60px; height: 30px; padding: 10px"></div>`,
    [120, 80, 240, 140],
  ],
  "an image in a drawing": [
    `<svg width="200" height="200" style="position: absolute; left: 100px; top: 50px">
      <image id="photo" href="${PHOTO}" width="200" height="200" preserveAspectRatio="xMinYMax meet"/></svg>`,
    [100, 150, 300, 250],
  ],
  "visibility: hidden": [`<img ${IMAGE} style="${BOX} visibility: hidden">`, null],
  "in something that is transparent": [`<div style="opacity: 0"><img ${IMAGE} style="${BOX}"></div>`, null],
  "in something that is not shown": [`<div style="display: none"><img ${IMAGE} style="${BOX}"></div>`, null],
  "cut off altogether": [
    `<div style="overflow: hidden; width: 50px; height: 50px"><img ${IMAGE} style="margin-left: 90px; width: 200px"></div>`,
    null,
  ],
};

let browser, context, page, element;
before(async () => {
  browser = await launch();
  ({ context, page, element } = await openColours(
    browser,
    `<style>body { margin: 0 } glimpse-captioner::part(map) { background: rgb(0 255 0) }</style><main>${CASES.cover[0]}</main>
    <aside style="position: fixed; left: 450px; top: 0; width: 300px; transform: scale(0.9); overflow: hidden">
      <glimpse-captioner for="photo" loading="eager"></glimpse-captioner></aside>`,
    { viewport: { width: 800, height: 500 } },
  ));
  await untilCaptions(page, 1);
});
after(async () => {
  await context?.close();
  await browser?.close();
});

/** Puts an image in the page and looks at a word. */
async function look(html) {
  await page.evaluate((html) => {
    document.querySelector("main").innerHTML = html;
    document.querySelector(".scrolled")?.scrollTo(30, 40);
  }, html);
  // Frames in which the element has noticed; a drawing's photo is another one.
  await page.waitForTimeout(100);
  await page.waitForFunction(() => document.querySelector("glimpse-captioner").text === "red");
  await shown(element, "word").first().focus();
  await page.waitForTimeout(200);
}

/** Where the page shows the map: the bounds of its colour, and whether it is at these points. */
async function seen({ yes = [], no = [] } = {}) {
  const png = (await page.screenshot()).toString("base64");
  return page.evaluate(
    async ([png, points]) => {
      const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes]));
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext("2d");
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      const isMap = (x, y) => data[4 * (y * width + x)] < 100 && data[4 * (y * width + x) + 1] > 150;
      const bounds = [width, height, 0, 0];
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          if (isMap(x, y)) {
            bounds[0] = Math.min(bounds[0], x);
            bounds[1] = Math.min(bounds[1], y);
            bounds[2] = Math.max(bounds[2], x + 1);
            bounds[3] = Math.max(bounds[3], y + 1);
          }
        }
      }
      return { bounds: bounds[2] === 0 ? null : bounds, at: points.map(([x, y]) => isMap(x, y)) };
    },
    [png, [...yes, ...no]],
  );
}

for (const [name, [html, expected, points = {}]] of Object.entries(CASES)) {
  test(name, async () => {
    await look(html);
    const { bounds, at } = await seen(points);
    if (expected === null) {
      assert.equal(bounds, null);
      return;
    }
    assert.ok(bounds, "the map is seen");
    const off = bounds.map((edge, index) => Math.abs(edge - expected[index]));
    assert.ok(Math.max(...off) <= 1, `${bounds} and not ${expected}`);
    const { yes = [], no = [] } = points;
    assert.deepEqual(at, [...yes.map(() => true), ...no.map(() => false)]);
  });
}

test("the whole map lies on the whole picture, of which a part is seen", async () => {
  await look(CASES.cover[0]);
  const { x, y, width, height } = await element.locator("canvas.outside").boundingBox();
  assert.deepEqual([x, y, width, height].map(Math.round), [30, 80, 400, 200]);
});

test("the map follows an image that is moved, and goes with one that is removed", async () => {
  await look(CASES["object-fit: fill"][0]);
  await page.evaluate(() => (document.getElementById("photo").style.left = "0"));
  await page.waitForTimeout(200);
  assert.deepEqual((await seen()).bounds, [30, 80, 230, 280]);
  await page.evaluate(() => document.querySelector("main").replaceChildren());
  await page.waitForTimeout(200);
  assert.equal((await seen()).bounds, null);
});
