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
    let (device, setup) = Device::wgpu_options()
        .init_with_setup_async()
        .await
        .map_err(|error| JsError::new(&format!("WebGPU cannot be used here: {error}")))?;
    setup
        .device
        .set_device_lost_callback(|_, message| lost::tell(&message));
    OPENED.set(Some(device.clone()));
    Ok(device)
}

/// What becomes known when the browser takes the device away: burn would wait for it for ever.
#[cfg(feature = "gpu")]
pub(crate) mod lost {
    use js_sys::{Function, Promise};
    use wasm_bindgen::JsValue;

    use crate::convert::named_error;

    thread_local! {
        static LOST: Lost = Lost::new();
    }

    struct Lost {
        promise: Promise,
        reject: Option<Function>,
    }

    impl Lost {
        fn new() -> Self {
            let mut found = None;
            let promise = Promise::new(&mut |_, reject| found = Some(reject));
            Self {
                promise,
                reject: found,
            }
        }
    }

    /// See [`crate::captioner::device_lost`].
    pub(crate) fn promise() -> Promise {
        LOST.with(|lost| lost.promise.clone())
    }

    pub(super) fn tell(message: &str) {
        let message = match message {
            "" => "the device was lost",
            message => message,
        };
        let error = named_error("DeviceLostError", message);
        LOST.with(|lost| {
            if let Some(reject) = &lost.reject {
                // A function of the browser's own, which throws nothing.
                let _ = reject.call1(&JsValue::UNDEFINED, &error);
            }
        });
    }
}
