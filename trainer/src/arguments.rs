//! Arguments that several commands share.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// One of several values by its name.
pub fn by_name<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(move |&value| name(value))).try_map(move |given| {
        let mut all = all.iter().copied();
        all.find(|&value| name(value) == given)
            .ok_or("no such name")
    })
}

/// A share of something: more than nothing, and at most all.
///
/// # Errors
/// When it is not.
pub fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if 0.0 < value && value <= 1.0 => Ok(value),
        _ => Err("not a share above 0 and at most 1".to_owned()),
    }
}
