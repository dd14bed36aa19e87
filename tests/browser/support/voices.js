// Browsers in tests have no voices: these stand for a device's.

export const VOICES = [
  { name: "Yuna", lang: "ko-KR", voiceURI: "yuna", localService: true },
  { name: "Far", lang: "en-US", voiceURI: "far", localService: false },
  { name: "Sam", lang: "en-GB", voiceURI: "sam", localService: true },
];

/**
 * Gives pages these voices, which are found only after they were asked for, as in Chromium. In the page, `said` lists what was
 * spoken and silenced, and `utterance` is the last one.
 */
export function giveVoices(context, voices) {
  return context.addInitScript((voices) => {
    window.said = [];
    const synthesis = new EventTarget();
    let found = [];
    let asked = false;
    synthesis.getVoices = () => {
      if (!asked) {
        asked = true;
        setTimeout(() => {
          found = voices;
          synthesis.dispatchEvent(new Event("voiceschanged"));
        });
      }
      return found;
    };
    synthesis.speak = ({ text, voice, rate }) => window.said.push({ text, voice: voice.voiceURI, rate });
    synthesis.cancel = () => window.said.push("silence");
    Object.defineProperty(window, "speechSynthesis", { value: synthesis });
    window.SpeechSynthesisUtterance = class extends EventTarget {
      rate = 1;

      constructor(text) {
        super();
        this.text = text;
        window.utterance = this;
      }
    };
  }, voices);
}

export const said = (page) => page.evaluate(() => window.said);
