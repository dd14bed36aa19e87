// What the browser remembers until the next visit, where the visitor allows it.

/**
 * What was remembered under a name, if it is one of the values that are known.
 * @template {string} Value
 * @param {string} name
 * @param {readonly Value[]} known
 */
export function recall(name, known) {
  try {
    return known.find((value) => value === localStorage.getItem(name));
  } catch {
    // Sandboxed frames and some visitors' settings forbid it.
    return undefined;
  }
}

/**
 * Remembers a value; `null` forgets.
 * @param {string} name
 * @param {string | null} value
 */
export function remember(name, value) {
  try {
    if (value === null) {
      localStorage.removeItem(name);
    } else {
      localStorage.setItem(name, value);
    }
  } catch {
    // Then the next visit begins as the first one did.
  }
}
