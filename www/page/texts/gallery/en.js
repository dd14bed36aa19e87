// English texts of the gallery, which is loaded when there are several photos.

export default {
  gallery: "Your photos",
  progress: "{done} of {all}",
  progressFailed: "{done} of {all}, {failed} without a caption",
  progressPaused: "Paused at {done} of {all}",
  goOn: "Go on",
  waiting: "Waiting",
  failed: "No caption",
  failedHeic: "No caption: HEIC",
  isAccepted: "Accepted",
  remove: "Remove this photo",
  removeAll: "Remove all",
  review: "Review",
  accept: "Accept",
  next: "Next",
  previous: "Back",
  accepted: "{count} of {all} accepted",
  aboutReview:
    "The keys, and E to edit, work while one of these buttons or a photo of the gallery has the focus. In the text, " +
    "Ctrl+Enter accepts and Escape leaves it. An accepted caption is saved as yours.",
  heicCount: "HEIC photos, which this browser cannot open: {count}. Choose one to read what to do.",
  noMapsAgain: "Where the model looked in “{name}” could not be found again:",
};
