// English texts of what is told about the model and of privacy, loaded when somebody opens them.

export default {
  privacyPhotos:
    "Photos, pictures of the camera and captions are never sent anywhere. Once loaded, the page asks the network for " +
    "nothing, except for a photo whose address you enter or drop, a language that you choose, or a model, a GPU program " +
    "or another part of the page that it needs then.",
  privacyAddress:
    "An address that you enter or drop is asked for by your browser, without cookies. That site learns your network address and " +
    "the name of this site, and nothing else.",
  privacyKept:
    "Kept in this browser: the page, the model, your language, whether the GPU was faster, and a photo that is shared with " +
    "the page until it opens. No cookies, no counting of visitors.",
  limits:
    "The model that comes with this page is small. It has learned from photos of many kinds and their English " +
    "captions: what it has not seen, it calls by the name of something that it has.",
  mistakes:
    "Captions are guesses. About half of them name the right things; it names the kind of thing more often than the thing, " +
    "is bad at counting and colours, and reads no text. Whom it calls man, woman, boy or girl is guessed " +
    "from clothes and hair. Where a word looked, and how sure the model was of it, are hints, not proofs. Not for " +
    "decisions about people, and alt texts have to be read by a person.",
  readData: "Photos it learned from (Flickr8k)",
  readMoreData: "Photos it learned from (COCO)",
  readNetwork: "The image network (EfficientNet)",
};
