// The style of <glimpse-captioner>: a constructed sheet, which a strict content security policy allows.

const rules = `
:host {
  --glimpse-accent: #a63a1c;
  --glimpse-on-accent: #fff;
  --glimpse-ink: #1f1a24;
  --glimpse-muted: #625b6b;
  --glimpse-card: #fffefc;
  --glimpse-line: #d9d2c8;
  --glimpse-radius: 14px;
  display: block;
  max-width: 40rem;
  border: 1px solid var(--glimpse-line);
  border-radius: var(--glimpse-radius);
  overflow: hidden;
  background: var(--glimpse-card);
  color: var(--glimpse-ink);
  font: 1rem/1.5 system-ui, sans-serif;
  color-scheme: light dark;
}
:host([hidden]), [hidden] { display: none !important; }
@media (prefers-color-scheme: dark) {
  :host {
    --glimpse-accent: #ffa66b;
    --glimpse-on-accent: #25120a;
    --glimpse-ink: #f3eff5;
    --glimpse-muted: #aba3b5;
    --glimpse-card: #1c1922;
    --glimpse-line: #3c3645;
  }
}
*, *::before { box-sizing: border-box; }
.photo { position: relative; margin: 0; background: var(--glimpse-line); }
.photo canvas { display: block; width: 100%; height: auto; }
.photo .map, .cell .map { position: absolute; inset: 0; height: 100%; opacity: 0; transition: opacity 0.2s; }
.looking .map, .cell .map { opacity: 1; }
.picture { transition: filter 0.2s; }
.looking .picture { filter: saturate(0.4) brightness(0.75); }
.layer {
  position: fixed;
  inset: 0;
  width: auto;
  height: auto;
  max-width: none;
  max-height: none;
  margin: 0;
  border: 0;
  padding: 0;
  overflow: hidden;
  background: none;
  pointer-events: none;
  z-index: 2147483647;
}
.frame, .outside { position: absolute; box-sizing: border-box; }
.body { display: grid; gap: 0.75rem; padding: 0.9rem 1rem 1rem; }
.body:empty { display: none; }
p, ol { margin: 0; padding: 0; list-style: none; }
.words { display: flex; flex-wrap: wrap; margin-inline: -0.25rem; gap: 0.1rem 0; font-size: 1.2rem; line-height: 1.35; }
.word { display: inline; border: 0; border-radius: 6px; padding: 0.1rem 0.25rem; background: none; color: inherit; font: inherit; }
button.word { cursor: pointer; }
button.word:hover, button.word[aria-pressed="true"] { background: color-mix(in srgb, var(--glimpse-accent) 18%, transparent); }
.word.unsure .word-text { text-decoration: underline 2px dotted; text-underline-offset: 0.2em; }
.word-sure { display: none; }
.guess { width: fit-content; border: 1px dashed var(--glimpse-muted); border-radius: 999px; padding: 0.1rem 0.7rem; font-size: 0.9rem; }
.status { color: var(--glimpse-muted); font-size: 0.9rem; }
.error { border-inline-start: 4px solid var(--glimpse-accent); padding-inline-start: 0.7rem; overflow-wrap: anywhere; }
progress { width: 100%; height: 6px; accent-color: var(--glimpse-accent); }
.actions { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.button {
  border: 1px solid var(--glimpse-line);
  border-radius: 999px;
  padding: 0.45rem 1rem;
  background: none;
  color: inherit;
  font: inherit;
  font-weight: 550;
  cursor: pointer;
}
.button.primary { border-color: transparent; background: var(--glimpse-accent); color: var(--glimpse-on-accent); }
:focus-visible { outline: 3px solid var(--glimpse-accent); outline-offset: 2px; }
.suggestion label { display: block; color: var(--glimpse-muted); font-size: 0.9rem; }
.suggestion textarea {
  display: block;
  width: 100%;
  margin-block: 0.3rem 0.5rem;
  border: 1px solid var(--glimpse-muted);
  border-radius: 8px;
  padding: 0.5rem;
  background: transparent;
  color: var(--glimpse-ink);
  font: inherit;
  resize: vertical;
}
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: 0.6rem; }
.cell figure { position: relative; margin: 0; border-radius: 8px; overflow: hidden; }
.cell canvas { display: block; width: 100%; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (forced-colors: active) { button.word[aria-pressed="true"] { outline: 2px solid Highlight; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;

/**
 * Sheets by document, for a sheet serves only the one that it was made in. Made when a first element is: a server has none.
 * @type {WeakMap<Document, CSSStyleSheet>}
 */
const sheets = new WeakMap();

/**
 * The sheet that all elements of a document share.
 * @param {Document} owner
 */
export function styleSheet(owner) {
  let sheet = sheets.get(owner);
  if (!sheet) {
    sheet = new (owner.defaultView ?? globalThis).CSSStyleSheet();
    sheet.replaceSync(rules);
    sheets.set(owner, sheet);
  }
  return sheet;
}
