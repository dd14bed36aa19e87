// A caption read aloud by a voice of the visitor's own device (Web Speech API).

/** The language that captions are in. */
const CAPTION_LANGUAGE = "en";

/** The device's own voices, those of the captions' language first. Others would send the caption to a server. */
export function deviceVoices() {
  const foreign = ({ lang }) => Number(!lang.toLowerCase().startsWith(CAPTION_LANGUAGE));
  return (globalThis.speechSynthesis?.getVoices() ?? [])
    .filter(({ localService }) => localService)
    .sort((a, b) => foreign(a) - foreign(b) || a.name.localeCompare(b.name));
}

/** What {@link sayCaption} began to read last. */
let latest = null;

/**
 * Reads a caption aloud, in place of what is being read; nothing happens where the device has no voice of its own. Gives what
 * `stopSaying` stops.
 */
export function sayCaption(text) {
  const [voice] = deviceVoices();
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
