// How the package's custom-elements.json is made of the comments of `www/element`: run where the package is put together.

/** `captionStyle` of `caption-style`; the language calls one of them otherwise. */
function propertyOf(attribute) {
  return attribute === "for" ? "htmlFor" : attribute.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}

/** What others see of a member: an accessor is a field of the type of its attribute, or of what it gives. */
function seen(member, attributes) {
  const { privacy, return: given, parameters, inheritedFrom, default: initial, ...rest } = member;
  if (member.kind !== "field") {
    return { ...rest, ...(parameters && { parameters }), ...(given && { return: given }) };
  }
  const attribute = attributes.find(({ fieldName }) => fieldName === member.name);
  const type = attribute?.type ?? member.type ?? given?.type ?? { text: "string" };
  return { ...rest, type, ...(attribute && { attribute: attribute.name, reflects: true }) };
}

/** The element as a page meets it: nothing private, and no class between it and HTMLElement. */
function publicFace() {
  return {
    name: "glimpse-public-face",
    packageLinkPhase({ customElementsManifest: manifest }) {
      manifest.modules = manifest.modules.filter(({ path }) => path === "element/element.js");
      for (const element of manifest.modules.flatMap(({ declarations }) => declarations)) {
        element.superclass = { name: "HTMLElement" };
        for (const list of ["attributes", "slots", "cssParts", "cssProperties", "cssStates"]) {
          element[list] = element[list].map(({ inheritedFrom, ...entry }) => entry);
        }
        for (const attribute of element.attributes) {
          attribute.fieldName = propertyOf(attribute.name);
        }
        element.members = element.members
          .filter(({ privacy }) => privacy !== "private")
          .map((member) => seen(member, element.attributes));
      }
    },
  };
}

export default {
  globs: ["element/element.js", "element/attributes.js"],
  plugins: [publicFace()],
};
