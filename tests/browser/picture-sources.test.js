// Whatever an author would call an image, as a source of the module: captioned rightly, or refused with a sentence.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, SITE } from "./support/browser.js";
import { COLOUR, drawing, picture } from "./support/colours.js";
import { openModule } from "./support/module-page.js";
import { replaceFiles, replaceRuntime } from "./support/stub-runtime.js";

let browser, context, page;
before(async () => {
  browser = await launch();
  ({ context, page } = await openModule(browser, {
    prepare: async (context) => {
      await replaceRuntime(context, "cpu", COLOUR);
      await replaceFiles(context, "cpu");
      await context.route(`${SITE}red.svg`, (route) =>
        route.fulfill({ contentType: "image/svg+xml", body: drawing("red") }),
      );
    },
  }));
  await page.evaluate(
    async ([red, blue]) => {
      Object.assign(window, { red, blue, captioner: await load() });
      window.caption = async (source) => (await captioner.caption(source)).text;
      window.put = (html) => {
        document.body.innerHTML = html;
        return document.body.firstElementChild;
      };
    },
    [picture("red"), picture("blue")],
  );
});
after(async () => {
  await context?.close();
  await browser?.close();
});

const FAR = '<p style="height: 9000px"></p>';

/** The colour that each of these is, by a script that makes it. */
const SOURCES = {
  "ImageData of float16": `(() => {
    const data = new ImageData(4, 4, { pixelFormat: "rgba-float16" });
    data.data.forEach((_, place) => (data.data[place] = [1, 0, 0, 1][place % 4]));
    return data;
  })()`,
  // As sRGB it would be rather white.
  "ImageData of Display P3": `(() => {
    const data = new ImageData(4, 4, { colorSpace: "display-p3" });
    data.data.forEach((_, place) => (data.data[place] = [240, 131, 40, 255][place % 4]));
    return data;
  })()`,
  "a lazy img outside of the view": `put('${FAR}<img loading="lazy" src="red.svg">').nextElementSibling`,
  "a lazy img of a picture element": `put('${FAR}<picture><source srcset="red.svg"><img loading="lazy" src="' + blue + '"></picture>')
    .nextElementSibling.firstElementChild.nextElementSibling`,
  "an img of a template": `put('<template><img src="' + red + '"></template>').content.firstElementChild`,
  "a picture element": `put('<picture><source srcset="' + red + '"><img src="' + blue + '"></picture>')`,
  "an SVG image": `put('<svg><image width="4" height="4" href="' + red + '"/></svg>').firstElementChild`,
  "an img with a drawing that has no size": `put('<img src="' + red.replace(/(width|height)%3D%22\\d+%22/g, "") + '">')`,
  "a drawing's file": `fetch(red).then((response) => response.blob())`,
  "a data: address": `red`,
  "a blob: address": `fetch(red).then((response) => response.blob()).then((blob) => URL.createObjectURL(blob))`,
  "an img of another frame": `(async () => {
    const { contentDocument } = put("<iframe></iframe>");
    const image = contentDocument.createElement("img");
    image.src = red;
    await image.decode();
    return image;
  })()`,
  "a VideoFrame": `(async () => {
    const image = Object.assign(new Image(), { src: red });
    await image.decode();
    return new VideoFrame(image, { timestamp: 0 });
  })()`,
  "the poster of a video that has not begun": `put('<video preload="none" poster="' + red + '"></video>')`,
  "a canvas of half floats": `(() => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { colorType: "float16", colorSpace: "display-p3" });
    context.fillStyle = "red";
    context.fillRect(0, 0, 999, 999);
    return canvas;
  })()`,
};
for (const [kind, make] of Object.entries(SOURCES)) {
  test(kind, async () => {
    const { text, before, after } = await page.evaluate(`(async () => {
      const source = await ${make};
      const look = () => document.body.innerHTML + (source.loading === "lazy" ? source.complete && source.naturalWidth : "");
      const before = look();
      const text = await caption(source);
      return { text, before, after: look() };
    })()`);
    assert.equal(text, "red");
    assert.equal(after, before, "the page is as it was");
  });
}

const WHICH = /^TypeError: a photo is a File, .* or an address$/;
const REFUSED = {
  "put('<img>')": /^PhotoError: the image element has no picture/,
  "put('<img loading=lazy src=data:,>')": /^PhotoError: the image element has no picture/,
  "put('<picture></picture>')": /^PhotoError: the picture element holds no img/,
  "put('<svg><image width=4 height=4 /></svg>').firstElementChild": /^PhotoError: the image element has no picture/,
  "put('<video></video>')": /^PhotoError: the video has no picture yet/,
  "(() => { const frame = new VideoFrame(document.createElement('canvas'), { timestamp: 0 }); frame.close(); return frame; })()":
    /^PhotoError: the element has no picture yet, or none any more/,
  "createImageBitmap(new ImageData(1, 1)).then((bitmap) => (bitmap.close(), bitmap))":
    /^PhotoError: the element has no/,
  "(() => { const data = new ImageData(1, 1); structuredClone(data.data, { transfer: [data.data.buffer] }); return data; })()":
    /^PhotoError: the pixels are not there any more/,
  "(() => { const bytes = new ArrayBuffer(8); structuredClone(bytes, { transfer: [bytes] }); return bytes; })()":
    /^(PhotoError|UnknownFormatError): /,
  "put('<div></div>')": WHICH,
  "({ current: new Image() })": WHICH,
  7: WHICH,
  "new Response('')": WHICH,
};
for (const [make, says] of Object.entries(REFUSED)) {
  test(`${make} is refused with a sentence`, async () => {
    assert.match(await page.evaluate(`(async () => failure(captioner.caption(await ${make})))()`), says);
  });
}
