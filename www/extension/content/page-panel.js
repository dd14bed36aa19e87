// How far the description of a page is, and what came of it.

import { make } from "../../shared/make.js";
import { said } from "../said.js";
import { PageRun } from "./page-run.js";
import { button, Panel } from "./panel.js";
import { allowing } from "./picture-panel.js";
import { closedFrames } from "./trees.js";
import { counted } from "./wording.js";

/** @import { Result } from "./page-run.js" */

/** While pictures are described, who hears the page is told how far it is so often. */
const TOLD = 10_000;

/** @type {Panel | null} */
let panel = null;
let told = 0;

const run = new PageRun({
  onProgress: showProgress,
  onResult: showResult,
  clearView: async () => panel?.hidden(),
});

/** Describes the page's undescribed pictures. */
export async function describePage() {
  shown();
  told = 0;
  await run.start();
}

/** Takes back all descriptions. */
export function undoPage() {
  const text = counted("undone", run.undo());
  shown().show(
    text,
    make(
      "p",
      { class: "buttons" },
      button("describePage", () => describePage()),
    ),
  );
  shown().say(text);
}

function shown() {
  panel ??= new Panel({ heading: said("describePage"), onClose: () => (panel = null) });
  return panel;
}

/**
 * @param {number} done
 * @param {number} found
 */
function showProgress(done, found) {
  if (!panel) {
    return;
  }
  const text = done === 0 ? counted("describing", found) : said("progress", done, found);
  panel.show(
    text,
    make("progress", { max: String(found), value: String(done), "aria-label": said("describePage") }),
    make(
      "p",
      { class: "buttons" },
      button("stop", () => run.stop()),
    ),
  );
  if (Date.now() - told > TOLD) {
    told = Date.now();
    panel.say(text);
  }
}

/**
 * @param {Result} result
 * @param {boolean} isFirst
 */
function showResult(result, isFirst) {
  const sentences = sentencesOn(result, isFirst);
  // What comes later is told without a window that nobody asked for: a panel that was closed stays so.
  if (!panel && !isFirst) {
    return;
  }
  const reasons = [...result.failed].map(([reason, count]) => make("li", {}, `${reason} (${count})`));
  const mayHelp = result.failed.has(said("otherSite"));
  const undo = result.described > 0 ? [button("undo", undoPage)] : [];
  shown().show(
    ...sentences.map((sentence) => make("p", {}, sentence)),
    ...(reasons.length > 0 ? [make("ul", {}, ...reasons)] : []),
    ...allowing(mayHelp),
    make("p", { class: "buttons" }, ...undo),
  );
  shown().say([...sentences, ...result.failed.keys()].join(" "));
}

/**
 * @param {Result} result
 * @param {boolean} isFirst
 */
function sentencesOn({ found, described, guessed, unsure, failed }, isFirst) {
  if (found === 0) {
    return [said("nothingFound"), ...frames(isFirst)];
  }
  const missed = [...failed.values()].reduce((sum, count) => sum + count, 0);
  return [
    counted("described", described),
    ...(guessed > 0 ? [counted("guessed", guessed)] : []),
    ...(unsure > 0 ? [counted("unsure", unsure)] : []),
    ...(missed > 0 ? [counted("missed", missed)] : []),
    ...frames(isFirst),
  ];
}

/** @param {boolean} isFirst */
function frames(isFirst) {
  const closed = isFirst ? closedFrames() : 0;
  return closed > 0 ? [counted("frames", closed)] : [];
}
