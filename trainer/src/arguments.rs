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
