//! The module with one more function, which panics: for the browser's tests of what a page does then. No module that is
//! shipped has it.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
// So that the linker keeps what the library exports.
use web_runtime as _;

/// Panics between two steps of a promise, as an error of the program in mid-caption would.
#[wasm_bindgen(js_name = panicInCaption)]
pub async fn panic_in_caption() {
    // Whatever it gives, the rest runs later.
    let _ = JsFuture::from(js_sys::Promise::resolve(&JsValue::NULL)).await;
    panic!("a panic for the tests");
}
