// Which words captions say beside which words of the references.

import { make } from "../shared/make.js";

/** @import { ReportData } from "./data.js" */

/** A table for one group of words at a time. `onChoose([group, said, meant])` is called with the pair to see the photos of. */
export class ConfusionTable {
  #groups;
  #counts;
  #table;

  /**
   * @param {ReportData} data
   * @param {{ section: HTMLElement, select: HTMLSelectElement, table: HTMLElement }} parts
   * @param {(confusion: [group: number, said: number, meant: number]) => void} onChoose
   */
  constructor({ groups, photos }, { section, select, table }, onChoose) {
    this.#groups = groups;
    this.#table = table;
    /** @type {number[][][]} By group, by what the references say, by what the caption says. */
    this.#counts = groups.map(({ words }) => words.map(() => words.map(() => 0)));
    for (const [group, said, meant] of photos.flatMap(({ confusions }) => confusions)) {
      this.#counts[group][meant][said] += 1;
    }
    const confused = this.#counts.map((rows) =>
      sum(rows.flatMap((row, meant) => row.filter((_, said) => said !== meant))),
    );
    for (const [group, { name }] of groups.entries()) {
      if (sum(this.#counts[group].flat()) > 0) {
        select.append(make("option", { value: String(group) }, `${name}: ${confused[group]} confused`));
      }
    }
    section.hidden = select.options.length === 0;
    if (!section.hidden) {
      select.value = String(confused.indexOf(Math.max(...confused)));
      // Of groups that none is confused of, the first that captions speak of.
      if (select.selectedIndex === -1) {
        select.selectedIndex = 0;
      }
      select.addEventListener("change", () => this.#show(Number(select.value)));
      table.addEventListener("click", ({ target }) => {
        const pair = /** @type {HTMLElement} */ (target).closest("button")?.dataset.pair?.split(",").map(Number);
        if (pair) {
          onChoose([pair[0], pair[1], pair[2]]);
        }
      });
      this.#show(Number(select.value));
    }
  }

  /** @param {number} group */
  #show(group) {
    const { name, words } = this.#groups[group];
    const counts = this.#counts[group];
    const used = [...words.keys()].filter((word) => sum(counts[word]) + sum(counts.map((row) => row[word])) > 0);
    const most = Math.max(...counts.flat());
    const head = make("tr", {}, make("th", { scope: "col" }, "references ↓ caption →"));
    head.append(...used.map((said) => make("th", { scope: "col" }, words[said])));
    const rows = used.map((meant) => {
      const row = make("tr", {}, make("th", { scope: "row" }, words[meant]));
      row.append(
        ...used.map((said) => {
          const count = counts[meant][said];
          const cell = make("td", said === meant ? { class: "agreed" } : {});
          if (count > 0) {
            const label = `${count}: ${pairText(words, said, meant)}`;
            const pair = `${group},${said},${meant}`;
            const button = make("button", { type: "button", "data-pair": pair, "aria-label": label }, String(count));
            button.style.setProperty("--share", String(count / most));
            cell.append(button);
          }
          return cell;
        }),
      );
      return row;
    });
    const caption = make("caption", { class: "visually-hidden" }, `${name}: words of captions and of references`);
    this.#table.replaceChildren(make("table", {}, caption, make("thead", {}, head), make("tbody", {}, ...rows)));
  }
}

/**
 * What a pair of words is, in words.
 * @param {string[]} words
 * @param {number} said
 * @param {number} meant
 */
export function pairText(words, said, meant) {
  return said === meant
    ? `caption and references say “${words[said]}”`
    : `the caption says “${words[said]}”, references “${words[meant]}”`;
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((all, number) => all + number, 0);
}
