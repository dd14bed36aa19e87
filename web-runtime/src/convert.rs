//! Captions as JavaScript objects, their maps as `Float32Array`.

use js_sys::{Array, Float32Array, Object, Reflect};
use model_export::{Caption, Word};
use wasm_bindgen::JsValue;

/// `{ text, words, grid: { rows, columns } }`
pub(crate) fn caption_to_js(caption: &Caption) -> JsValue {
    let words: Array = caption.words.iter().map(word_to_js).collect();
    let grid = object([
        ("rows", (caption.grid.rows as u32).into()),
        ("columns", (caption.grid.columns as u32).into()),
    ]);
    object([
        ("text", caption.text.as_str().into()),
        ("words", words.into()),
        ("grid", grid),
    ])
}

/// `{ text, probability, map }`
pub(crate) fn word_to_js(word: &Word) -> JsValue {
    object([
        ("text", word.text.as_str().into()),
        ("probability", word.probability.into()),
        ("map", Float32Array::from(word.map.as_slice()).into()),
    ])
}

fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a plain object cannot fail.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}
