// A browser, and the page in it, watched for everything that it asks for and complains of.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { chromium, firefox } from "playwright-core";

/** Where the built page is served. */
export const SITE = siteAddress();

/** Time for what normally takes a second or two; the machine may be busy. */
export const PATIENCE = 60_000;

/** Chromium's options of every test. */
export const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function siteAddress() {
  const address = process.env.GLIMPSE_SITE_URL;
  if (!address) {
    throw new Error("GLIMPSE_SITE_URL is not set; `cargo xtask test` sets it");
  }
  return address.endsWith("/") ? address : `${address}/`;
}

/** The Chromium of the system; the one of Playwright where there is none. */
export function chromiumPath() {
  const usual = "/usr/bin/chromium";
  return process.env.CHROMIUM ?? (existsSync(usual) ? usual : undefined);
}

/**
 * Starts a browser with a fresh profile. `webgpu` gives it a software adapter where the machine has no GPU,
 * `flags` are further ones of Chromium.
 */
export function launch({ webgpu = false, flags = [] } = {}) {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [...FLAGS, ...(webgpu ? ["--enable-unsafe-webgpu"] : []), ...flags],
  });
}

/**
 * Starts the Firefox that `FIREFOX` names, with a fresh profile. It is an ordinary one, as visitors have it, and driven by
 * WebDriver BiDi; Playwright newer than 1.64 asks for emulations that Firefox 153 (ESR) does not know.
 */
export function launchFirefox() {
  return firefox.launch({ channel: "moz-firefox", executablePath: process.env.FIREFOX });
}

/**
 * Opens the page in a context of its own. `requests` collects every address that the page or its worker asks for,
 * `complaints` every error in the console, uncaught error and violation of the content security policy.
 * `prepare(context)` runs before the page is opened. The service worker would answer in place of the network that a test
 * stands for, so that only tests of it allow it.
 */
export async function open(browser, { query = "", address = SITE, prepare, ...options } = {}) {
  const context = await browser.newContext({ serviceWorkers: "block", ...options });
  context.setDefaultTimeout(PATIENCE);
  const requests = [];
  const complaints = [];
  context.on("request", (request) => requests.push(request.url()));
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") {
      complaints.push(message.text());
    }
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`violates the policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await prepare?.(context);
  const page = await context.newPage();
  await page.goto(address + query);
  return { context, page, requests, complaints };
}

/** Lets a test put other files in place of the page's own, whose sums it would compare. */
export function withoutSums(context) {
  return context.route("**/assets.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: 'export const VERSION = "test"; export const ASSETS = {};' }),
  );
}

/** Waits until the page is in one of the states. */
export async function untilState(page, states = "ready", timeout = PATIENCE) {
  const selector = [states]
    .flat()
    .map((state) => `#app[data-state="${state}"]`)
    .join(", ");
  await page.waitForSelector(selector, { timeout });
}

/** Waits for the caption of the photo in view, and returns it as it reads. */
export async function untilCaption(page, timeout = PATIENCE) {
  await page.waitForSelector("#facts:visible", { timeout });
  return (await page.locator("#words .word-text").allTextContents()).join(" ");
}

/** Waits for the page's error message, and returns it. */
export async function untilProblem(page) {
  await page.waitForSelector("#problem:visible");
  return page.locator("#problem-text").textContent();
}

/** A sample photo as a file to choose. */
export async function sample(name) {
  const file = new URL(`../../../www/samples/${name}.jpg`, import.meta.url);
  return { name: `${name}.jpg`, mimeType: "image/jpeg", buffer: await readFile(file) };
}

export const SAMPLES = ["astronaut", "polar-bear", "moose", "pagoda", "cat", "coffee"];

/** Chooses a file, or several, as the file dialogue would. */
export function choose(page, files) {
  return page.setInputFiles("#file", files);
}

/** A DataTransfer in the page that holds the files. */
function transfer(page, files) {
  return page.evaluateHandle(
    (files) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      return data;
    },
    files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, base64: buffer.toString("base64") })),
  );
}

/** Drags files over the page and drops them. */
export async function drop(page, ...files) {
  const dataTransfer = await transfer(page, files);
  for (const event of ["dragenter", "dragover", "drop"]) {
    await page.dispatchEvent("body", event, { dataTransfer });
  }
}

/** Pastes a file. */
export async function paste(page, file) {
  const data = await transfer(page, [file]);
  await page.evaluate((clipboardData) => {
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  }, data);
}

/** The pixels of the map over the photo, summed up: how many are visible, and a number that tells maps apart. */
export function readMap(page) {
  return page.evaluate(() => {
    const canvas = document.getElementById("attention");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let visible = 0;
    let print = 0;
    for (let place = 3; place < data.length; place += 4) {
      visible += data[place] > 0 ? 1 : 0;
      print = (print * 31 + data[place]) % 4294967291;
    }
    const shown = document.getElementById("photo").classList.contains("looking");
    return { visible, print, shown };
  });
}

/** The addresses that are neither of the page's own scripts nor of what it holds itself. */
export function beyondScripts(requests) {
  const own = ["blob:", "data:", `${SITE}page/`, `${SITE}shared/`];
  return requests.filter((address) => !own.some((start) => address.startsWith(start)));
}
