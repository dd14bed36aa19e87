// Photos of the camera, and photos of other sites by their address.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { choose, launch, open, SITE, sample, untilCaption, untilProblem, untilState } from "./support/browser.js";

const outside = (requests) => requests.filter((address) => !/^(blob|data):/.test(address));

describe("the camera", () => {
  let browser;
  // Chromium's own picture of a camera: a turning disc.
  before(async () => (browser = await launch({ flags: ["--use-fake-device-for-media-stream"] })));
  after(() => browser?.close());

  test("shows a preview, takes a photo, and is given back", async () => {
    const { context, page, requests, complaints } = await open(browser, { permissions: ["camera"] });
    await untilState(page);
    requests.length = 0;
    await page.evaluate(() => {
      globalThis.streams = [];
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await ask(wanted);
        globalThis.streams.push(stream);
        return stream;
      };
    });
    const states = () => page.evaluate(() => globalThis.streams.map((stream) => stream.getTracks()[0].readyState));

    await page.locator("#drop-zone [data-camera]").focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("#camera-shoot:enabled");
    assert.ok(await page.locator("#camera-video").evaluate((video) => video.videoWidth > 0 && !video.paused));
    assert.deepEqual(await states(), ["live"]);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#camera").isVisible(), false);
    assert.deepEqual(await states(), ["ended"], "its light goes out");
    assert.ok(await page.evaluate(() => document.activeElement.matches("[data-camera]")), "focus goes back");

    await page.keyboard.press("Enter");
    await page.waitForSelector("#camera-shoot:enabled");
    assert.ok(await page.evaluate(() => document.activeElement.id === "camera-shoot"));
    await page.keyboard.press("Enter");
    await untilCaption(page);
    assert.deepEqual(await states(), ["ended", "ended"]);
    assert.ok(await page.locator("#photo-image").evaluate((image) => image.naturalWidth > 100));
    const parts = ["page/camera.js", "page/live-captions.js", "page/texts/files/en.js", "captioner/picture.js"];
    assert.deepEqual(outside(requests).sort(), parts.map((part) => SITE + part).sort(), "nothing but the dialogue");
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test("a refusal is told, and how to go on", async () => {
    const { context, page } = await open(browser);
    await untilState(page);
    await page.click("#drop-zone [data-camera]");
    assert.match(await untilProblem(page), /did not allow this page to use the camera.*choose a file/);
    assert.equal(await page.locator("#camera").isVisible(), false);
    await choose(page, await sample("cat"));
    assert.ok((await untilCaption(page)).length > 0);
    assert.equal(await page.locator("#problem").isVisible(), false);
    await context.close();
  });
});

describe("without a camera", () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  test("the page says that there is none", async () => {
    const { context, page } = await open(browser, { permissions: ["camera"] });
    await untilState(page);
    await page.click("#drop-zone [data-camera]");
    assert.match(await untilProblem(page), /no camera here/);
    await context.close();
  });

  test("a page that gets no camera asks the device for a photo", async () => {
    const { context, page } = await open(browser, {
      prepare: (context) =>
        context.addInitScript(() => {
          Object.defineProperty(navigator, "mediaDevices", { value: undefined });
        }),
    });
    const chosen = page.waitForEvent("filechooser");
    await untilState(page);
    await page.click("#drop-zone [data-camera]");
    const chooser = await chosen;
    assert.equal(await chooser.element().getAttribute("capture"), "environment");
    await chooser.setFiles(await sample("cat"));
    assert.ok((await untilCaption(page)).length > 0);
    await context.close();
  });
});

describe("an address", () => {
  /** Sites that stand for others: what they answer to a request. */
  const SITES = {
    "https://open.example/photos/a%20cat.jpg": async () => ({
      headers: { "access-control-allow-origin": "*" },
      contentType: "image/jpeg",
      body: (await sample("cat")).buffer,
    }),
    "https://closed.example/cat.jpg": async () => ({
      // Without any such header the test's own network would add one that allows all.
      headers: { "access-control-allow-origin": "https://friend.example" },
      contentType: "image/jpeg",
      body: (await sample("cat")).buffer,
    }),
    "https://open.example/page": async () => ({
      headers: { "access-control-allow-origin": "*" },
      contentType: "text/html",
      body: "<p>a page",
    }),
    "https://open.example/gone.jpg": async () => ({ headers: { "access-control-allow-origin": "*" }, status: 404 }),
  };

  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  /** A page, and what was asked of other sites. */
  async function openWithSites() {
    const asked = [];
    const opened = await open(browser, {
      prepare: (context) =>
        context.route(/^https:/, async (route) => {
          const request = route.request();
          asked.push({ address: request.url(), method: request.method(), headers: await request.allHeaders() });
          const answer = SITES[request.url()];
          await (answer ? route.fulfill(await answer()) : route.abort());
        }),
    });
    await untilState(opened.page);
    return { ...opened, asked };
  }

  async function enter(page, address) {
    await page.getByLabel("Address of the photo").fill(address);
    await page.keyboard.press("Enter");
  }

  test("a site that allows it gives the photo, and learns nothing else", async () => {
    const { context, page, requests, asked, complaints } = await openWithSites();
    requests.length = 0;
    await choose(page, await sample("cat"));
    const caption = await untilCaption(page);
    await page.locator("#actions [data-address]").click();
    await enter(page, "https://open.example/photos/a%20cat.jpg");
    await page.waitForSelector("#address", { state: "hidden" });
    assert.equal(await untilCaption(page), caption, "the same photo by another way");
    assert.deepEqual(
      outside(requests),
      [`${SITE}page/photo-address.js`, `${SITE}page/texts/files/en.js`, "https://open.example/photos/a%20cat.jpg"],
      "the dialogue, and one request, by the visitor",
    );
    const [{ method, headers }] = asked;
    assert.equal(method, "GET");
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.referer, undefined);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  for (const [address, says] of [
    [
      "https://closed.example/cat.jpg",
      /closed\.example .*does not let other pages read its photos \(CORS\)\. Save the photo/,
    ],
    ["https://nowhere.example/cat.jpg", /nowhere\.example did not answer/],
    ["https://open.example/gone.jpg", /open\.example answered 404/],
    ["https://open.example/page", /open\.example sent is not a photo/],
    ["http://open.example/photos/cat.jpg", /begin with https/],
    ["file:///etc/passwd", /begin with https/],
    ["no address", /begin with https/],
  ]) {
    test(`${address} is refused with a reason, and another address works`, async () => {
      const { context, page, requests } = await openWithSites();
      requests.length = 0;
      await page.locator("#drop-zone [data-address]").click();
      await enter(page, address);
      await page.waitForFunction(() => document.getElementById("address-problem").textContent);
      assert.match(await page.locator("#address-problem").textContent(), says);
      const allowed = address.startsWith("https:") ? [address] : [];
      assert.deepEqual(outside(requests), [
        `${SITE}page/photo-address.js`,
        `${SITE}page/texts/files/en.js`,
        ...allowed,
      ]);
      await enter(page, "https://open.example/photos/a%20cat.jpg");
      assert.ok((await untilCaption(page)).length > 0);
      await context.close();
    });
  }

  test("the page's own site needs no https", async () => {
    const { context, page } = await openWithSites();
    await page.locator("#drop-zone [data-address]").click();
    await enter(page, `${SITE}samples/moose.jpg`);
    assert.ok((await untilCaption(page)).length > 0);
    await context.close();
  });
});
