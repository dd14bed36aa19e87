import type {} from "glimpse-captioner/solid";

export const photo = () => (
  <glimpse-captioner
    src="photo.jpg"
    class="photo"
    loading="eager"
    beams={3}
    min-confidence="0.5"
    on:caption={(event) => console.log(event.detail.text, event.detail.guess satisfies boolean)}
    on:error={({ detail: { message } }) => console.log(message)}
  >
    <button slot="actions" type="button">
      Copy
    </button>
  </glimpse-captioner>
);

export const wrong = () => [
  // @ts-expect-error
  <glimpse-captioner loading="soon" />,
  // @ts-expect-error
  <glimpse-captioner scr="photo.jpg" />,
  // @ts-expect-error
  <glimpse-captioner on:caption={(event) => event.detail.txt} />,
];
