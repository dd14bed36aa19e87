// Chromium with the browser extension, and ways to use it as a visitor does.
//
// No program can open a context menu or click beside the page. The button is pressed by DevTools (`Extensions.triggerAction`),
// which gives the extension the same right to the tab as a click; an entry of the menu is chosen by sending the event that
// Chromium would send to the extension's own listeners, in a tab where the button was pressed before.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { chromium } from "playwright-core";

import { chromiumPath, FLAGS, PATIENCE } from "./browser.js";
import { startProxy } from "./proxy.js";

/** The folders that `cargo xtask extension` made. */
export function extensionFolder(browser) {
  const folder = process.env.GLIMPSE_EXTENSION;
  if (!folder) {
    throw new Error("GLIMPSE_EXTENSION is not set; `cargo xtask test` sets it");
  }
  return path.join(folder, browser);
}

/** Starts Chromium with the extension and a fresh profile. `asked` collects every request that leaves the browser. */
export async function launchWithExtension() {
  const profile = await mkdtemp(path.join(tmpdir(), "glimpse-profile-"));
  const proxy = await startProxy();
  const folder = extensionFolder("chromium");
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    ignoreDefaultArgs: ["--disable-extensions", "--headless"],
    viewport: { width: 1000, height: 700 },
    args: [
      ...FLAGS,
      `--proxy-server=${proxy.address}`,
      // Requests to this computer, too.
      "--proxy-bypass-list=<-loopback>",
      `--disable-extensions-except=${folder}`,
      `--load-extension=${folder}`,
      "--enable-unsafe-extension-debugging",
    ],
  });
  context.setDefaultTimeout(PATIENCE);
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  // An event that comes before is lost.
  await worker.evaluate(async () => {
    while (self.registration.active?.state !== "activated") {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  const devTools = await context.browser().newBrowserCDPSession();
  const id = new URL(worker.url()).host;

  /** Presses the extension's button, with the page in front. */
  async function press(page) {
    await page.bringToFront();
    const { targetInfos } = await devTools.send("Target.getTargets", { filter: [{ type: "tab" }] });
    const { targetId } = targetInfos.find(({ url }) => url === page.url());
    await devTools.send("Extensions.triggerAction", { id, targetId });
  }

  /** Chooses an entry of the menu, in a tab where the button was pressed. */
  async function choose(page, menuItemId, details = {}) {
    await page.bringToFront();
    const service = context.serviceWorkers().find((each) => each.url() === worker.url());
    await service.evaluate(
      async ({ menuItemId, details }) => {
        const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
        chrome.contextMenus.onClicked.dispatch({ menuItemId, frameId: 0, ...details }, tab);
      },
      { menuItemId, details },
    );
  }

  const close = async () => {
    await context.close();
    await proxy.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { context, worker, id, asked: proxy.asked, press, choose, close };
}

/**
 * The extension's panel in a page, as a screen reader is told of it: a closed shadow tree is not for scripts. `null` where
 * there is none. `texts` are what can be read in it, `status` what is announced, `buttons` its buttons' names.
 */
export async function readPanel(page) {
  const nodes = await accessibilityTree(page);
  const dialog = nodes.findLast(({ role, name }) => role === "dialog" && /picture/.test(name));
  if (!dialog) {
    return null;
  }
  const inside = below(nodes, dialog);
  const status = inside.find(({ role }) => role === "status");
  const spoken = status ? below(nodes, status) : [];
  const textsOf = (found) => found.filter(({ role }) => role === "StaticText").map(({ name }) => name);
  return {
    heading: dialog.name,
    texts: textsOf(inside.filter((node) => !spoken.includes(node))),
    status: textsOf(spoken).join(" "),
    buttons: inside.filter(({ role }) => role === "button").map(({ name }) => name),
    isFocused: dialog.focused,
  };
}

/** Waits until the panel is as wanted, and returns it. */
export async function untilPanel(page, isWanted) {
  const until = Date.now() + PATIENCE;
  let panel = null;
  while (Date.now() < until) {
    panel = await readPanel(page);
    if (isWanted(panel)) {
      return panel;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the panel stayed ${JSON.stringify(panel)}`);
}

/** Clicks one of the panel's buttons with the mouse. */
export async function clickInPanel(page, name) {
  const session = await page.context().newCDPSession(page);
  const button = (await accessibilityTree(page)).find((node) => node.role === "button" && node.name === name);
  const { model } = await session.send("DOM.getBoxModel", { backendNodeId: button.element });
  await session.detach();
  const [left, top, , , right, bottom] = model.border;
  await page.mouse.click((left + right) / 2, (top + bottom) / 2);
}

async function accessibilityTree(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("DOM.enable");
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  return nodes.map(({ nodeId, ignored, childIds = [], backendDOMNodeId, role, name, properties = [] }) => ({
    id: nodeId,
    children: childIds,
    element: backendDOMNodeId,
    role: ignored ? null : role?.value,
    name: name?.value ?? "",
    focused: properties.some((each) => each.name === "focused" && each.value.value === true),
  }));
}

function below(nodes, root) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = [];
  const visit = (node) => {
    for (const child of node.children.map((id) => byId.get(id)).filter(Boolean)) {
      found.push(child);
      visit(child);
    }
  };
  visit(root);
  return found;
}
