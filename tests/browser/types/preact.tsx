import type { GlimpseCaptioner } from "glimpse-captioner/element";
import type {} from "glimpse-captioner/preact";
import { useRef } from "preact/hooks";

export function Photo() {
  const element = useRef<GlimpseCaptioner>(null);
  return (
    <glimpse-captioner
      ref={element}
      src="photo.jpg"
      class="photo"
      loading="eager"
      caption-style="plain"
      minConfidence={0.5}
      beams="3"
      apply-alt
      oncaption={(event) => console.log(event.detail.text, event.detail.guess satisfies boolean)}
      onprogress={({ detail }) => console.log(detail.loaded)}
      onerror={({ detail: { message } }) => console.log(message)}
    >
      <button slot="actions" type="button">
        Copy
      </button>
    </glimpse-captioner>
  );
}

export const wrong = [
  // @ts-expect-error
  <glimpse-captioner loading="soon" />,
  // @ts-expect-error
  <glimpse-captioner beams="many" />,
  // @ts-expect-error
  <glimpse-captioner scr="photo.jpg" />,
  // @ts-expect-error
  <glimpse-captioner oncaption={(event) => event.detail.txt} />,
];
