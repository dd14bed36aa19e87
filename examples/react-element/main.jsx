import "glimpse-captioner/element";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

/** The address of a file for as long as it is in use, or `null`. */
function useAddress(file) {
  const [address, setAddress] = useState(null);
  useEffect(() => {
    if (!file) {
      return undefined;
    }
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return address;
}

function App() {
  const [photo, setPhoto] = useState(null);
  const [text, setText] = useState("");
  const address = useAddress(photo);
  return (
    <>
      <label>
        Photo: <input id="file" type="file" accept="image/*" onChange={({ target }) => setPhoto(target.files[0])} />
      </label>
      {address && (
        <glimpse-captioner
          src={address}
          min-confidence={0.3}
          oncaption={({ detail }) => setText(detail.text)}
          onerror={({ detail }) => setText(detail.message)}
        />
      )}
      <p id="caption" role="status">{text}</p>
    </>
  );
}

createRoot(document.getElementById("root")).render(<StrictMode><App /></StrictMode>);
