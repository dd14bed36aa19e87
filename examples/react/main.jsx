import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

import { useCaption } from "./use-caption.js";

function App() {
  const [photo, setPhoto] = useState(null);
  const { text, error } = useCaption(photo);
  return (
    <>
      <label>
        Photo: <input id="file" type="file" accept="image/*" onChange={({ target }) => setPhoto(target.files[0])} />
      </label>
      <p id="caption" role="status">{error ? error.message : text}</p>
    </>
  );
}

createRoot(document.getElementById("root")).render(<StrictMode><App /></StrictMode>);
