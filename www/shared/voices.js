// Captions read aloud by the voices of the visitor's own device (Web Speech API).

/**
 * The device's own voices, those of a language first. Others would send the caption to a server.
 * @returns {SpeechSynthesisVoice[]}
 */
export function deviceVoices(language = "") {
  const foreign = (/** @type {SpeechSynthesisVoice} */ { lang }) => Number(primary(lang) !== primary(language));
  return (globalThis.speechSynthesis?.getVoices() ?? [])
    .filter(({ localService }) => localService)
    .sort((a, b) => foreign(a) - foreign(b) || a.name.localeCompare(b.name));
}

/**
 * "en" of "en-GB", and of "en_GB", as Android writes it.
 * @param {string} language
 */
function primary(language) {
  return language.toLowerCase().split(/[-_]/)[0];
}

/**
 * What {@link readAloud} began to read last.
 * @type {SpeechSynthesisUtterance | null}
 */
let latest = null;

/**
 * Reads a text aloud, in place of what is being read. `onEnd(utterance)` is called when it was said, or could not be. Gives
 * the utterance, which `stopReading` stops.
 * @param {string} text
 * @param {SpeechSynthesisVoice} voice
 * @param {{ rate?: number, onEnd?: (utterance: SpeechSynthesisUtterance) => void }} [options]
 */
export function readAloud(text, voice, { rate = 1, onEnd } = {}) {
  if (speechSynthesis.speaking || speechSynthesis.pending) {
    speechSynthesis.cancel();
  }
  const utterance = new SpeechSynthesisUtterance(text);
  Object.assign(utterance, { voice, lang: voice.lang, rate });
  for (const type of ["end", "error"]) {
    utterance.addEventListener(type, () => onEnd?.(utterance));
  }
  latest = utterance;
  speechSynthesis.speak(utterance);
  return utterance;
}

/**
 * Falls silent, unless something else is being read by now.
 * @param {SpeechSynthesisUtterance | null} utterance
 */
export function stopReading(utterance) {
  if (utterance && utterance === latest) {
    latest = null;
    speechSynthesis.cancel();
  }
}
