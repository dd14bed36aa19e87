// Beginnings to copy.

/**
 * What to write where.
 * @param {string} address Of the folder with the package's files.
 * @returns {[string, string][]}
 */
export const beginnings = (address) => [
  [
    "One line, without a build",
    `<script type="module" src="${address}element.js"></script>
<glimpse-captioner src="photo.jpg"></glimpse-captioner>`,
  ],
  [
    "For an image of the page: suggest its alternative text",
    `<img id="photo" src="photo.jpg" alt="">
<glimpse-captioner for="photo" loading="manual"></glimpse-captioner>`,
  ],
  [
    "The module alone",
    `import { loadCaptioner } from "${address}glimpse.js";

const captioner = await loadCaptioner();
const { text, confidence, words } = await captioner.caption("photo.jpg");`,
  ],
  [
    "Listen",
    `document.querySelector("glimpse-captioner").addEventListener("caption", ({ detail }) => {
  console.log(detail.text, detail.confidence);
});`,
  ],
  [
    "React 19",
    `import "glimpse-captioner/element";
import type {} from "glimpse-captioner/react";

export const Photo = ({ src }: { src: string }) => (
  <glimpse-captioner src={src} oncaption={({ detail }) => console.log(detail.text)} />
);`,
  ],
  [
    "Vue 3",
    `<script setup>
import "glimpse-captioner/element";
</script>

<template>
  <glimpse-captioner src="photo.jpg" @caption="({ detail }) => console.log(detail.text)" />
</template>`,
  ],
  [
    "Svelte 5",
    `<script>
  import "glimpse-captioner/element";
</script>

<glimpse-captioner src="photo.jpg" oncaption={({ detail }) => console.log(detail.text)}></glimpse-captioner>`,
  ],
  [
    "In your colours",
    `glimpse-captioner {
  --glimpse-accent: rebeccapurple;
  --glimpse-radius: 0;
}
glimpse-captioner::part(caption) { font-family: Georgia, serif; }
glimpse-captioner:state(unsure) { outline: 2px dashed orange; }`,
  ],
];
