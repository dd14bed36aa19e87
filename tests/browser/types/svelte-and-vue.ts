import type {} from "glimpse-captioner/svelte";
import type {} from "glimpse-captioner/vue";
import type { SvelteHTMLElements } from "svelte/elements";
import type { GlobalComponents } from "vue";

type Svelte = SvelteHTMLElements["glimpse-captioner"];
type Vue = InstanceType<GlobalComponents["glimpse-captioner"]>["$props"];

export const svelte: Svelte[] = [
  { src: "photo.jpg", class: "photo", loading: "eager", oncaption: (event) => console.log(event.detail.text) },
  // @ts-expect-error
  { loading: "soon" },
  // @ts-expect-error
  { oncaption: (event) => event.detail.txt },
];

export const vue: Vue[] = [
  { src: "photo.jpg", class: "photo", loading: "eager", onCaption: (event) => console.log(event.detail.text) },
  // @ts-expect-error
  { loading: "soon" },
  // @ts-expect-error
  { onCaption: (event) => event.detail.txt },
];
