import { forgetModel, loadCaptioner } from "glimpse-captioner";

const status = document.getElementById("caption");
let captioner = null;

document.getElementById("file").addEventListener("change", async ({ target }) => {
  const onProgress = ({ loaded, total }) => {
    status.textContent = total ? `Loading: ${Math.round((100 * loaded) / total)} %` : "Loading…";
  };
  try {
    captioner ??= await loadCaptioner({ onProgress });
    const { text } = await captioner.caption(target.files[0]);
    status.textContent = text;
  } catch (error) {
    status.textContent = error.message;
  }
});

document.getElementById("forget").addEventListener("click", async () => {
  await forgetModel();
  status.textContent = "Forgotten.";
});
