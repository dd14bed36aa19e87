//! The number or name that JSON files know a photo by.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A photo's name in JSON: COCO has numbers, other data sets have file names. `7`, `7.0` and `"7"` are one.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(untagged)]
pub enum PhotoId {
    /// COCO's.
    Number(i64),
    /// Any other.
    Name(String),
}

impl PhotoId {
    /// A value that stands for a photo; nothing for `null`, lists and the like.
    pub fn of(value: &Value) -> Option<Self> {
        /// Whole numbers below it are themselves as floats.
        const LARGEST: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;
        match value {
            Value::Number(number) => {
                let float = number.as_f64().filter(|value| value.fract() == 0.0);
                let whole = float.filter(|value| value.abs() < LARGEST);
                let number = number.as_i64().or(whole.map(|value| value as i64));
                number.map(Self::Number)
            }
            Value::String(name) if name.trim().is_empty() => None,
            // A number that is written otherwise, such as 007, is a name.
            Value::String(name) => Some(match name.trim().parse::<i64>() {
                Ok(number) if number.to_string() == name.trim() => Self::Number(number),
                _ => Self::Name(name.trim().to_owned()),
            }),
            _ => None,
        }
    }

    /// As it is written.
    pub fn as_text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_number_is_one_photo_however_it_is_written() {
        for value in [json!(7), json!(7.0), json!("7"), json!(" 7 ")] {
            assert_eq!(PhotoId::of(&value), Some(PhotoId::Number(7)));
        }
        assert_eq!(PhotoId::of(&json!(-1)), Some(PhotoId::Number(-1)));
        assert_eq!(
            PhotoId::of(&json!("007")),
            Some(PhotoId::Name("007".to_owned()))
        );
        for value in [json!(null), json!(1.5), json!([]), json!(""), json!(1e300)] {
            assert_eq!(PhotoId::of(&value), None);
        }
    }
}
