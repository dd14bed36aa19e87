// The extension's texts, in the visitor's language: `_locales`.

/**
 * @param {string} name
 * @param {...(string | number)} values
 */
export function said(name, ...values) {
  return chrome.i18n.getMessage(name, values.map(String));
}
