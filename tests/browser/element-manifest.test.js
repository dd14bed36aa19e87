// custom-elements.json: what editors, catalogues and the frameworks' types know of the element, held against the documentation
// and the running element.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { launch, SITE } from "./support/browser.js";
import { install } from "./support/package.js";

const names = (list) => list.map(({ name }) => name).sort();

let app, browser, element, page;
before(async () => {
  app = await install();
  const text = await readFile(path.join(app.installed, "custom-elements.json"), "utf8");
  const declarations = JSON.parse(text).modules.flatMap((module) => module.declarations);
  [element] = declarations;
  assert.equal(declarations.length, 1);
  const embedding = await readFile(new URL("../../docs/embedding.md", import.meta.url), "utf8");
  const end = embedding.indexOf("## Plain HTML");
  page = embedding.slice(embedding.indexOf("## One line"), end);
  assert.ok(end > 0);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await app?.remove();
});

/** What stands in backticks in a passage of the documentation. */
const quoted = (text) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

/** The first cells of a table's rows, given its heading. */
function firstCells(heading) {
  const lines = page.slice(page.indexOf(heading)).split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end).map((line) => quoted(line.split("|")[1]));
}

/** The rest of the sentence that begins so. */
function sentence(beginning) {
  const text = page.replaceAll(/\s+/g, " ");
  const start = text.indexOf(beginning);
  assert.ok(start >= 0, beginning);
  return text.slice(start + beginning.length).split(". ")[0];
}

test("it has what the documentation has", () => {
  assert.equal(element.tagName, "glimpse-captioner");
  const attributes = firstCells("| attribute, and property |").flat();
  const known = element.attributes.flatMap(({ name, fieldName }) => (name === "lang" ? [name] : [name, fieldName]));
  assert.deepEqual(new Set(attributes), new Set(known));
  const members = firstCells("| method, property |")
    .flat()
    .map((name) => name.replace("(source)", ""));
  const own = element.members.filter(({ attribute }) => !attribute);
  assert.deepEqual(members.sort(), names(own));
  assert.deepEqual(firstCells("| event (none bubbles) |").flat().sort(), names(element.events));
  assert.deepEqual(quoted(sentence("Parts for `::part()`:")).sort(), names(element.cssParts));
  assert.deepEqual(quoted(sentence("Custom properties:")).sort(), names(element.cssProperties));
  assert.deepEqual(quoted(sentence("States for `:state()`:")).sort(), names(element.cssStates));
  assert.deepEqual(names(element.slots), ["", "actions"]);
  for (const part of [...element.attributes, ...element.members, ...element.events, ...element.cssParts]) {
    assert.ok(part.description, part.name);
  }
});

test("it has what the running element has", async () => {
  const tab = await browser.newPage();
  await tab.goto(SITE);
  const found = await tab.evaluate(async () => {
    const { GlimpseCaptioner } = await import("./element.js");
    const element = new GlimpseCaptioner();
    element.src = new URL("samples/polar-bear.jpg", document.baseURI).href;
    element.loading = "manual";
    const states = [];
    const note = () =>
      states.push(...["loading", "captioned", "unsure", "error"].filter((name) => element.matches(`:state(${name})`)));
    document.body.append(element);
    element.attention = "grid";
    element.minConfidence = 1.1;
    const caption = element.caption();
    note();
    await caption;
    note();
    const all = (selector) => [...element.shadowRoot.querySelectorAll(selector)];
    const parts = all("[part]").flatMap((node) => node.part.value.split(" "));
    element.src = "no-such-photo.jpg";
    await element.caption().catch(() => {});
    note();
    return {
      observed: GlimpseCaptioner.observedAttributes,
      fields: Object.getOwnPropertyNames(Object.getPrototypeOf(GlimpseCaptioner.prototype)),
      own: [...Object.getOwnPropertyNames(GlimpseCaptioner.prototype), ...Object.keys(element)],
      slots: all("slot").map((slot) => slot.name),
      parts,
      properties: [...element.shadowRoot.adoptedStyleSheets[0].cssRules].flatMap(({ style }) => [...(style ?? [])]),
      states,
    };
  });
  // What changes nothing that is on show is not observed.
  const observed = names(element.attributes).filter((name) => !["speak", "apply-alt"].includes(name));
  assert.deepEqual(found.observed.toSorted(), observed);
  const fields = element.attributes.filter(({ name }) => name !== "lang").map(({ fieldName }) => fieldName);
  assert.deepEqual(new Set(found.fields), new Set(["constructor", ...fields]));
  const callbacks = [
    "constructor",
    "connectedCallback",
    "disconnectedCallback",
    "adoptedCallback",
    "attributeChangedCallback",
  ];
  const own = element.members.filter(({ attribute }) => !attribute);
  assert.deepEqual(new Set(found.own), new Set([...callbacks, ...names(own)]));
  assert.deepEqual(found.slots.toSorted(), names(element.slots));
  // Whether a word of this caption is unsure is the model's affair.
  assert.deepEqual(new Set([...found.parts, "unsure"]), new Set(names(element.cssParts)));
  const properties = found.properties.filter((name) => name.startsWith("--glimpse"));
  assert.deepEqual(new Set(properties), new Set(names(element.cssProperties)));
  assert.deepEqual(found.states, ["loading", "captioned", "unsure", "error"]);
  await tab.close();
});
