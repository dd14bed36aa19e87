import { loadCaptioner } from "./glimpse-captioner/glimpse.js";

const captioner = await loadCaptioner({ backend: "cpu" });
const { text } = await captioner.caption(document.getElementById("photo"));
document.getElementById("caption").textContent = text;
