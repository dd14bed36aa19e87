"use client";

// The server imports it as well, to render the tag; there it does nothing.
import "glimpse-captioner/element";
import { useEffect, useRef, useState } from "react";

/** A photo, and below it what its caption says. */
export function Captioned({ src }) {
  const element = useRef(null);
  const [text, setText] = useState("");

  // React 19 leaves out `oncaption={…}` of an element that the server has rendered.
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    element.current.addEventListener("caption", ({ detail }) => setText(detail.text), { signal });
    element.current.addEventListener("error", ({ detail }) => setText(detail.message), { signal });
    return () => abort.abort();
  }, []);

  return (
    <>
      <glimpse-captioner ref={element} src={src} min-confidence={0.3} />
      <p id="caption" role="status">{text}</p>
    </>
  );
}
