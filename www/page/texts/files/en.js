// English texts of folders, addresses, the camera and files beside photos, loaded with what needs them.

export default {
  notRead: "Files or folders that could not be read: {count}, such as “{name}”.",
  noPhotos: "There is no photo in what you dropped.",
  searching: "Looking through the folder: {count} photos so far",
  passedOver: "Files in the folder that are no photos, and were passed over: {count}",
  folderRefused: "The browser did not let this page read the folder. Drop it on the page instead.",
  noneShared: "No photo has come from the program that shared it. Choose it here instead.",
  heic:
    "“{name}” is a HEIC photo, which this browser cannot open. Open this page in Safari, or save the photo as JPEG: export " +
    "it from your photo program, or have an iPhone take JPEG from now on (Settings, Camera, Formats, Most Compatible).",
  writing: "Writing: {done} of {all}",
  written: "XMP files written: {written}. Left alone, since one was there: {there}.",
  writtenSome:
    "XMP files written: {written}. Left alone, since one was there: {there}. Could not be written: {failed}; is the " +
    "folder still there, and is there room?",
  writeRefused: "The browser may not write into the folder, so nothing was written. The ZIP has the same files.",
  notAFile: "What you dropped is not a file. Save the photo first, then drop the file.",
  cancel: "Cancel",
  addressLabel: "Address of the photo",
  aboutAddress:
    "Your browser asks that site for the photo. It learns your network address and the name of this site, and nothing else.",
  fetchPhoto: "Fetch the photo",
  addressWrong: "That is no address of a photo: it has to begin with https://.",
  addressRefused:
    "{host} did not answer, or does not let other pages read its photos (CORS). Save the photo and choose the file.",
  addressAnswered: "{host} answered {status}. Is the address right?",
  addressNoPhoto:
    "What {host} sent is not a photo. Perhaps it is the page around it: copy the address of the photo itself.",
  takePhoto: "Take the photo",
  cameraLive: "Caption what the camera sees",
  cameraRefused:
    "The browser did not allow this page to use the camera. Allow it in the address bar, or choose a file.",
  cameraMissing: "There is no camera here. Choose a file instead.",
  cameraFailed: "The camera did not start; perhaps another program uses it.",
};
