// One photo large, with its caption, its maps, and what can be done with them.

import { isUnsure } from "../shared/confidence.js";
import { setLanguage } from "../shared/direction.js";
import { make, quoted } from "../shared/make.js";
import { showWordGrid } from "../shared/maps.js";
import { WordList } from "../shared/word-list.js";
import { captionOf, isEdited, languageOf } from "./album.js";
import { AttentionPlayer } from "./attention-player.js";
import { AttentionView } from "./attention-view.js";
import { CaptionEditor } from "./caption-editor.js";
import { CaptionList } from "./caption-list.js";
import { ConfidenceNote } from "./confidence-note.js";
import { label, say } from "./language.js";
import { byId } from "./parts.js";
import { Speech } from "./speech.js";

/** @import { Word } from "../captioner/captioner.js" */
/** @import { AlbumPhoto } from "./album.js" */

/** Shows one photo of an album at a time. `onEdit(photo)` is called when a person chooses or writes its caption. */
export class ResultView {
  /** @type {AlbumPhoto | null} */
  #shown = null;
  /** Whether the words in view are those of an earlier caption of the photo. */
  #stale = false;
  #onEdit;

  #view = new AttentionView({ figure: byId("photo"), image: byId("photo-image"), canvas: byId("attention") });
  #words = new WordList(
    byId("words"),
    (word) => this.#view.look(word?.heat ?? null),
    (index) => this.#player.show(index),
  );
  #confidence = new ConfidenceNote({
    note: byId("confidence"),
    step: byId("confidence-step"),
    chance: byId("confidence-chance"),
  });
  #player = new AttentionPlayer(
    {
      panel: byId("player"),
      play: byId("play"),
      scrub: byId("scrub"),
      word: byId("scrub-word"),
      colour: byId("map-colour"),
      strength: byId("map-strength"),
      save: byId("save-map"),
    },
    this.#words,
    this.#view,
    () => this.#showGrid(!byId("grid").hidden),
  );
  #candidates = new CaptionList(byId("candidates"), byId("candidate-list"), (index) => this.#choose(index));
  #editor = new CaptionEditor(
    {
      edit: byId("edit"),
      copy: byId("copy"),
      restore: byId("restore"),
      panel: byId("editor"),
      field: byId("own-caption"),
      status: byId("copy-status"),
    },
    () => {
      this.#showEdited();
      this.#onEdit(this.#photo);
    },
  );
  #speech = new Speech({
    settings: byId("speech"),
    automatic: byId("speech-automatic"),
    voice: byId("speech-voice"),
    rate: byId("speech-rate"),
    button: byId("read-aloud"),
  });

  /** @param {(photo: AlbumPhoto) => void} onEdit */
  constructor(onEdit) {
    this.#onEdit = onEdit;
    byId("all-words").addEventListener("click", () => this.#showGrid(Boolean(byId("grid").hidden)));
  }

  /** The photo in view, where something is done with it. */
  get #photo() {
    return /** @type {AlbumPhoto} */ (this.#shown);
  }

  /**
   * Shows a photo, as far as it has come; `null` takes away the one in view.
   * @param {AlbumPhoto | null} photo
   */
  show(photo) {
    this.#shown = photo;
    this.#setStale(false);
    this.#speech.stop();
    this.#candidates.clear();
    this.#showWords(photo?.words ?? []);
    byId("spoken").replaceChildren();
    byId("drop-zone").hidden = photo !== null;
    byId("introduction").hidden = photo !== null;
    byId("result").hidden = photo === null;
    for (const id of ["hint", "unsure-hint", "no-maps", "facts", "all-words", "player"]) {
      byId(id).hidden = true;
    }
    const hasOwn = photo !== null && photo.own !== null;
    byId("caption-actions").hidden = !hasOwn;
    byId("editor").hidden = !(photo && isEdited(photo));
    this.#confidence.show(null);
    byId("actions").hidden = photo?.state !== "failed";
    byId("thinking").hidden = photo?.state !== "waiting" && photo?.state !== "busy";
    if (photo) {
      this.#view.show(photo.file);
    } else {
      this.#view.clear();
    }
    if (photo?.state === "done") {
      this.finish();
    } else if (hasOwn) {
      this.#editor.offer(photo);
      this.#showEdited();
    }
  }

  /** The photo in view is captioned again: its old words stay until there are new ones, so that nothing jumps. */
  expectOthers() {
    this.#setStale(this.#words.words.length > 0);
    if (!this.#stale) {
      this.show(this.#shown);
    }
  }

  /**
   * Adds a word to the caption of the photo in view.
   * @param {Word} word
   */
  add(word) {
    // With the first word the language is known too.
    if (this.#stale || this.#words.words.length === 0) {
      this.restart();
    }
    this.#words.add(word);
  }

  /** The words so far are void. */
  restart() {
    this.#setStale(false);
    this.#showWords([]);
    this.#showGrid(false);
  }

  /** Opens the caption in view to be edited, where there is one. */
  edit() {
    if (!byId("caption-actions").hidden) {
      this.#editor.edit();
    }
  }

  /** There will be no caption for now. */
  giveUp() {
    byId("thinking").hidden = true;
  }

  /** The photo in view has its captions. */
  finish() {
    const { captions, chosen, language } = this.#photo;
    const { backend, milliseconds } = /** @type {NonNullable<AlbumPhoto["run"]>} */ (this.#photo.run);
    const { text, words } = captions[chosen];
    if (this.#stale || this.#words.words.length !== words.length) {
      this.restart();
      this.#showWords(words);
    }
    this.#candidates.show(captions, chosen, language);
    say(byId("facts"), text ? "ranOn" : "noWordsRanOn", {
      backend: backend.toUpperCase(),
      milliseconds: Math.round(milliseconds).toLocaleString("en"),
    });
    for (const id of ["facts", "actions", "caption-actions"]) {
      byId(id).hidden = false;
    }
    this.#describe();
  }

  /** The words in view have their maps now. */
  finishMaps() {
    this.#offerMaps();
    this.#words.lookAgain();
  }

  /** @param {number} index */
  #choose(index) {
    const gridWasOpen = !byId("grid").hidden;
    const wasAccepted = this.#photo.own !== null && !isEdited(this.#photo);
    this.#photo.chosen = index;
    if (wasAccepted) {
      this.#photo.own = this.#photo.captions[index].text;
    }
    const { words } = this.#photo.captions[index];
    this.#showWords(words);
    this.#showGrid(gridWasOpen && words.length > 0);
    this.#describe();
    this.#onEdit(this.#photo);
  }

  /** @param {Word[]} words */
  #showWords(words) {
    for (const id of ["words", "scrub-word"]) {
      setLanguage(byId(id), this.#shown?.language ?? "");
    }
    this.#words.clear();
    this.#view.look(null);
    this.#showGrid(false);
    for (const word of words) {
      this.#words.add(word);
    }
  }

  /** Says the caption in view to those who cannot see it, and offers what can be done with its words. */
  #describe() {
    const { text, words, confidence } = this.#photo.captions[this.#photo.chosen];
    const caption = captionOf(this.#photo);
    const quote = quoted(caption, languageOf(this.#photo));
    byId("spoken").replaceChildren(...(caption ? [say(make("span"), "said"), " ", quote] : []));
    this.#view.describe(caption, languageOf(this.#photo));
    this.#speech.offer(caption, this.#photo.language);
    this.#editor.offer(this.#photo);
    this.#confidence.show(text ? confidence : null);
    byId("unsure-hint").hidden = !words.some(isUnsure);
    this.#offerMaps();
  }

  /** Offers the maps of the words in view, or says that they are being computed, or that there are none. */
  #offerMaps() {
    const { captions, chosen, isReduced, name, problem } = this.#photo;
    const { text } = captions[chosen];
    this.#player.offer(name);
    const hasMaps = this.#words.words.some(({ heat }) => heat);
    byId("thinking").hidden = !isReduced || problem !== null;
    byId("hint").hidden = !text || !hasMaps;
    byId("no-maps").hidden = !text || hasMaps || isReduced;
    byId("all-words").hidden = !text || !hasMaps;
  }

  /** A person's words take the place of the model's, wherever these are not shown as such. */
  #showEdited() {
    const caption = captionOf(this.#photo);
    this.#view.describe(caption, languageOf(this.#photo));
    this.#speech.replace(caption);
  }

  /** @param {boolean} visible */
  #showGrid(visible) {
    byId("grid").hidden = !visible;
    byId("all-words").setAttribute("aria-expanded", String(visible));
    if (visible) {
      showWordGrid(byId("grid-cells"), this.#words.words, this.#photo.language, {
        picture: () => make("img", { src: this.#view.address ?? "", alt: "" }),
        label: (map, word) => label(map, "lookedFor", { word }),
        tint: this.#view.tint,
      });
    } else {
      byId("grid-cells").replaceChildren();
    }
  }

  /** @param {boolean} stale */
  #setStale(stale) {
    this.#stale = stale;
    byId("result").classList.toggle("stale", stale);
  }
}
