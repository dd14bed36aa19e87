// A photo of the camera, with a preview.

/** Why a camera does not start, by the names of its errors. */
const PROBLEMS = {
  NotAllowedError: "cameraRefused",
  SecurityError: "cameraRefused",
  NotFoundError: "cameraMissing",
  OverconstrainedError: "cameraMissing",
};

/**
 * Opens the camera in `dialog`. `onPhoto(file)` is called with the photo, `onProblem(key)` with the text to show. Where
 * pages get no camera, as without https, the device's own camera program is asked for a photo through `input`.
 */
export class Camera {
  #controls;
  #onProblem;

  constructor({ dialog, video, shoot, cancel, input }, onPhoto, onProblem) {
    this.#controls = { dialog, video, shoot, input };
    this.#onProblem = onProblem;
    shoot.addEventListener("click", async () => {
      const photo = await picture(video);
      dialog.close();
      onPhoto(photo);
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#stop());
  }

  async open() {
    const { dialog, video, shoot, input } = this.#controls;
    if (!navigator.mediaDevices?.getUserMedia) {
      input.click();
      return;
    }
    shoot.disabled = true;
    dialog.showModal();
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    } catch (error) {
      dialog.close();
      this.#onProblem(PROBLEMS[error.name] ?? "cameraFailed");
      return;
    }
    // One that was asked for before, and came late.
    this.#stop();
    video.srcObject = stream;
    if (!dialog.open) {
      this.#stop();
      return;
    }
    await video.play().catch(() => {});
    shoot.disabled = false;
    shoot.focus();
  }

  /** Gives the camera back, so that its light goes out. */
  #stop() {
    const { video } = this.#controls;
    video.srcObject?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  }
}

async function picture(video) {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
  return new File([blob], "camera.jpg", { type: blob.type });
}
