// A control for each attribute of the live element.

import { make } from "../shared/make.js";
import { choices, proseOf } from "./manifest.js";

/** @import { Entry } from "./manifest.js" */

/**
 * A labelled control that sets an attribute of `element`.
 * @param {Element} element
 * @param {Entry} attribute
 */
export function control(element, attribute) {
  const { name } = attribute;
  const input = inputOf(attribute);
  const present = element.getAttribute(name);
  if (input instanceof HTMLInputElement && input.type === "checkbox") {
    input.checked = present !== null;
    input.addEventListener("change", () => element.toggleAttribute(name, input.checked));
  } else {
    input.value = present ?? "";
    input.addEventListener("change", () => {
      if (input.value === "") {
        element.removeAttribute(name);
      } else {
        element.setAttribute(name, input.value);
      }
    });
  }
  const id = `about-${name}`;
  input.setAttribute("aria-describedby", id);
  input.setAttribute("name", name);
  return make("div", {}, make("label", {}, name, input), make("small", { id }, ...proseOf(attribute)));
}

/** @param {Entry} attribute */
function inputOf(attribute) {
  const values = choices(attribute);
  if (values) {
    const initial = attribute.default ?? values[0];
    const options = values.filter((value) => value !== initial).map((value) => make("option", {}, value));
    return make("select", {}, make("option", { value: "" }, `${initial} (as it is)`), ...options);
  }
  switch (attribute.type?.text) {
    case "boolean":
      return make("input", { type: "checkbox" });
    case "number":
      return make("input", { type: "number", min: "0", step: attribute.name === "beams" ? "1" : "0.05" });
    default:
      return make("input", { type: "text", autocomplete: "off" });
  }
}
