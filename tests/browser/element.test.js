// <glimpse-captioner> in a page of somebody else's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { violations } from "./support/axe.js";
import { launch, sample } from "./support/browser.js";
import { openEmbedded, shown, untilEvent } from "./support/element-page.js";
import { giveVoices, said, VOICES } from "./support/voices.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const embed = (body, options) => openEmbedded(browser, body, options);

test("one line and one element: a caption, its words, and the map of the word that is pointed at", async () => {
  const { context, page, element, complaints } = await embed(
    '<glimpse-captioner src="samples/cat.jpg"></glimpse-captioner>',
  );
  const { text, words } = await untilEvent(page, "caption");
  assert.ok(text.split(" ").length >= 3);
  const told = await page.evaluate(() =>
    globalThis.events.filter(({ type }) => type === "word").map(({ detail }) => detail.text),
  );
  assert.deepEqual(
    told,
    words.map((word) => word.text),
  );
  const { loaded, total } = await untilEvent(page, "progress");
  assert.ok(loaded >= 0 && (total === null || total >= loaded));
  assert.equal((await shown(element, "word").allTextContents()).length, words.length);
  assert.equal(await shown(element, "picture").getAttribute("aria-label"), text);

  await shown(element, "word").nth(1).hover();
  const map = await shown(element, "map").evaluate((canvas) => ({
    opacity: getComputedStyle(canvas.parentElement).getPropertyValue("opacity"),
    looking: canvas.parentElement.classList.contains("looking"),
    visible: canvas
      .getContext("2d")
      .getImageData(0, 0, canvas.width, canvas.height)
      .data.filter((value, place) => place % 4 === 3 && value > 0).length,
  }));
  assert.ok(map.looking && map.visible > 0, JSON.stringify(map));
  assert.deepEqual(await shown(element, "map").boundingBox(), await shown(element, "picture").boundingBox());
  assert.deepEqual(complaints, []);
  await context.close();
});

test("nothing is downloaded before the photo scrolls into view", async () => {
  const { context, page, requests } = await embed(
    '<p style="height: 300vh">Much text.</p><glimpse-captioner src="samples/cat.jpg"></glimpse-captioner>',
  );
  await page.waitForFunction(() => customElements.get("glimpse-captioner"));
  await page.waitForTimeout(500);
  assert.ok(!requests.some((address) => /\.(wasm|safetensors|jpg)$/.test(address)), requests.join("\n"));
  await page.locator("glimpse-captioner").scrollIntoViewIfNeeded();
  await untilEvent(page, "caption");
  assert.ok(requests.some((address) => address.endsWith("samples/cat.jpg")));
  await context.close();
});

test("loading=manual waits for the visitor, loading=eager for nobody", async () => {
  const { context, page, element, requests } = await embed(
    '<glimpse-captioner src="samples/cat.jpg" loading="manual"></glimpse-captioner>',
  );
  await page.waitForTimeout(500);
  assert.ok(!requests.some((address) => /\.(wasm|safetensors|jpg)$/.test(address)));
  await shown(element, "start").click();
  await untilEvent(page, "caption");
  await context.close();

  const eager = await embed(
    '<p style="height: 300vh">Much text.</p><glimpse-captioner src="samples/cat.jpg" loading="eager"></glimpse-captioner>',
  );
  await untilEvent(eager.page, "caption");
  await eager.context.close();
});

test("for= captions an image of the page, lays maps over it, and suggests its alt text without setting it", async () => {
  const { context, page, element } = await embed(
    '<img id="photo" src="samples/moose.jpg" width="400" alt=""><glimpse-captioner for="photo"></glimpse-captioner>',
  );
  const { text } = await untilEvent(page, "caption");
  assert.equal(await page.locator("#photo").getAttribute("alt"), "", "nothing is set unasked");
  assert.equal(await shown(element, "suggestion-text").inputValue(), text);
  await shown(element, "word").nth(1).hover();
  const overlay = element.locator("canvas.outside");
  assert.deepEqual(await overlay.boundingBox(), await page.locator("#photo").boundingBox());
  await shown(element, "suggestion-text").fill("A moose, as a person sees it");
  await shown(element, "accept").click();
  assert.equal(await page.locator("#photo").getAttribute("alt"), "A moose, as a person sees it");
  assert.equal((await untilEvent(page, "alt")).text, "A moose, as a person sees it");
  await context.close();
});

test("a person's alternative text is not overwritten when the maps are shown otherwise", async () => {
  const { context, page, element, complaints } = await embed(
    '<img id="photo" src="samples/moose.jpg" width="400" alt=""><glimpse-captioner for="photo" apply-alt></glimpse-captioner>',
  );
  await untilEvent(page, "caption");
  await untilEvent(page, "alt");
  await page.evaluate(() => (document.getElementById("photo").alt = "a person's"));
  await element.evaluate((node) => (node.attention = "grid"));
  assert.equal(await page.locator("#photo").getAttribute("alt"), "a person's");
  await shown(element, "word").first().click();
  assert.equal(await page.evaluate(() => globalThis.events.filter(({ type }) => type === "alt").length), 1);
  assert.deepEqual(complaints, [], "a click on a word throws nothing");
  await context.close();
});

test("a slow photo that was given up is not drawn over the next one", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const { context, page, element } = await embed('<glimpse-captioner src="samples/slow.jpg"></glimpse-captioner>', {
    prepare: (context) =>
      context.route("**/samples/slow.jpg", async (route) => {
        await held;
        await route
          .fulfill({ path: fileURLToPath(new URL("../../www/samples/moose.jpg", import.meta.url)) })
          .catch(() => {});
      }),
  });
  await page.waitForFunction(() => customElements.get("glimpse-captioner"));
  await element.evaluate((node) => (node.src = "samples/cat.jpg"));
  const { text } = await untilEvent(page, "caption");
  const drawn = () => shown(element, "picture").evaluate((canvas) => canvas.toDataURL());
  const cat = await drawn();
  release();
  await page.waitForTimeout(1000);
  assert.equal(await drawn(), cat);
  assert.equal(await element.evaluate((node) => node.text), text);
  await context.close();
});

test("another model while one loads: the newer is used, and nothing is called an error", async () => {
  const { context, page, element, requests } = await embed(
    '<glimpse-captioner src="samples/cat.jpg" model="models/slow.safetensors"></glimpse-captioner>',
    { prepare: (context) => context.route("**/models/slow.safetensors", () => {}) },
  );
  await page.waitForFunction(() => customElements.get("glimpse-captioner"));
  await element.evaluate((node) => (node.model = "models/glimpse.safetensors"));
  await untilEvent(page, "caption");
  assert.ok(requests.some((address) => address.endsWith("models/glimpse.safetensors")));
  assert.equal(await page.evaluate(() => globalThis.events.filter(({ type }) => type === "error").length), 0);
  await context.close();
});

test("apply-alt sets it, because the page asked", async () => {
  const { context, page } = await embed(
    '<img id="photo" src="samples/moose.jpg" width="400" alt=""><glimpse-captioner for="photo" apply-alt></glimpse-captioner>',
  );
  const { text } = await untilEvent(page, "caption");
  await untilEvent(page, "alt");
  assert.equal(await page.locator("#photo").getAttribute("alt"), text);
  await context.close();
});

test("attributes and properties mirror each other, and a new photo replaces the old", async () => {
  const { context, page, element } = await embed(
    '<glimpse-captioner src="samples/cat.jpg" beams="2"></glimpse-captioner>',
  );
  const first = await untilEvent(page, "caption");
  const mirrored = await element.evaluate((node) => {
    const before = { src: node.src, beams: node.beams, speak: node.speak, loading: node.loading };
    node.attention = "grid";
    node.speak = false;
    node.lang = "ko";
    return { before, attention: node.getAttribute("attention"), speak: node.hasAttribute("speak"), text: node.text };
  });
  assert.deepEqual(mirrored.before, { src: "samples/cat.jpg", beams: 2, speak: false, loading: "" });
  assert.equal(mirrored.attention, "grid");
  assert.equal(mirrored.speak, false);
  assert.equal(mirrored.text, first.text);
  assert.equal(await element.locator(".cell").count(), first.words.length, "the grid shows at once");
  assert.match(await shown(element, "words").or(shown(element, "caption")).first().getAttribute("lang"), /en/);
  await element.evaluate((node) => (node.src = "samples/pagoda.jpg"));
  const second = await untilEvent(page, "caption", 1);
  assert.notEqual(second.text, first.text);
  await context.close();
});

test("attention=off shows plain text; slots and parts are the page's", async () => {
  const { context, page, element } =
    await embed(`<style>glimpse-captioner::part(caption) { color: rgb(1, 2, 3); }</style>
    <glimpse-captioner src="samples/cat.jpg" attention="off"><b>Mine</b><button slot="actions">Also mine</button></glimpse-captioner>`);
  const { text } = await untilEvent(page, "caption");
  assert.equal(await shown(element, "caption").textContent(), text);
  assert.equal(await shown(element, "word").count(), 0);
  assert.equal(await shown(element, "caption").evaluate((node) => getComputedStyle(node).color), "rgb(1, 2, 3)");
  assert.ok(await page.getByText("Also mine").isVisible());
  assert.ok(await page.getByText("Mine", { exact: true }).isVisible());
  await context.close();
});

test("a photo that is none is told, by a message and an event, and another try works", async () => {
  const { context, page, element } = await embed('<glimpse-captioner src="icon.svg.missing"></glimpse-captioner>');
  const { message } = await untilEvent(page, "error");
  assert.match(message, /404/);
  assert.ok(await element.getByRole("alert").isVisible());
  await element.evaluate((node) => (node.src = "samples/cat.jpg"));
  await untilEvent(page, "caption");
  assert.equal(await element.getByRole("alert").isVisible(), false);
  await context.close();
});

test("what is no address is told like any other photo that is none", async () => {
  const { context, page, element } = await embed('<glimpse-captioner src="http://"></glimpse-captioner>');
  const { message } = await untilEvent(page, "error");
  assert.match(message, /“http:\/\/” is no address/);
  assert.equal(await shown(element, "error").textContent(), message);
  await context.close();
});

test("speak reads the first caption aloud, and another photo silences it", async () => {
  const { context, page, element } = await embed(
    '<glimpse-captioner src="samples/cat.jpg" speak></glimpse-captioner>',
    {
      prepare: (context) => giveVoices(context, VOICES),
    },
  );
  const { text } = await untilEvent(page, "caption");
  assert.deepEqual(
    (await said(page)).filter((each) => each !== "silence"),
    [{ text, voice: "sam", rate: 1 }],
  );
  await element.getByRole("button", { name: "Read aloud" }).waitFor();
  await element.evaluate((captioner) => (captioner.src = "samples/moose.jpg"));
  assert.equal((await said(page)).at(-1), "silence");
  await context.close();
});

test("for= with attention=grid draws every word's map over a small copy of the image", async () => {
  const { context, page, element } = await embed(
    '<img id="cat" src="samples/cat.jpg" alt="" width="300"><glimpse-captioner for="cat" attention="grid"></glimpse-captioner>',
  );
  const { words } = await untilEvent(page, "caption");
  const cells = element.locator(".cell");
  assert.equal(await cells.count(), words.length);
  const drawn = await cells
    .first()
    .locator("canvas")
    .first()
    .evaluate((canvas) =>
      canvas
        .getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value, place) => place % 4 !== 3 && value > 0),
    );
  assert.ok(drawn);
  await context.close();
});

test("a word that is clicked again shows its map no more", async () => {
  const { context, page, element } = await embed('<glimpse-captioner src="samples/cat.jpg"></glimpse-captioner>');
  await untilEvent(page, "caption");
  const word = shown(element, "word").nth(1);
  const isLooking = () => shown(element, "photo").evaluate((figure) => figure.classList.contains("looking"));
  await word.dispatchEvent("pointerdown");
  await word.dispatchEvent("click", { detail: 1 });
  assert.deepEqual([await word.getAttribute("aria-pressed"), await isLooking()], ["true", true]);
  await word.dispatchEvent("pointerdown");
  await word.dispatchEvent("click", { detail: 1 });
  assert.deepEqual([await word.getAttribute("aria-pressed"), await isLooking()], ["false", false]);
  await context.close();
});

test("what a page says before the element's file has arrived is heard", async () => {
  const { context, page, element } = await embed("<glimpse-captioner></glimpse-captioner>", {
    prepare: (context) =>
      context.addInitScript(() => {
        document.addEventListener("readystatechange", () => {
          const captioner = document.querySelector("glimpse-captioner");
          if (captioner && !customElements.get("glimpse-captioner")) {
            captioner.src = "samples/cat.jpg";
          }
        });
      }),
  });
  await untilEvent(page, "caption");
  assert.equal(await element.getAttribute("src"), "samples/cat.jpg");
  await context.close();
});

test("without src the visitor chooses a photo; an element that is removed ends its work", async () => {
  const { context, page, element, requests } = await embed("<glimpse-captioner></glimpse-captioner>");
  await element.locator("input[type=file]").setInputFiles(await sample("coffee"));
  const { text } = await untilEvent(page, "caption");
  assert.ok(text.length > 0);
  const sent = requests.length;
  const outcome = await element.evaluate(async (node) => {
    const again = node.caption().then(
      () => "captioned",
      (error) => error.name,
    );
    node.remove();
    return again;
  });
  assert.equal(outcome, "AbortError");
  assert.equal(requests.length, sent);
  await context.close();
});

test("the interface speaks English, Korean and Chinese", async () => {
  const { context, page } = await embed(
    ["en", "ko-KR", "zh-CN", "fr"]
      .map((lang) => `<glimpse-captioner lang="${lang}" src="samples/cat.jpg" loading="manual"></glimpse-captioner>`)
      .join(""),
  );
  const labels = await page.locator('glimpse-captioner [part~="start"]').allTextContents();
  assert.deepEqual(labels, ["Caption this photo", "이 사진 설명하기", "描述这张照片", "Caption this photo"]);
  await context.close();
});

test("works under a policy of a page that allows itself only", async () => {
  const { context, page, complaints } = await embed(
    '<glimpse-captioner src="samples/cat.jpg" attention="grid"></glimpse-captioner>',
    {
      headers: { "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" },
    },
  );
  await untilEvent(page, "caption");
  assert.deepEqual(complaints, []);
  await context.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe-core finds nothing serious (${colorScheme}), and the keyboard reaches everything`, async () => {
    const { context, page, element } = await embed(
      `<main><h1>Photos</h1><img id="photo" src="samples/cat.jpg" width="300" alt="">
        <glimpse-captioner for="photo"></glimpse-captioner>
        <glimpse-captioner src="samples/moose.jpg" attention="grid"></glimpse-captioner>
        <glimpse-captioner src="missing.jpg"></glimpse-captioner></main>`,
      { colorScheme, reducedMotion: "reduce", viewport: { width: 360, height: 2000 } },
    );
    await untilEvent(page, "caption", 1);
    await untilEvent(page, "error");
    await shown(element, "word").nth(1).hover();
    assert.deepEqual(await violations(page), []);

    const stops = new Set();
    await page.locator("h1").click();
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press("Tab");
      stops.add(
        await page.evaluate(() => {
          const inner = document.activeElement.shadowRoot?.activeElement;
          const { outlineStyle } = inner ? getComputedStyle(inner) : {};
          return `${inner?.getAttribute("part")} ${outlineStyle}`;
        }),
      );
    }
    for (const part of ["word", "suggestion-text", "button accept", "button retry"]) {
      assert.ok(stops.has(`${part} solid`), `${part} is reached, and its focus seen: ${[...stops].join("; ")}`);
    }
    await context.close();
  });
}
