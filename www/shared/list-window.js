// The part of a long list that is in view, or nearly so. What is out of view is no element: of thousands, every frame would
// take its time.

/** Lines of items on either side of those in view. */
const SPARE_LINES = 2;

/**
 * Shows what is in view of a list in an element that scrolls: a grid of items of one size, or a strip (`grid-auto-flow:
 * column`). Its style sheet leaves the room `--before` and `--after` for the others.
 * @template {object} Key
 */
export class ListWindow {
  #scroller;
  #list;
  #make;
  #remove;
  #onChange;
  /**
   * What there are items for.
   * @type {Key[]}
   */
  #keys = [];
  /**
   * The items in view, and what they are for.
   * @type {Map<Key, HTMLElement>}
   */
  #items = new Map();
  /** How many items stand in a line, and how far it is from one line to the next. */
  #lines = { isStrip: false, each: 1, pitch: 0 };

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list
   * @param {(key: Key) => HTMLElement} make A new item.
   * @param {(item: HTMLElement) => void} remove Hears of an item that goes.
   * @param {() => void} onChange Called when there may be others than before.
   */
  constructor(scroller, list, make, remove, onChange) {
    this.#scroller = scroller;
    this.#list = list;
    this.#make = make;
    this.#remove = remove;
    this.#onChange = onChange;
    scroller.addEventListener("scroll", () => this.#refresh());
    new ResizeObserver(() => this.#refresh()).observe(scroller);
  }

  /** How many items stand in a line. */
  get lineLength() {
    return this.#lines.each;
  }

  /**
   * The items that there are.
   * @returns {Iterable<[Key, HTMLElement]>}
   */
  get items() {
    return this.#items;
  }

  /** @param {Key} key */
  get(key) {
    return this.#items.get(key);
  }

  /** The first item that there is. */
  get first() {
    return /** @type {HTMLElement | null} */ (this.#list.firstElementChild);
  }

  /**
   * Shows a list with items for these.
   * @param {Key[]} keys
   */
  show(keys) {
    this.#keys = keys;
    this.#refresh();
  }

  /**
   * Scrolls the list, and not the page, as far as is needed to see an item, and gives it.
   * @param {number} place
   */
  reveal(place) {
    const { isStrip, each, pitch } = this.#lines;
    const scroller = this.#scroller;
    const start = Math.floor(place / each) * pitch;
    const [at, size] = isStrip
      ? [scroller.scrollLeft, scroller.clientWidth]
      : [scroller.scrollTop, scroller.clientHeight];
    const wanted = Math.min(start, Math.max(at, start + pitch - size));
    if (wanted !== at) {
      scroller.scrollTo({ [isStrip ? "left" : "top"]: wanted, behavior: "instant" });
      this.#refresh();
    }
    return this.get(this.#keys[place]);
  }

  #refresh() {
    const keys = this.#keys;
    if (keys.length === 0) {
      this.#leaveRoom(0, 0);
      this.#put([]);
      return;
    }
    if (this.#items.size === 0) {
      this.#put(keys.slice(0, 1));
    }
    const list = this.#list;
    const { offsetWidth, offsetHeight } = /** @type {HTMLElement} */ (list.firstElementChild);
    if (offsetHeight === 0) {
      // It is not shown. It changes its size when it is.
      return;
    }
    const { gridAutoFlow, gridTemplateColumns, columnGap, rowGap } = getComputedStyle(list);
    const isStrip = gridAutoFlow.startsWith("column");
    const each = isStrip ? 1 : gridTemplateColumns.split(" ").length;
    const pitch = isStrip ? offsetWidth + parseFloat(columnGap) : offsetHeight + parseFloat(rowGap);
    this.#lines = { isStrip, each, pitch };
    const { scrollLeft, scrollTop } = this.#scroller;
    // It is no larger than the window.
    const [at, size] = isStrip ? [scrollLeft, innerWidth] : [scrollTop, innerHeight];
    const all = Math.ceil(keys.length / each);
    const from = Math.max(0, Math.min(Math.floor(at / pitch), all - 1) - SPARE_LINES);
    const to = Math.min(all, Math.ceil((at + size) / pitch) + SPARE_LINES);
    this.#leaveRoom(from * pitch, (all - to) * pitch);
    this.#put(keys.slice(from * each, to * each), from * each);
    this.#onChange();
  }

  /**
   * @param {number} before
   * @param {number} after
   */
  #leaveRoom(before, after) {
    this.#list.style.setProperty("--before", `${before}px`);
    this.#list.style.setProperty("--after", `${after}px`);
  }

  /**
   * Has the list hold items for these and no others. Those that stay are not touched, so that the focus stays too.
   * @param {Key[]} keys
   * @param {number} from The place of the first of them.
   */
  #put(keys, from = 0) {
    const wanted = new Set(keys);
    for (const [key, item] of this.#items) {
      if (!wanted.has(key)) {
        this.#items.delete(key);
        this.#remove(item);
        item.remove();
      }
    }
    const { children } = this.#list;
    for (const [index, key] of keys.entries()) {
      const item = this.#items.get(key) ?? this.#make(key);
      this.#items.set(key, item);
      if (children[index] !== item) {
        this.#list.insertBefore(item, children[index] ?? null);
      }
      item.setAttribute("aria-posinset", String(from + index + 1));
      item.setAttribute("aria-setsize", String(this.#keys.length));
    }
  }
}
