//! JSON as people's tools write it. Python's writer makes `NaN` and `Infinity`, leaves half of a character's
//! pair of escapes, and takes control characters in strings; such values are read as `null`, `\u{FFFD}` and what
//! they are.

use std::path::Path;

use anyhow::{Result, anyhow};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

/// A record of a list: one that is as it should be, or anything else.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Record<T> {
    Good(T),
    Other(IgnoredAny),
}

/// Reads a file's text as `what` has it: the end of "… is no".
///
/// # Errors
/// When it is something else; the message names file, and place where it is no JSON.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, path: &Path, what: &str) -> Result<T> {
    from_str(text).map_err(|error| {
        let why = match error.classify() {
            Category::Data => String::new(),
            _ => format!(": {}", place(&error)),
        };
        anyhow!("{} is no {what}{why}", path.display())
    })
}

/// Where and how text stops being JSON.
pub(crate) fn place(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => format!("it ends too early, in line {line}"),
        _ => format!("it is not JSON from line {line}, column {column} on"),
    }
}

/// A value of JSON, and of what Python writes as JSON.
///
/// # Errors
/// When it is neither.
pub(crate) fn from_str<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    match serde_json::from_str(text) {
        Err(error) if error.is_syntax() => serde_json::from_str(&standard(text)).map_err(|_| error),
        result => result,
    }
}

/// The text with what only Python takes for JSON in JSON's own words.
fn standard(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        if !in_string {
            let number = ["NaN", "Infinity", "-Infinity"]
                .into_iter()
                .find(|name| rest.starts_with(name));
            if let Some(name) = number {
                result.push_str("null");
                length = name.len();
            } else {
                in_string = character == '"';
                result.push(character);
            }
        } else if character == '\\' {
            let (escape, taken) = escape(rest);
            result.push_str(escape);
            length = taken;
        } else if character.is_ascii_control() {
            result.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            in_string = character != '"';
            result.push(character);
        }
        rest = &rest[length..];
    }
    result
}

/// The escape that text begins with, and how many bytes of the text it stands for.
fn escape(text: &str) -> (&str, usize) {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    const UNIT: usize = "\\u0000".len();
    match unit(text) {
        Some(0xD800..=0xDBFF) => match text.get(UNIT..).and_then(unit) {
            Some(0xDC00..=0xDFFF) => (&text[..2 * UNIT], 2 * UNIT),
            _ => ("\\ufffd", UNIT),
        },
        Some(0xDC00..=0xDFFF) => ("\\ufffd", UNIT),
        _ => {
            let length = 1 + text[1..].chars().next().map_or(0, char::len_utf8);
            (&text[..length], length)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_python_writes_is_read() {
        let text = "{\"a\": NaN, \"b\": [-Infinity, Infinity], \"c\": \"NaN \\\" \\ud83d x\ty \\ud83d\\ude00\"}";
        let value: Value = from_str(text).unwrap();
        let expected = json!({"a": null, "b": [null, null], "c": "NaN \" \u{FFFD} x\ty 😀"});
        assert_eq!(value, expected);
        assert!(from_str::<Value>("{\"a\": None}").is_err());
        assert!(from_str::<Value>("\"\\").is_err());
    }

    #[test]
    fn messages_say_where() {
        let error = |text| {
            let result = parse::<Vec<u8>>(text, Path::new("a.json"), "list of numbers");
            result.unwrap_err().to_string()
        };
        assert_eq!(error("{}"), "a.json is no list of numbers");
        let broken = error("[1,\n x]");
        assert!(
            broken.contains("not JSON from line 2, column 2"),
            "{broken}"
        );
        assert!(error("[1,").contains("ends too early"));
    }
}
