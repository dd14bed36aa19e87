// How the panel looks, in any page.

export const PANEL_STYLE = `
  :host { color-scheme: light dark; }
  * { box-sizing: border-box; }
  section {
    --card: #fffefc; --ink: #1f1a24; --muted: #625b6b; --line: #948b7f; --accent: #a63a1c;
    width: 22rem; max-width: calc(100vw - 16px); max-height: calc(100vh - 16px); overflow: auto;
    padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 12px;
    background: var(--card); color: var(--ink);
    box-shadow: 0 12px 32px -8px rgb(0 0 0 / 40%);
    font: 16px / 1.5 system-ui, sans-serif; text-align: start;
  }
  @media (prefers-color-scheme: dark) {
    section { --card: #1c1922; --ink: #f3eff5; --muted: #aba3b5; --line: #7c7488; --accent: #ffa66b; }
  }
  section:focus { outline: none; }
  section:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  header { display: flex; align-items: center; justify-content: space-between; gap: 1rem; }
  h2, p, ul { margin: 0; padding: 0; font: inherit; }
  h2 { color: var(--muted); font-size: 0.875rem; }
  ul { padding-inline-start: 1.25rem; color: var(--muted); font-size: 0.875rem; }
  .body { display: grid; gap: 0.5rem; }
  .caption { font-size: 1.125rem; overflow-wrap: anywhere; }
  .muted { color: var(--muted); font-size: 0.875rem; }
  .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; }
  button {
    min-height: 28px; padding: 0.25rem 0.75rem; border: 1px solid var(--line); border-radius: 8px;
    background: none; color: inherit; font: inherit; font-size: 0.875rem; cursor: pointer;
  }
  .close { min-width: 28px; padding: 0; border-color: transparent; font-size: 1.25rem; line-height: 1; }
  progress { width: 100%; accent-color: var(--accent); }
  .status { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
