//! `Captioner` and `heatMap` as JavaScript sees them.

use image::RgbImage;
use js_sys::{Float32Array, Function};
use model_export::attention::{Grid, heat_map};
use model_export::photo::{self, PhotoError};
use model_export::{Captioner, GenerateError};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen::{Clamped, JsError, JsValue};

use crate::convert::{caption_to_js, named_error, word_to_js};
use crate::device;
use crate::options::{self, options_from_js};

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

    /// Captions a JPEG, PNG or WebP file; `on_word` is called with each word of the caption: as it is
    /// chosen where only one caption can become of it, and at the end otherwise.
    ///
    /// `options` is `{ beams, sample: { temperature, topK, topP, seed }, alternatives, lengthPenalty,
    /// repeatBlock, repeatWords, maxWords, style }`; every field may be left out, and `beams` and `sample` exclude each
    /// other. The result is `{ text, words, grid, logProbability, score, alternatives }`.
    ///
    /// # Errors
    /// An `Error` whose message says what is wrong; its name is `UnknownFormatError` where the browser
    /// may be able to decode the file instead, `PhotoError` where the photo is at fault otherwise,
    /// `OptionError` where an option is, and `DeviceError` where another backend might succeed.
    pub async fn caption(
        &self,
        photo: Vec<u8>,
        options: JsValue,
        on_word: Function,
    ) -> Result<JsValue, JsValue> {
        let photo = photo::decode(&photo).map_err(|error| photo_error(&error))?;
        self.run(&photo, &options, &on_word).await
    }

    /// Captions a photo that the browser has decoded: `pixels` as in `ImageData`, RGBA with straight
    /// alpha, `width` × `height`, upright. All else is as with [`Self::caption`].
    ///
    /// # Errors
    /// As with [`Self::caption`].
    #[wasm_bindgen(js_name = captionPixels)]
    pub async fn caption_pixels(
        &self,
        pixels: Vec<u8>,
        width: u32,
        height: u32,
        options: JsValue,
        on_word: Function,
    ) -> Result<JsValue, JsValue> {
        let photo = photo::from_rgba(width, height, pixels).map_err(|error| photo_error(&error))?;
        self.run(&photo, &options, &on_word).await
    }

    /// The options that a caption has where none are given, and in `sampling` what `sample` has
    /// where it is an empty object.
    #[wasm_bindgen(getter, js_name = defaultOptions)]
    pub fn default_options(&self) -> JsValue {
        options::default_options()
    }

    /// The names of the styles that captions can be asked for, besides the plain one.
    #[wasm_bindgen(getter)]
    pub fn styles(&self) -> Vec<String> {
        let styles = self.captioner.manifest().vocabulary.styles();
        styles.map(str::to_owned).collect()
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

impl JsCaptioner {
    async fn run(
        &self,
        photo: &RgbImage,
        options: &JsValue,
        on_word: &Function,
    ) -> Result<JsValue, JsValue> {
        let options = options_from_js(options, &self.captioner)
            .map_err(|message| named_error("OptionError", &message))?;
        let mut on_word = |word: &model_export::Word| {
            // What the page's own function throws is the page's to see, and stops nothing here.
            let _ = on_word.call1(&JsValue::UNDEFINED, &word_to_js(word));
        };
        let caption = self
            .captioner
            .caption_pixels(photo, &options, &mut on_word)
            .await
            .map_err(|error| {
                let name = match &error {
                    GenerateError::Options(_) => "OptionError",
                    GenerateError::Device(_) => "DeviceError",
                };
                named_error(name, &error.to_string())
            })?;
        Ok(caption_to_js(&caption))
    }
}

/// Named for what the file is: another program, such as the browser, may be able to read a format that is unknown here.
fn photo_error(error: &PhotoError) -> JsValue {
    let name = match error {
        PhotoError::UnknownFormat => "UnknownFormatError",
        _ => "PhotoError",
    };
    named_error(name, &error.to_string())
}

/// A map as RGBA pixels, `width` × `height`, straight alpha, for `ImageData`; Node has no such class to hand out.
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

/// Fails with a `DeviceLostError` when the device that this module opens is lost, and never ends otherwise.
#[cfg(feature = "gpu")]
#[wasm_bindgen(js_name = deviceLost)]
pub fn device_lost() -> js_sys::Promise {
    device::lost::promise()
}
