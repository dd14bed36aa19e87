// The engine in a worker, so that the page never stutters.

import { Requests } from "./engine.js";

const requests = new Requests((message) => self.postMessage(message));
self.addEventListener("message", ({ data }) => requests.take(data));
// Tells that this file and those that it imports have arrived.
self.postMessage({ type: "started" });
