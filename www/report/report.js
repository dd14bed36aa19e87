// The captions of a model, to browse: `glimpse evaluate --report` makes this page, and docs/report.md says how.

import { buttonOf, ChoiceList } from "../shared/choice-list.js";
import { make, quoted } from "../shared/make.js";
import { PhotoChoice } from "./choice.js";
import { ConfusionTable, pairText } from "./confusion-table.js";
import { addressOf, byId, printed, readData } from "./data.js";
import { PhotoView } from "./photo-view.js";
import { reliabilityCurve } from "./reliability-curve.js";

/** @import { Choice } from "./choice.js" */
/** @import { ReportPhoto } from "./data.js" */

const data = readData();
const { groups, language, measures, photos, reliability } = data;

/**
 * What photos can be sorted by: how each is called, what it is of a photo, and how that is shown.
 * @type {{ name: string, of: Choice["sort"], shown?: (photo: ReportPhoto) => string }[]}
 */
const SORTS = [
  ...measures.map((name, measure) => ({
    name,
    of: (/** @type {ReportPhoto} */ { scores }) => scores[measure],
    shown: (/** @type {ReportPhoto} */ { scores }) => printed(scores[measure]),
  })),
  ...(reliability
    ? [
        {
          name: "confidence",
          of: (/** @type {ReportPhoto} */ { confidence }) => confidence,
          shown: (/** @type {ReportPhoto} */ { confidence }) => printed(confidence),
        },
      ]
    : []),
  { name: "name", of: ({ name }) => name },
  { name: "place in the data set", of: (_, place) => place },
];

/** What captions are usually compared by. */
const FIRST_SORT = "CIDEr-D";

/** What this page is asked for. */
const controls = {
  search: /** @type {HTMLInputElement} */ (byId("search")),
  sort: /** @type {HTMLSelectElement} */ (byId("sort")),
  order: /** @type {HTMLSelectElement} */ (byId("order")),
  inventedOnly: /** @type {HTMLInputElement} */ (byId("invented-only")),
  showAll: byId("show-all"),
};

const choice = new PhotoChoice(photos);
const view = new PhotoView(data);
/** @type {ChoiceList<ReportPhoto>} */
const list = new ChoiceList({ scroller: byId("scroller"), list: byId("list") }, item);

/** @type {ReportPhoto[]} */
let found = [];
/** @type {ReportPhoto | null} */
let current = null;
/** @type {Choice["confusion"]} */
let confusion = null;

/** @param {ReportPhoto} photo */
function item(photo) {
  const image = make("img", { src: addressOf(photos.indexOf(photo)), alt: "", decoding: "async" });
  const button = make(
    "button",
    { type: "button" },
    image,
    quoted(photo.caption, language),
    " ",
    make("span", { class: "fine" }),
  );
  button.addEventListener("click", () => choosePhoto(photo));
  const node = make("li", {}, button);
  showScore(node, photo);
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {ReportPhoto} photo
 */
function showScore(node, photo) {
  const { name, shown } = SORTS[Number(controls.sort.value)];
  const text = shown ? `${name} ${shown(photo)}` : photo.name;
  /** @type {HTMLElement} */ (buttonOf(node).lastElementChild).textContent = text;
}

/** @param {ReportPhoto} photo */
function choosePhoto(photo) {
  current = photo;
  list.show(found, current);
  view.show(current);
}

/** Lists the photos that are asked for, and shows the first one, or the one that was shown if it is among them. */
function update() {
  found = choice.find({
    search: controls.search.value,
    sort: SORTS[Number(controls.sort.value)].of,
    order: Number(controls.order.value),
    inventedOnly: controls.inventedOnly.checked,
    confusion,
  });
  const isAll = found.length === photos.length;
  const words = confusion ? `: ${pairText(groups[confusion[0]].words, confusion[1], confusion[2])}` : "";
  byId("count").textContent = isAll ? `${photos.length} photos` : `${found.length} of ${photos.length} photos${words}`;
  controls.showAll.hidden = isAll;
  byId("scroller").scrollTo(0, 0);
  const next = current && found.includes(current) ? current : (found[0] ?? null);
  list.show(found, next);
  for (const [photo, node] of list.items) {
    showScore(node, photo);
  }
  if (next !== current) {
    current = next;
    view.show(current);
  }
}

function showAll() {
  controls.search.value = "";
  controls.inventedOnly.checked = false;
  confusion = null;
  update();
  // It has gone.
  controls.search.focus();
}

document.title = `Captions of ${data.model} on ${data.data}, ${data.split}`;
byId("title").textContent = document.title;

byId("figures").append(
  ...data.figures.map(([name, value, note]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value), make("dd", { class: "fine" }, note)),
  ),
);
if (reliability) {
  byId("reliability").hidden = false;
  byId("curve").append(...reliabilityCurve(reliability.bins));
  byId("reliability-figures").append(
    ...reliability.figures.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
  );
}
new ConfusionTable(
  data,
  {
    section: byId("confusions"),
    select: /** @type {HTMLSelectElement} */ (byId("group")),
    table: byId("confusion-scroll"),
  },
  (pair) => {
    confusion = pair;
    update();
    byId("browse").scrollIntoView();
  },
);
controls.sort.append(...SORTS.map(({ name }, place) => make("option", { value: String(place) }, name)));
controls.sort.value = String(Math.max(0, measures.indexOf(FIRST_SORT)));
byId("choice").addEventListener("submit", (event) => event.preventDefault());
byId("choice").addEventListener("input", update);
controls.showAll.addEventListener("click", showAll);
update();
