"use client";

// The server imports it as well, to render the tag; there it does nothing.
import "glimpse-captioner/element";
import { useState } from "react";

/** A photo, and below it what its caption says. */
export function Captioned({ src }) {
  const [text, setText] = useState("");
  return (
    <>
      <glimpse-captioner
        src={src}
        min-confidence={0.3}
        oncaption={({ detail }) => setText(detail.text)}
        onerror={({ detail }) => setText(detail.message)}
      />
      <p id="caption" role="status">{text}</p>
    </>
  );
}
