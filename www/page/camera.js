// A photo of the camera, with a preview.

import { contextOf } from "../shared/make.js";
import { LiveCaptions } from "./live-captions.js";
import { byId } from "./parts.js";

/** @import { TextKey } from "./language.js" */
/** @import { CaptionVideo } from "./live-captions.js" */

/**
 * Why a camera does not start, by the names of its errors.
 * @type {Record<string, TextKey>}
 */
const PROBLEMS = {
  NotAllowedError: "cameraRefused",
  SecurityError: "cameraRefused",
  NotFoundError: "cameraMissing",
  OverconstrainedError: "cameraMissing",
};

/**
 * Opens the camera in its dialogue, with captions of what it sees, made by `caption`. `onPhoto(file)` is called with the photo,
 * `onProblem(key)` with the text to show. Where pages get no camera, as without https, the device's own camera program is asked
 * for a photo.
 */
export class Camera {
  #controls;
  #live;
  #onProblem;

  /**
   * @param {CaptionVideo} caption
   * @param {(photo: File) => void} onPhoto
   * @param {(key: TextKey) => void} onProblem
   */
  constructor(caption, onPhoto, onProblem) {
    const [dialog, video, shoot] = [byId("camera"), byId("camera-video"), byId("camera-shoot")];
    this.#controls = { dialog, video, shoot, input: byId("camera-file") };
    this.#live = new LiveCaptions(
      {
        video,
        choice: byId("camera-live"),
        line: byId("camera-caption"),
        note: byId("camera-confidence"),
        step: byId("camera-step"),
        chance: byId("camera-chance"),
        announcement: byId("camera-announcement"),
      },
      caption,
    );
    this.#onProblem = onProblem;
    shoot.addEventListener("click", async () => {
      const photo = await picture(video);
      dialog.close();
      onPhoto(photo);
    });
    byId("camera-cancel").addEventListener("click", () => dialog.close());
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
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 } },
      });
    } catch (/** @type {any} */ error) {
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
    this.#live.start();
  }

  /** Gives the camera back, so that its light goes out. */
  #stop() {
    this.#live.stop();
    const { video } = this.#controls;
    for (const track of /** @type {MediaStream | null} */ (video.srcObject)?.getTracks() ?? []) {
      track.stop();
    }
    video.srcObject = null;
  }
}

/** @param {HTMLVideoElement} video */
async function picture(video) {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  contextOf(canvas).drawImage(video, 0, 0);
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
  return new File(blob ? [blob] : [], "camera.jpg", { type: blob?.type });
}
