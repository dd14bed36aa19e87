//! The options of a caption as JavaScript gives them.

use js_sys::{Array, Object, Reflect};
use model_export::{CaptionOptions, Captioner, Sampling, Strategy};
use wasm_bindgen::{JsCast, JsValue};

use crate::convert::object;

/// JavaScript's numbers hold every whole number up to this one.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_991.0;

/// Whether a content word may stand twice in a caption where nothing is said of it.
const REPEAT_WORDS: bool = false;

/// The options that an object stands for; what it leaves out is the default, and so is everything
/// where it is `undefined` or `null`. Styles and content words are the model's.
///
/// # Errors
/// A sentence that names the field: one that is unknown, of another type, out of its range, or of no
/// use beside another.
pub(crate) fn options_from_js(
    given: &JsValue,
    captioner: &Captioner,
) -> Result<CaptionOptions, String> {
    let mut options = CaptionOptions::default();
    let fields = Fields::of(
        given,
        "the options",
        &[
            "maxWords",
            "repeatBlock",
            "repeatWords",
            "lengthPenalty",
            "alternatives",
            "beams",
            "sample",
            "style",
        ],
    )?;
    let style = fields.string("style")?;
    options.start = captioner.manifest().vocabulary.start(style.as_deref())?;
    let repeat_words = fields.flag("repeatWords")?.unwrap_or(REPEAT_WORDS);
    options.said_once = captioner.content_words().unless(repeat_words);
    if let Some(max_words) = fields.whole("maxWords")? {
        options.max_words = max_words;
    }
    if let Some(repeat_block) = fields.whole("repeatBlock")? {
        options.repeat_block = repeat_block;
    }
    if let Some(length_penalty) = fields.number("lengthPenalty")? {
        options.length_penalty = length_penalty;
    }
    if let Some(alternatives) = fields.whole::<usize>("alternatives")? {
        options.captions = alternatives.saturating_add(1);
    }
    let beams = fields.whole("beams")?;
    let sample = fields.get("sample");
    if !sample.is_undefined() && !sample.is_null() {
        if beams.is_some() {
            return Err("beams and sample exclude each other".to_owned());
        }
        options.strategy = Strategy::Sample(sampling_from_js(&sample)?);
    } else if let Some(width) = beams {
        options.strategy = Strategy::Beam { width };
    } else if let Strategy::Beam { width } = &mut options.strategy {
        *width = options.captions.max(*width);
    }
    options.validate().map_err(|error| error.to_string())?;
    Ok(options)
}

fn sampling_from_js(given: &JsValue) -> Result<Sampling, String> {
    let mut sampling = Sampling::default();
    let fields = Fields::of(given, "sample", &["temperature", "topK", "topP", "seed"])?;
    if let Some(temperature) = fields.number("temperature")? {
        sampling.temperature = temperature as f32;
    }
    if let Some(top_k) = fields.whole("topK")? {
        sampling.top_k = top_k;
    }
    if let Some(top_p) = fields.number("topP")? {
        sampling.top_p = top_p as f32;
    }
    if let Some(seed) = fields.whole("seed")? {
        sampling.seed = seed;
    }
    Ok(sampling)
}

/// The defaults, as the object that a caller would give for them.
pub(crate) fn default_options() -> JsValue {
    let CaptionOptions {
        start: _,
        said_once: _,
        max_words,
        repeat_block,
        length_penalty,
        captions,
        strategy,
    } = CaptionOptions::default();
    let sampling = match &strategy {
        Strategy::Sample(sampling) => sampling.clone(),
        Strategy::Beam { .. } => Sampling::default(),
    };
    let sampling = object([
        ("temperature", decimal(sampling.temperature).into()),
        ("topK", (sampling.top_k as f64).into()),
        ("topP", decimal(sampling.top_p).into()),
        ("seed", (sampling.seed as f64).into()),
    ]);
    let (beams, sample) = match strategy {
        Strategy::Beam { width } => ((width as f64).into(), JsValue::UNDEFINED),
        Strategy::Sample(_) => (JsValue::UNDEFINED, sampling.clone()),
    };
    object([
        ("maxWords", (max_words as f64).into()),
        ("repeatBlock", (repeat_block as f64).into()),
        ("repeatWords", REPEAT_WORDS.into()),
        ("lengthPenalty", length_penalty.into()),
        ("alternatives", ((captions - 1) as f64).into()),
        ("beams", beams),
        ("sample", sample),
        // What `{ sample: {} }` stands for.
        ("sampling", sampling),
    ])
}

/// 0.9 as JavaScript has it, and not 0.8999999761581421.
fn decimal(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}

/// An object's fields.
struct Fields<'a>(&'a JsValue);

impl<'a> Fields<'a> {
    /// Checks that it is an object, or nothing, and has no fields but the known ones.
    fn of(value: &'a JsValue, name: &str, known: &[&str]) -> Result<Self, String> {
        if value.is_undefined() || value.is_null() {
            return Ok(Self(value));
        }
        let Some(object) = value
            .dyn_ref::<Object>()
            .filter(|_| !Array::is_array(value))
        else {
            return Err(format!("{name} must be an object, not {}", text(value)));
        };
        for key in Object::keys(object)
            .iter()
            .filter_map(|key| key.as_string())
        {
            if !known.contains(&key.as_str()) {
                return Err(format!(
                    "{name} cannot have \"{key}\", only {}",
                    known.join(", ")
                ));
            }
        }
        Ok(Self(value))
    }

    /// The field's value, or `undefined`.
    fn get(&self, name: &str) -> JsValue {
        if self.0.is_object() {
            Reflect::get(self.0, &name.into()).unwrap_or(JsValue::UNDEFINED)
        } else {
            JsValue::UNDEFINED
        }
    }

    /// What the field's value is read as, which is called `what`, unless the field is left out.
    fn read<T>(
        &self,
        name: &str,
        what: &str,
        read: impl FnOnce(&JsValue) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let value = self.get(name);
        if value.is_undefined() || value.is_null() {
            return Ok(None);
        }
        match read(&value) {
            Some(read) => Ok(Some(read)),
            None => Err(format!("{name} must be {what}, not {}", text(&value))),
        }
    }

    fn number(&self, name: &str) -> Result<Option<f64>, String> {
        self.read(name, "a number", JsValue::as_f64)
    }

    fn string(&self, name: &str) -> Result<Option<String>, String> {
        self.read(name, "a string", JsValue::as_string)
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, String> {
        self.read(name, "true or false", JsValue::as_bool)
    }

    /// A whole number that is not negative, unless the field is left out.
    fn whole<T: TryFrom<u64>>(&self, name: &str) -> Result<Option<T>, String> {
        let Some(number) = self.number(name)? else {
            return Ok(None);
        };
        let possible = number.fract() == 0.0 && (0.0..=LARGEST_WHOLE).contains(&number);
        match possible.then(|| T::try_from(number as u64)) {
            Some(Ok(whole)) => Ok(Some(whole)),
            _ => Err(format!(
                "{name} must be a whole number from 0, not {number}"
            )),
        }
    }
}

/// A value as a message shows it.
fn text(value: &JsValue) -> String {
    match value.as_string() {
        Some(text) => format!("\"{text}\""),
        None => format!("{value:?}")
            .trim_start_matches("JsValue(")
            .trim_end_matches(')')
            .to_owned(),
    }
}
