// Types that no comment can declare: the element's events, its tag, and what frameworks know of both. Made from the package's
// custom-elements.json; run where the package is put together.

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync("custom-elements.json", "utf8"));
const [{ declarations }] = manifest.modules;
const [element] = declarations;
const tag = element.tagName;

/** A comment, and a property that may be left out. */
const property = (name, type, description) => `  /** ${description} */\n  ${JSON.stringify(name)}?: ${type};\n`;

/** What a template may write for an attribute's value: a number's digits too. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: TypeScript's own template.
const written = (type) => (type === "number" ? "number | `${number}`" : type);

const attributes = element.attributes.map(({ name, type, description }) =>
  property(name, written(type.text), description),
);
const properties = element.members
  .filter(({ kind, readonly, attribute }) => kind === "field" && !readonly && attribute)
  .filter(({ name, attribute }) => name !== attribute)
  .map(({ name, type, description }) => property(name, type.text, description));
const listeners = element.events.map(({ name, description }) =>
  property(`on${name}`, `(event: GlimpseCaptionerEventMap[${JSON.stringify(name)}]) => void`, description),
);

appendFileSync(
  "types/element/element.d.ts",
  `
import type { Details } from "./events.js";
/** The element's events. */
export type GlimpseCaptionerEventMap = { [Type in keyof Details]: CustomEvent<Details[Type]> };
type EventMap = Omit<HTMLElementEventMap, keyof Details> & GlimpseCaptionerEventMap;
export interface GlimpseCaptioner {
  addEventListener<Type extends keyof EventMap>(
    type: Type,
    listener: (this: GlimpseCaptioner, event: EventMap[Type]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof EventMap>(
    type: Type,
    listener: (this: GlimpseCaptioner, event: EventMap[Type]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}
declare global {
  interface HTMLElementTagNameMap {
    ${JSON.stringify(tag)}: GlimpseCaptioner;
  }
}
`,
);

writeFileSync(
  "types/attributes.d.ts",
  `import type { GlimpseCaptionerEventMap } from "./element/element.js";

/** The attributes of <${tag}>. */
export interface GlimpseCaptionerAttributes {
${attributes.join("")}}

/** The properties of <${tag}> that have another name than their attribute. */
export interface GlimpseCaptionerProperties {
${properties.join("")}}

/** Listeners to its events, as attributes. */
export interface GlimpseCaptionerListeners {
${listeners.join("")}}
`,
);

/** What a framework lets one write between the tag's angle brackets, where listeners are written \`oncaption\`. */
const writtenWith = (html, others = "") =>
  `Omit<${html}, keyof GlimpseCaptionerListeners${others}> & GlimpseCaptionerAttributes & GlimpseCaptionerProperties & GlimpseCaptionerListeners`;

/** The file of a framework: what it takes from it, and what it adds to it. */
function framework(name, imports, module, declaration) {
  writeFileSync(
    `types/${name}.d.ts`,
    `${imports}import type { GlimpseCaptioner, GlimpseCaptionerEventMap } from "./element/element.js";
import type {
  GlimpseCaptionerAttributes,
  GlimpseCaptionerListeners,
  GlimpseCaptionerProperties,
} from "./attributes.js";

declare module ${JSON.stringify(module)} {
${declaration}
}
`,
  );
}

/** An entry among a framework's elements. */
const intrinsic = (type) => `  namespace JSX {
    interface IntrinsicElements {
      ${JSON.stringify(tag)}: ${type};
    }
  }`;

framework(
  "react",
  `import type { DetailedHTMLProps, HTMLAttributes } from "react";\n`,
  "react",
  intrinsic(writtenWith("DetailedHTMLProps<HTMLAttributes<GlimpseCaptioner>, GlimpseCaptioner>")),
);
framework(
  "preact",
  `import type { HTMLAttributes } from "preact";\n`,
  "preact",
  intrinsic(writtenWith("HTMLAttributes<GlimpseCaptioner>")),
);
framework(
  "solid",
  `import type { JSX } from "solid-js";\n`,
  "solid-js",
  `  type Listeners = {
    [Type in keyof GlimpseCaptionerEventMap as \`on:\${Type}\`]?: (event: GlimpseCaptionerEventMap[Type]) => void;
  };
${intrinsic(`${writtenWith("HTMLAttributes<GlimpseCaptioner>", " | keyof Listeners")} & Listeners`)}`,
);
framework(
  "svelte",
  `import type { HTMLAttributes } from "svelte/elements";\n`,
  "svelte/elements",
  `  interface SvelteHTMLElements {
    ${JSON.stringify(tag)}: ${writtenWith("HTMLAttributes<GlimpseCaptioner>")};
  }`,
);
framework(
  "vue",
  `import type { HTMLAttributes } from "vue";\n`,
  "vue",
  `  interface GlobalComponents {
    ${JSON.stringify(tag)}: new () => {
      $props: HTMLAttributes & GlimpseCaptionerAttributes & GlimpseCaptionerProperties & {
        [Type in keyof GlimpseCaptionerEventMap as \`on\${Capitalize<Type>}\`]?: (event: GlimpseCaptionerEventMap[Type]) => void;
      };
    };
  }`,
);
