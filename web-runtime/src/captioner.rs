//! `Captioner` and `heatMap` as JavaScript sees them.

use js_sys::{Float32Array, Function};
use model_export::attention::{Grid, heat_map};
use model_export::{CaptionError, CaptionOptions, Captioner};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen::{Clamped, JsError, JsValue};

use crate::convert::{caption_to_js, word_to_js};
use crate::device;

/// Runs when the module is loaded: a panic's message goes to the console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// A loaded model.
#[wasm_bindgen(js_name = Captioner)]
pub struct JsCaptioner {
    captioner: Captioner,
}

/// The options of `caption`; every field may be left out.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Options {
    max_words: Option<usize>,
}

#[wasm_bindgen(js_class = Captioner)]
impl JsCaptioner {
    /// Loads a model file.
    ///
    /// # Errors
    /// An `Error` whose message says what is wrong with the file, or that there is no GPU adapter.
    pub async fn load(model: Vec<u8>) -> Result<JsCaptioner, JsError> {
        let device = device::open().await?;
        let captioner = Captioner::from_bytes(&model, &device)?;
        Ok(Self { captioner })
    }

    /// Captions a JPEG, PNG or WebP file; `on_word` is called with each word as it is chosen.
    ///
    /// # Errors
    /// An `Error` whose message says what is wrong; its name is `PhotoError` where the photo is at
    /// fault and `DeviceError` where another backend might succeed.
    pub async fn caption(
        &self,
        photo: Vec<u8>,
        options: JsValue,
        on_word: Function,
    ) -> Result<JsValue, JsValue> {
        let given: Option<Options> = serde_wasm_bindgen::from_value(options)
            .map_err(|error| named_error("TypeError", &format!("bad options: {error}")))?;
        let mut options = CaptionOptions::default();
        if let Some(max_words) = given.unwrap_or_default().max_words {
            options.max_words = max_words;
        }
        let mut on_word = |word: &model_export::Word| {
            // What the page's own function throws is the page's to see, and stops nothing here.
            let _ = on_word.call1(&JsValue::UNDEFINED, &word_to_js(word));
        };
        let caption = self
            .captioner
            .caption(&photo, &options, &mut on_word)
            .await
            .map_err(|error| {
                let name = match &error {
                    CaptionError::Photo(_) => "PhotoError",
                    CaptionError::Device(_) => "DeviceError",
                };
                named_error(name, &error.to_string())
            })?;
        Ok(caption_to_js(&caption))
    }

    /// What the model file says about itself.
    ///
    /// # Errors
    /// Never in practice: the manifest was read from JSON.
    #[wasm_bindgen(getter)]
    pub fn manifest(&self) -> Result<JsValue, JsError> {
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        Ok(self.captioner.manifest().serialize(&serializer)?)
    }

    /// "cpu" or "gpu".
    #[wasm_bindgen(getter)]
    pub fn backend(&self) -> String {
        device::BACKEND.to_owned()
    }
}

fn named_error(name: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    error.set_name(name);
    error.into()
}

/// A map as RGBA pixels, `width` × `height`, straight alpha, for `ImageData`.
#[wasm_bindgen(js_name = heatMap)]
pub fn js_heat_map(
    map: Float32Array,
    rows: usize,
    columns: usize,
    width: u32,
    height: u32,
) -> Clamped<Vec<u8>> {
    let grid = Grid { rows, columns };
    Clamped(heat_map(&map.to_vec(), grid, width, height).into_raw())
}
