// In which direction a language is written.

/** Scripts that run from right to left, by their names in ISO 15924. */
const RIGHT_TO_LEFT = /Adlm|Arab|Hebr|Mand|Nkoo|Rohg|Samr|Syrc|Thaa/;

/**
 * "rtl" or "ltr", by the script that a language is usually written in; "auto", by each text itself, where nobody knows it.
 * @param {string} language A BCP 47 tag.
 */
export function directionOf(language) {
  try {
    return RIGHT_TO_LEFT.test(new Intl.Locale(language).maximize().script ?? "") ? "rtl" : "ltr";
  } catch {
    return "auto";
  }
}

/**
 * Says which language an element's content is in, and so in which direction it runs, whatever is around it.
 * @param {HTMLElement} element
 * @param {string} language
 */
export function setLanguage(element, language) {
  element.lang = language;
  element.dir = directionOf(language);
}
