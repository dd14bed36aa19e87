// English texts of the comparison of models, which is loaded when somebody wants it.

export default {
  comparison: "The same photo, ten years of captioners",
  aboutComparison:
    "Each by its own defaults. The older two are this project’s own reproductions, trained on Flickr8k as their sources " +
    "say; they have seen little but people and dogs, and cannot tell how sure they are.",
  captionBy: "{name}’s caption, word by word",
  compared: "{megabytes} MB, {milliseconds} ms. Point at a word to see where it looked.",
  comparedWithoutMaps: "{megabytes} MB, {milliseconds} ms. It has no attention: no maps.",
  notCompared: "No caption: {message}",
};
