// GPU devices that a page opens.

/** Collects them in the page, so that they can be taken away there: `devices`. */
export function watchDevices(context) {
  return context.addInitScript(() => {
    window.devices = [];
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...options) {
      const device = await requestDevice.apply(this, options);
      devices.push(device);
      return device;
    };
  });
}
