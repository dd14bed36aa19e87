import "glimpse-captioner/element";

const status = document.getElementById("caption");
const captioner = document.querySelector("glimpse-captioner");

captioner.addEventListener("caption", ({ detail }) => {
  status.textContent = detail.text;
});
captioner.addEventListener("error", ({ detail }) => {
  status.textContent = detail.message;
});

document.getElementById("file").addEventListener("change", ({ target }) => {
  // The element shows what it fails with, too.
  captioner.caption(target.files[0]).catch(() => {});
});
