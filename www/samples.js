// The sample photos. Full records with sources: samples/ATTRIBUTION.md.

import { label, say, text } from "./language.js";

const PUBLIC_DOMAIN = null;
const CC0 = { name: "CC0 1.0", address: "https://creativecommons.org/publicdomain/zero/1.0/" };
const BY = { name: "CC BY 2.0", address: "https://creativecommons.org/licenses/by/2.0/" };
const BY_SA = { name: "CC BY-SA 4.0", address: "https://creativecommons.org/licenses/by-sa/4.0/" };

/** Their titles are texts of the same name. */
const SAMPLES = [
  { file: "astronaut", author: "NASA", licence: PUBLIC_DOMAIN },
  { file: "polar-bear", author: "Arturo de Frias Marques", licence: BY_SA },
  { file: "moose", author: "Ryan Hagerty, U.S. Fish and Wildlife Service", licence: PUBLIC_DOMAIN },
  { file: "pagoda", author: "Daniel Buechele", licence: BY },
  { file: "cat", author: "Stéfan van der Walt", licence: CC0 },
  { file: "coffee", author: "Rachel Michetti", licence: CC0 },
];

/**
 * Fetches the sample photos into `list` as buttons, and writes their authors into `credits`. They are fetched now and
 * kept, so that nothing is asked of the network when one is captioned. `onPhoto(file)` is called with the one clicked.
 */
export async function showSamples(list, credits, onPhoto) {
  credits.replaceChildren(...SAMPLES.map(credit));
  await Promise.all(
    SAMPLES.map(async (sample) => {
      const item = document.createElement("li");
      list.append(item);
      try {
        const response = await fetch(`samples/${sample.file}.jpg`);
        if (!response.ok) {
          throw new Error(response.statusText);
        }
        const photo = await response.blob();
        const name = `${sample.file}.jpg`;
        item.append(button(sample, new File([photo], name, { type: photo.type }), onPhoto));
      } catch {
        // A page without this sample is a whole page.
        item.remove();
      }
    }),
  );
}

function button(sample, photo, onPhoto) {
  const element = document.createElement("button");
  element.type = "button";
  element.dataset.sample = sample.file;
  const image = document.createElement("img");
  image.src = URL.createObjectURL(photo);
  label(image, "samplePhoto", titled(sample));
  element.append(image);
  element.addEventListener("click", () => onPhoto(photo));
  return element;
}

function credit(sample) {
  const item = document.createElement("li");
  const whose = say(document.createElement("span"), "credit", titled(sample));
  let licence;
  if (sample.licence) {
    licence = document.createElement("a");
    licence.href = sample.licence.address;
    licence.textContent = sample.licence.name;
  } else {
    licence = say(document.createElement("span"), "publicDomain");
  }
  item.append(whose, " ", licence);
  return item;
}

/** With a title in whichever language is chosen when it is read. */
function titled({ file, author }) {
  return {
    author,
    get title() {
      return text(file);
    },
  };
}
