// The backend that `auto` measured to be the faster one, remembered for the next visit.

const KEY = "glimpse-backend";

/** "cpu", "gpu" or `undefined`. */
export function recall() {
  try {
    const choice = localStorage.getItem(KEY);
    return ["cpu", "gpu"].includes(choice) ? choice : undefined;
  } catch {
    // Sandboxed frames and some visitors' settings forbid it.
    return undefined;
  }
}

/** `null` forgets. */
export function remember(choice) {
  try {
    if (choice) {
      localStorage.setItem(KEY, choice);
    } else {
      localStorage.removeItem(KEY);
    }
  } catch {
    // Then it is measured again at the next visit.
  }
}
