//! Where the model computes.

use burn::tensor::Device;
use wasm_bindgen::JsError;

/// What this module was built for.
#[cfg(not(feature = "gpu"))]
pub(crate) const BACKEND: &str = "cpu";
/// What this module was built for.
#[cfg(feature = "gpu")]
pub(crate) const BACKEND: &str = "gpu";

/// The one CPU device.
#[cfg(not(feature = "gpu"))]
pub(crate) async fn open() -> Result<Device, JsError> {
    Ok(Device::flex())
}

/// A WebGPU device; an error where the browser has no adapter.
#[cfg(feature = "gpu")]
pub(crate) async fn open() -> Result<Device, JsError> {
    use std::cell::RefCell;

    // burn's runtime can be initialised once; a second model shares the device.
    thread_local! {
        static OPENED: RefCell<Option<Device>> = const { RefCell::new(None) };
    }
    if let Some(device) = OPENED.with_borrow(Clone::clone) {
        return Ok(device);
    }
    let device = Device::wgpu_options()
        .init_async()
        .await
        .map_err(|error| JsError::new(&format!("WebGPU cannot be used here: {error}")))?;
    OPENED.set(Some(device.clone()));
    Ok(device)
}
