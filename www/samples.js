// The sample photos. Full records with sources: samples/ATTRIBUTION.md.

const PUBLIC_DOMAIN = { name: "public domain" };
const CC0 = { name: "CC0 1.0", address: "https://creativecommons.org/publicdomain/zero/1.0/" };
const BY = { name: "CC BY 2.0", address: "https://creativecommons.org/licenses/by/2.0/" };
const BY_SA = { name: "CC BY-SA 4.0", address: "https://creativecommons.org/licenses/by-sa/4.0/" };

const SAMPLES = [
  { file: "astronaut", title: "Eileen Collins, astronaut", author: "NASA", licence: PUBLIC_DOMAIN },
  { file: "polar-bear", title: "Polar bear", author: "Arturo de Frias Marques", licence: BY_SA },
  { file: "moose", title: "Male moose", author: "Ryan Hagerty, U.S. Fish and Wildlife Service", licence: PUBLIC_DOMAIN },
  { file: "pagoda", title: "Pagoda in China", author: "Daniel Buechele", licence: BY },
  { file: "cat", title: "Chelsea the cat", author: "Stéfan van der Walt", licence: CC0 },
  { file: "coffee", title: "Coffee cup", author: "Rachel Michetti", licence: CC0 },
];

/**
 * Fetches the sample photos into `list` as buttons, and writes their authors into `credits`. They are fetched now and
 * kept, so that nothing is asked of the network when one is captioned. `onPhoto(blob)` is called with the one clicked.
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
        item.append(button(sample, photo, onPhoto));
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
  image.alt = `Sample photo: ${sample.title}`;
  element.append(image);
  element.addEventListener("click", () => onPhoto(photo));
  return element;
}

function credit({ title, author, licence }) {
  const item = document.createElement("li");
  item.append(`${title}, by ${author}: `);
  if (licence.address) {
    const link = document.createElement("a");
    link.href = licence.address;
    link.textContent = licence.name;
    item.append(link);
  } else {
    item.append(licence.name);
  }
  return item;
}
