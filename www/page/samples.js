// The sample photos. Full records with sources: samples/ATTRIBUTION.md.

import { label, text } from "./language.js";

/** @import { TextKey } from "./language.js" */

/**
 * Their files, and the texts of the same names. Who took them: "Sample photos" in index.html.
 * @type {TextKey[]}
 */
const SAMPLES = ["astronaut", "polar-bear", "moose", "pagoda", "cat", "coffee"];

/**
 * Fetches the sample photos into `list` as buttons. They are fetched now and kept, so that nothing is asked of the network
 * when one is captioned. `onPhoto(file)` is called with the one clicked.
 * @param {HTMLElement} list
 * @param {(photo: File) => void} onPhoto
 */
export async function showSamples(list, onPhoto) {
  await Promise.all(
    SAMPLES.map(async (name) => {
      const item = document.createElement("li");
      list.append(item);
      try {
        const response = await fetch(`samples/${name}.jpg`);
        if (!response.ok) {
          throw new Error(response.statusText);
        }
        const photo = new File([await response.blob()], `${name}.jpg`, { type: "image/jpeg" });
        item.append(button(name, photo, onPhoto));
      } catch {
        // A page without this sample is a whole page.
        item.remove();
      }
    }),
  );
}

/**
 * @param {TextKey} name
 * @param {File} photo
 * @param {(photo: File) => void} onPhoto
 */
function button(name, photo, onPhoto) {
  const element = document.createElement("button");
  element.type = "button";
  element.dataset.sample = name;
  const image = document.createElement("img");
  image.src = URL.createObjectURL(photo);
  // The title in whichever language is chosen when it is read.
  label(image, "samplePhoto", {
    get title() {
      return text(name);
    },
  });
  element.append(image);
  element.addEventListener("click", () => onPhoto(photo));
  return element;
}
