// A photo's description as XMP (ISO 16684-1), for the file beside it: to the byte what `glimpse caption --xmp sidecar` writes
// (trainer/src/xmp/packet.rs).

/**
 * What is said of a photo: `language` is empty where nobody knows it, `writer` where a person wrote or accepted the text.
 * @typedef {{ text: string, language: string, writer: string }} Description
 */

/** What packets begin and end with, so that programs find them in files that they do not know. */
const BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>';
const END = '<?xpacket end="w"?>';

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC = "http://purl.org/dc/elements/1.1/";
const PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/";

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;", "\r": "&#13;" };

/** Characters that no XML may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const FORBIDDEN = /[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]/g;

/**
 * A sidecar's text.
 * @param {Description} description
 */
export function toXmp({ text, language, writer }) {
  const item = (/** @type {string} */ tag) => `     <rdf:li xml:lang="${escaped(tag)}">${escaped(text)}</rdf:li>\n`;
  const items = ["x-default", ...(language ? [language] : [])].map(item).join("");
  const namespace = writer && `\n    xmlns:photoshop="${PHOTOSHOP}"`;
  const property = writer && `   <photoshop:CaptionWriter>${escaped(writer)}</photoshop:CaptionWriter>\n`;
  return (
    `${BEGIN}\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n <rdf:RDF xmlns:rdf="${RDF}">\n` +
    `  <rdf:Description rdf:about=""\n    xmlns:rdf="${RDF}"\n    xmlns:dc="${DC}"${namespace}>\n` +
    `   <dc:description>\n    <rdf:Alt>\n${items}    </rdf:Alt>\n   </dc:description>\n${property}` +
    `  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n${END}\n`
  );
}

/** @param {string} value */
function escaped(value) {
  return value.replace(FORBIDDEN, "").replace(/[&<>'"\r]/g, (character) => ENTITIES[character]);
}
