//! Captions as JavaScript objects, their maps as `Float32Array`.

use js_sys::{Array, Float32Array, Object, Reflect};
use model_export::{Alternative, Caption, Word};
use wasm_bindgen::JsValue;

/// `{ text, words, grid: { rows, columns }, logProbability, score, confidence, alternatives }`
pub(crate) fn caption_to_js(caption: &Caption) -> JsValue {
    let grid = object([
        ("rows", (caption.grid.rows as u32).into()),
        ("columns", (caption.grid.columns as u32).into()),
    ]);
    let alternatives: Array = caption.alternatives.iter().map(alternative_to_js).collect();
    object([
        ("text", caption.text.as_str().into()),
        ("words", words_to_js(&caption.words)),
        ("grid", grid),
        ("logProbability", caption.log_probability.into()),
        ("score", caption.score.into()),
        ("confidence", number_or_null(caption.confidence)),
        ("alternatives", alternatives.into()),
    ])
}

/// `{ text, words, logProbability, score }`
fn alternative_to_js(alternative: &Alternative) -> JsValue {
    object([
        ("text", alternative.text.as_str().into()),
        ("words", words_to_js(&alternative.words)),
        ("logProbability", alternative.log_probability.into()),
        ("score", alternative.score.into()),
    ])
}

fn words_to_js(words: &[Word]) -> JsValue {
    words.iter().map(word_to_js).collect::<Array>().into()
}

/// `{ text, probability, confidence, map }`
pub(crate) fn word_to_js(word: &Word) -> JsValue {
    object([
        ("text", word.text.as_str().into()),
        ("probability", word.probability.into()),
        ("confidence", number_or_null(word.confidence)),
        ("map", Float32Array::from(word.map.as_slice()).into()),
    ])
}

fn number_or_null(number: Option<f32>) -> JsValue {
    number.map_or(JsValue::NULL, JsValue::from)
}

/// A plain object of the given fields.
pub(crate) fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a plain object cannot fail.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}

/// An `Error` of a name.
pub(crate) fn named_error(name: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    error.set_name(name);
    error.into()
}
