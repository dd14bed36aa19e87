//! Punctuation, brackets, entities and faces drawn with them.

use super::characters::{is_symbol, rewritten};
use super::found::{Found, at, run_of};

/// `&amp;` and its kind, written as what it stands for.
pub(super) fn entity(text: &[char], place: usize) -> Option<Found> {
    if at(text, place)? != '&' {
        return None;
    }
    let name = run_of(text, place + 1, |character| {
        character.is_ascii_alphanumeric() || character == '#'
    });
    if at(text, place + 1 + name) != Some(';') {
        return None;
    }
    let name: String = text[place + 1..place + 1 + name].iter().collect();
    let written = match name.to_ascii_lowercase().as_str() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" | "ldquo" | "rdquo" => "''",
        "apos" | "lsquo" | "rsquo" => "'",
        "nbsp" => " ",
        "mdash" | "ndash" | "md" => "--",
        number if number.starts_with('#') => &name,
        _ => return None,
    };
    let length = name.chars().count() + 2;
    let text = match written.starts_with('#') {
        true => format!("&{name};"),
        false => written.to_owned(),
    };
    Some(Found {
        length,
        seen: length,
        text,
    })
}

/// `AT&T`, `R&B`: capitals; the entity too.
pub(super) fn ampersand_name(text: &[char], place: usize) -> Option<Found> {
    let capitals = |place: usize| run_of(text, place, |character| character.is_ascii_uppercase());
    let before = capitals(place);
    let after = place + before;
    let entity: Vec<char> = "&amp;".chars().collect();
    let sign = match text.get(after..) {
        Some(rest) if rest.starts_with(&entity) => entity.len(),
        Some(['&', ..]) => 1,
        _ => return None,
    };
    let end = capitals(after + sign);
    if before == 0 || end == 0 {
        return None;
    }
    let length = before + sign + end;
    let mut found = Found::plain(text, place, length);
    found.text = found.text.replace("&amp;", "&");
    Some(found)
}

/// `:)`, `;-)`, `=D`, `^_^`
pub(super) fn smiley(text: &[char], place: usize) -> Option<Found> {
    let length = western(text, place).or_else(|| eastern(text, place))?;
    let mut found = Found::plain(text, place, length);
    found.text = bracketed(&found.text);
    Some(found)
}

fn western(text: &[char], place: usize) -> Option<usize> {
    let mut end = place + usize::from("<>".contains(at(text, place)?));
    ":;=".contains(at(text, end)?).then_some(())?;
    end += 1;
    let mouth = |place: usize| {
        at(text, place).is_some_and(|mouth| "()DPdpO\\{@|[]".contains(mouth))
            && !at(text, place + 1).is_some_and(|next| next.is_ascii_alphanumeric())
    };
    let nosed = at(text, end).is_some_and(|nose| "-o*'".contains(nose)) && mouth(end + 1);
    if nosed {
        return Some(end + 2 - place);
    }
    mouth(end).then(|| end + 1 - place)
}

fn eastern(text: &[char], place: usize) -> Option<usize> {
    let eye = |place: usize| at(text, place).is_some_and(|eye| "-^x=~<>'".contains(eye));
    if at(text, place)? == '(' {
        let mouth = usize::from(at(text, place + 2).is_some_and(|mouth| "_.-".contains(mouth)));
        return (eye(place + 1)
            && eye(place + 2 + mouth)
            && at(text, place + 3 + mouth) == Some(')'))
        .then_some(4 + mouth);
    }
    (eye(place) && at(text, place + 1) == Some('_') && eye(place + 2)).then_some(3)
}

/// Runs of one sign that stay together: `!?!`, `**`, `--`, `__`, `...`.
pub(super) fn run(text: &[char], place: usize) -> Option<Found> {
    let first = at(text, place)?;
    let length = match first {
        '!' | '?' => run_of(text, place, |character| "!?".contains(character)),
        '*' | '_' | '#' | '@' => run_of(text, place, |character| character == first),
        '<' | '>' | '\'' | '`' => run_of(text, place, |character| character == first).min(2),
        '-' => {
            let length = run_of(text, place, |character| character == '-');
            if length > 1 {
                return Some(Found {
                    length,
                    seen: length,
                    text: "--".to_owned(),
                });
            }
            1
        }
        // An ellipsis; spaced, too.
        '.' => {
            let length = run_of(text, place, |character| character == '.');
            if length > 2 {
                return Some(Found {
                    length,
                    seen: length,
                    text: "...".to_owned(),
                });
            }
            1
        }
        _ => return None,
    };
    Some(Found::plain(text, place, length))
}

/// Any other character by itself.
pub(super) fn symbol(text: &[char], place: usize) -> Option<Found> {
    let character = at(text, place)?;
    let text = match rewritten(character) {
        Some(written) => written.to_owned(),
        None if character.is_ascii_punctuation() || is_symbol(character) => {
            bracketed(&character.to_string())
        }
        None => return None,
    };
    // A quotation mark is punctuation, whichever it is.
    let text = if text == "\"" { "''".to_owned() } else { text };
    Some(Found {
        length: 1,
        seen: 1,
        text,
    })
}

/// With brackets as the Penn Treebank writes them.
fn bracketed(text: &str) -> String {
    if text.chars().count() == 1 {
        match text {
            "[" => return "-LSB-".to_owned(),
            "]" => return "-RSB-".to_owned(),
            "{" => return "-LCB-".to_owned(),
            "}" => return "-RCB-".to_owned(),
            _ => {}
        }
    }
    text.replace('(', "-LRB-").replace(')', "-RRB-")
}
