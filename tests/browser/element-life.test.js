// What happens to an element and to its image during their lives: the caption on show belongs to the photo on show, and what a
// person wrote is not replaced.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch } from "./support/browser.js";
import { captions, drawing, openColours, picture, untilCaptions } from "./support/colours.js";
import { shown, untilEvent } from "./support/element-page.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const RED = picture("red");
const BLUE = picture("blue");

/** Longer than anything that was begun takes. */
const settled = (page) => page.waitForTimeout(1500);

const textOf = (element) => element.evaluate((node) => node.text);
const altOf = (page, id = "photo") => page.locator(`#${id}`).getAttribute("alt");
const errors = (page) => page.evaluate(() => events.filter(({ type }) => type === "error").length);

test("an image that comes after the element is captioned when it is there; one that never comes is told of", async () => {
  const { context, page, element } = await openColours(
    browser,
    '<main></main><glimpse-captioner for="photo"></glimpse-captioner>',
  );
  const { message } = await untilEvent(page, "error");
  assert.equal(message, "there is no image “photo”");
  await page.evaluate((src) => {
    document.querySelector("main").innerHTML = `<p><img id="photo" alt="" src="${src}"></p>`;
  }, RED);
  assert.deepEqual(await untilCaptions(page, 1), ["red"]);
  assert.equal(await shown(element, "error").isVisible(), false);

  // Without the image there is no caption either.
  await page.evaluate(() => document.querySelector("main").replaceChildren());
  await page.waitForFunction(() => document.querySelector("glimpse-captioner").text === "");
  assert.equal(await shown(element, "suggestion").isVisible(), false);
  await context.close();
});

test("a carousel: another photo in the same image is captioned anew, and the old caption goes at once", async () => {
  const { context, page, element } = await openColours(
    browser,
    `<img id="photo" alt="" src="${RED}"><glimpse-captioner for="photo" apply-alt></glimpse-captioner>`,
  );
  await untilCaptions(page, 1);
  assert.equal(await altOf(page), "red");
  const at = await page.evaluate(async (src) => {
    const [image, element] = [document.getElementById("photo"), document.querySelector("glimpse-captioner")];
    image.src = src;
    await Promise.resolve();
    return { text: element.text, alt: image.alt, shown: element.shadowRoot.querySelector(".words").hidden };
  }, BLUE);
  assert.deepEqual(at, { text: "", alt: "", shown: true });
  assert.deepEqual(await untilCaptions(page, 2), ["red", "blue"]);
  assert.equal(await altOf(page), "blue");

  // Two changes while one is captioned: that one is given up, and the last is the one that counts.
  await page.evaluate(
    async ([red, green]) => {
      const image = document.getElementById("photo");
      image.src = red;
      await new Promise((resolve) => setTimeout(resolve, 150));
      image.srcset = `${green} 1x`;
    },
    [RED, picture("green")],
  );
  await page.waitForFunction(() => document.getElementById("photo").alt === "green");
  await settled(page);
  assert.deepEqual((await captions(page)).slice(2), ["green"]);
  assert.equal(await textOf(element), "green");
  assert.equal(await errors(page), 0);
  await context.close();
});

test("a framework that draws the image anew: the same photo keeps its caption, another gets its own", async () => {
  const { context, page, element } = await openColours(
    browser,
    `<main><img id="photo" alt="" src="${RED}"></main><glimpse-captioner for="photo" apply-alt></glimpse-captioner>`,
  );
  await untilCaptions(page, 1);
  const redraw = (src) =>
    page.evaluate((src) => {
      document.querySelector("main").innerHTML = `<img id="photo" alt="" src="${src}" style="margin: 40px">`;
    }, src);
  await redraw(RED);
  await page.waitForFunction(() => document.getElementById("photo").alt === "red");
  assert.deepEqual(await captions(page), ["red"], "it is not captioned again");
  await shown(element, "word").first().hover();
  await element.locator("canvas.outside").waitFor();
  assert.deepEqual(await element.locator("canvas.outside").boundingBox(), await page.locator("#photo").boundingBox());
  await redraw(BLUE);
  assert.deepEqual(await untilCaptions(page, 2), ["red", "blue"]);
  await context.close();
});

test("an element that is moved keeps its caption; one that is used for another photo does not", async () => {
  const { context, page, element } = await openColours(
    browser,
    `<main></main><glimpse-captioner src="${RED}"></glimpse-captioner><aside></aside>`,
    { viewport: { width: 800, height: 1200 } },
  );
  const move = (where) => element.evaluate((node, where) => document.querySelector(where).append(node), where);
  // In mid-caption.
  await untilEvent(page, "progress");
  await move("aside");
  assert.deepEqual(await untilCaptions(page, 1), ["red"]);
  await move("main");
  // Taken out for a while, as a tab is that is not in view.
  await element.evaluate(async (node) => {
    node.remove();
    await new Promise((resolve) => setTimeout(resolve, 300));
    document.querySelector("main").append(node);
  });
  await settled(page);
  assert.equal(await textOf(element), "red");
  assert.equal(await shown(element, "word").count(), 1);
  assert.deepEqual(await captions(page), ["red"], "it was captioned once");

  // As a virtual list does.
  await element.evaluate(async (node, src) => {
    node.remove();
    await new Promise((resolve) => setTimeout(resolve, 300));
    node.setAttribute("src", src);
    document.querySelector("aside").append(node);
  }, BLUE);
  assert.deepEqual(await untilCaptions(page, 2), ["red", "blue"]);
  await context.close();
});

test("what was changed while the captioner is loaded counts", async () => {
  const { context, page, element } = await openColours(browser, `<glimpse-captioner></glimpse-captioner>`);
  await page.waitForFunction(() => customElements.get("glimpse-captioner"));
  await element.evaluate(
    (node, [red, blue]) => {
      Object.assign(node, { loading: "eager", src: red, beams: 2 });
      setTimeout(() => Object.assign(node, { src: blue, beams: 3, loading: "lazy" }));
    },
    [RED, BLUE],
  );
  await untilCaptions(page, 1);
  await settled(page);
  assert.deepEqual(await captions(page), ["blue"]);
  assert.equal(await errors(page), 0);
  await context.close();
});

test("an element without a box of its own, and one that is hidden, caption when their image is in view", async () => {
  const { context, page } = await openColours(
    browser,
    `<glimpse-captioner id="contents" style="display: contents" src="${RED}"></glimpse-captioner>
     <p style="height: 200vh">Much text.</p>
     <img id="photo" alt="" src="${BLUE}"><glimpse-captioner id="hidden" for="photo" apply-alt hidden></glimpse-captioner>`,
  );
  assert.deepEqual(await untilCaptions(page, 1), ["red"]);
  await settled(page);
  assert.deepEqual(await captions(page), ["red"], "the other is not in view");
  await page.locator("#photo").scrollIntoViewIfNeeded();
  assert.deepEqual(await untilCaptions(page, 2), ["red", "blue"]);
  assert.equal(await altOf(page), "blue");
  await context.close();
});

test("apply-alt replaces no text that a person wrote, neither before, nor while, nor after the image was captioned", async () => {
  const { context, page, element } = await openColours(
    browser,
    `<img id="photo" alt="A person's" src="${RED}"><glimpse-captioner for="photo" apply-alt></glimpse-captioner>`,
  );
  const [first] = [await untilEvent(page, "caption")];
  assert.equal(first.applied, false);
  assert.equal(await altOf(page), "A person's");
  assert.equal(await shown(element, "suggestion-text").inputValue(), "red", "it is suggested instead");

  const again = (change) =>
    page.evaluate(async (change) => {
      const [image, node] = [document.getElementById("photo"), document.querySelector("glimpse-captioner")];
      image.alt = "";
      const done = node.caption();
      if (change !== null) {
        setTimeout(() => (image.alt = change), 100);
      }
      await done;
      return image.alt;
    }, change);
  assert.equal(await again("Written meanwhile"), "Written meanwhile");
  assert.equal(await again(null), "red", "an empty text is free");
  // Ours, edited.
  const edited = await page.evaluate(async (blue) => {
    const [image, node] = [document.getElementById("photo"), document.querySelector("glimpse-captioner")];
    image.alt = "red, said a person";
    image.src = blue;
    await new Promise((resolve) => node.addEventListener("caption", resolve, { once: true }));
    return image.alt;
  }, BLUE);
  assert.equal(edited, "red, said a person");
  assert.equal(await textOf(element), "blue");
  // Accepted, and by that a person's: also in the image that a framework puts in its place.
  await shown(element, "suggestion-text").fill("My blue");
  await shown(element, "accept").click();
  assert.equal(await altOf(page), "My blue");
  const count = (await captions(page)).length;
  await page.evaluate((src) => {
    document.getElementById("photo").outerHTML = `<img id="photo" alt="" src="${src}">`;
  }, BLUE);
  await page.waitForFunction(() => document.getElementById("photo").alt);
  assert.equal(await altOf(page), "My blue");
  assert.equal(await shown(element, "suggestion").isVisible(), false);
  assert.equal((await captions(page)).length, count);
  await page.evaluate((red) => (document.getElementById("photo").src = red), RED);
  await page.waitForFunction(() => document.querySelector("glimpse-captioner").text === "red");
  assert.equal(await altOf(page), "My blue");
  await context.close();
});

test("what a person types is kept when the photo is captioned again, and when it comes back", async () => {
  const { context, page, element } = await openColours(
    browser,
    `<img id="photo" alt="" src="${RED}"><glimpse-captioner for="photo"></glimpse-captioner>`,
  );
  await untilCaptions(page, 1);
  const field = shown(element, "suggestion-text");
  await field.fill("My own red");
  await element.evaluate((node) => {
    node.applyAlt = true;
    return node.caption();
  });
  assert.equal(await altOf(page), "", "a person is about to write it");
  assert.equal(await field.inputValue(), "My own red");
  const change = async (src, text) => {
    await page.evaluate((src) => (document.getElementById("photo").src = src), src);
    await page.waitForFunction((text) => document.querySelector("glimpse-captioner").text === text, text);
  };
  await element.evaluate((node) => (node.applyAlt = false));
  await change(BLUE, "blue");
  assert.equal(await field.inputValue(), "blue");
  await change(RED, "red");
  assert.equal(await field.inputValue(), "My own red");
  await context.close();
});

test("for= finds images of every kind, and those outside of the shadow tree that the element stands in", async () => {
  const { context, page } = await openColours(
    browser,
    `<figure id="figure"><picture><source srcset="${RED}"><img alt="" src="${BLUE}"></picture></figure>
     <svg id="drawing" width="40" height="20"><image href="${BLUE}" width="40" height="20"/></svg>
     <canvas id="canvas" width="40" height="20"></canvas>
     <div id="shell"></div><p id="nothing">No image.</p><div id="component"></div>
     ${["figure", "drawing", "canvas", "component"].map((id) => `<glimpse-captioner for="${id}" loading="manual"></glimpse-captioner>`).join("")}`,
  );
  await page.waitForFunction(() => customElements.get("glimpse-captioner"));
  const texts = await page.evaluate(async (blue) => {
    const context = document.getElementById("canvas").getContext("2d");
    context.fillStyle = "#f00";
    context.fillRect(0, 0, 40, 20);
    const inside = document.getElementById("component").attachShadow({ mode: "open" });
    inside.innerHTML = `<img alt="" src="${blue}">`;
    const shadow = document.getElementById("shell").attachShadow({ mode: "open" });
    shadow.innerHTML = '<glimpse-captioner for="figure" loading="manual"></glimpse-captioner>';
    const elements = [...document.querySelectorAll("glimpse-captioner"), shadow.firstChild];
    const texts = [];
    for (const element of elements) {
      texts.push((await element.caption()).text);
    }
    const outside = Object.assign(document.createElement("glimpse-captioner"), { htmlFor: "figure" });
    const alone = await outside.caption().catch(String);
    outside.htmlFor = "nothing";
    document.body.append(outside);
    return [...texts, alone, await outside.caption().catch(String)];
  }, BLUE);
  assert.deepEqual(texts, [
    "red",
    "blue",
    "red",
    "blue",
    "red",
    "Error: there is no image “figure”",
    "Error: “nothing” shows no image",
  ]);
  await context.close();
});

test("an image that has no photo yet is waited for, one that is broken is captioned once it is whole", async () => {
  let isBroken = true;
  const { context, page, element } = await openColours(
    browser,
    '<img id="photo" alt=""><glimpse-captioner for="photo"></glimpse-captioner>',
    {
      prepare: (context) =>
        context.route("**/mended.svg", (route) =>
          isBroken ? route.abort() : route.fulfill({ contentType: "image/svg+xml", body: drawing("blue") }),
        ),
    },
  );
  await page.waitForFunction(() => customElements.get("glimpse-captioner"));
  assert.equal(await errors(page), 0);
  const set = (src) => page.evaluate((src) => (document.getElementById("photo").src = src), src);
  await set(RED);
  await untilCaptions(page, 1);
  await set("mended.svg");
  assert.match((await untilEvent(page, "error")).message, /no picture, or a broken one/);
  isBroken = false;
  // The same address again, as after the network was away.
  await set("mended.svg");
  assert.deepEqual(await untilCaptions(page, 2), ["red", "blue"]);
  assert.equal(await shown(element, "error").isVisible(), false);
  await context.close();
});

test("other sources of a picture are another photo", async () => {
  const { context, page } = await openColours(
    browser,
    `<picture><source media="(max-width: 500px)" srcset="${BLUE}"><img id="photo" alt="" src="${RED}"></picture>
     <glimpse-captioner for="photo"></glimpse-captioner>`,
  );
  await untilCaptions(page, 1);
  // A narrow window has the other picture.
  await page.setViewportSize({ width: 400, height: 600 });
  await untilCaptions(page, 2);
  await page.evaluate((src) => (document.querySelector("source").srcset = src), picture("green"));
  assert.deepEqual(await untilCaptions(page, 3), ["red", "blue", "green"]);
  await context.close();
});

test("an element that goes to another document takes its style along, and its caption", async () => {
  const { context, page, element } = await openColours(
    browser,
    `<glimpse-captioner src="${RED}"></glimpse-captioner><iframe width="500" height="500"></iframe>`,
  );
  await untilCaptions(page, 1);
  const shownThere = await element.evaluate(async (node) => {
    const { contentDocument, contentWindow } = document.querySelector("iframe");
    contentDocument.body.append(node);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const displayed = (selector) => contentWindow.getComputedStyle(node.shadowRoot.querySelector(selector)).display;
    return [node.text, displayed(".words"), displayed("[part~=start]")];
  });
  assert.deepEqual(shownThere, ["red", "flex", "none"]);
  assert.deepEqual(await captions(page), ["red"]);
  await context.close();
});
