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

    /// The number of a photo whose file is called as COCO calls its photos: `COCO_val2014_000000000042.jpg`, or since 2017
    /// `000000000042.jpg`.
    pub fn of_coco_file(name: &str) -> Option<Self> {
        const DIGITS: usize = 12;
        let file = name.rsplit('/').next()?;
        let (stem, _) = file.rsplit_once('.')?;
        let digits = match stem.strip_prefix("COCO_") {
            Some(rest) => rest.split_once('_')?.1,
            None => stem,
        };
        let is_number = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| digits.parse().ok()).flatten();
        number.map(Self::Number)
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
        for (name, number) in [
            ("val2014/COCO_val2014_000000000042.jpg", Some(42)),
            ("COCO_train2014_000000581929.png", Some(581_929)),
            ("000000000139.jpg", Some(139)),
            ("000000139.jpg", None),
            ("COCO_val2014.jpg", None),
            ("COCO_val2014_42.jpg", None),
            ("a_000000000139.jpg", None),
            ("000000000139", None),
        ] {
            assert_eq!(
                PhotoId::of_coco_file(name),
                number.map(PhotoId::Number),
                "{name}"
            );
        }
        for value in [json!(null), json!(1.5), json!([]), json!(""), json!(1e300)] {
            assert_eq!(PhotoId::of(&value), None);
        }
    }
}
