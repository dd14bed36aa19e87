// The trees of a page: its document, shadow trees in it, and documents of frames that are of the same site.

/** @typedef {Document | ShadowRoot} Tree */

/**
 * All trees, the outermost first.
 * @param {Tree} [tree]
 * @returns {Generator<Tree>}
 */
export function* treesOf(tree = document) {
  yield tree;
  for (const element of tree.querySelectorAll("*")) {
    const inner = shadowOf(element) ?? documentIn(element);
    if (inner) {
      yield* treesOf(inner);
    }
  }
}

/**
 * How many frames show another site's page, which this one may not look into.
 * @returns {number}
 */
export function closedFrames() {
  let closed = 0;
  for (const tree of treesOf()) {
    for (const frame of tree.querySelectorAll("iframe, frame")) {
      closed += documentIn(frame) || !frame.checkVisibility() ? 0 : 1;
    }
  }
  return closed;
}

/**
 * What is round an element, also over the borders of shadow trees.
 * @param {Element} element
 * @returns {Element | null}
 */
export function holderOf(element) {
  const { parentNode } = element;
  return element.parentElement ?? /** @type {Element | undefined} */ (Reflect.get(parentNode ?? {}, "host")) ?? null;
}

/** @param {Element} element */
function shadowOf(element) {
  if (element.shadowRoot || !element.localName.includes("-")) {
    return element.shadowRoot;
  }
  try {
    return chrome.dom.openOrClosedShadowRoot(/** @type {HTMLElement} */ (element));
  } catch {
    return null;
  }
}

/** @param {Element} element */
function documentIn(element) {
  return ["iframe", "frame"].includes(element.localName)
    ? /** @type {HTMLIFrameElement} */ (element).contentDocument
    : null;
}
