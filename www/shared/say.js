// A caption read aloud by a voice of the visitor's own device (Web Speech API).

/** The device's own voices, those of a language first. Others would send the caption to a server. */
export function deviceVoices(language = "") {
  const foreign = ({ lang }) => Number(primary(lang) !== primary(language));
  return (globalThis.speechSynthesis?.getVoices() ?? [])
    .filter(({ localService }) => localService)
    .sort((a, b) => foreign(a) - foreign(b) || a.name.localeCompare(b.name));
}

/** "en" of "en-GB", and of "en_GB", as Android writes it. */
function primary(language) {
  return language.toLowerCase().split(/[-_]/)[0];
}

/** What {@link sayCaption} began to read last. */
let latest = null;

/**
 * Reads a caption in a language aloud, in place of what is being read; nothing happens where the device has no voice of its
 * own. Gives what `stopSaying` stops.
 */
export function sayCaption(text, language) {
  const [voice] = deviceVoices(language);
  if (!text || !voice) {
    return null;
  }
  speechSynthesis.cancel();
  latest = utteranceOf(text, voice);
  speechSynthesis.speak(latest);
  return latest;
}

/** Falls silent, unless something else is being read by now. */
export function stopSaying(utterance) {
  if (utterance && utterance === latest) {
    latest = null;
    speechSynthesis.cancel();
  }
}

/** A text as a voice says it. */
export function utteranceOf(text, voice) {
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.voice = voice;
  utterance.lang = voice.lang;
  return utterance;
}
