//! Words: contractions, compounds, abbreviations.

use super::abbreviations::{
    ALWAYS, BEFORE_A_NUMBER, CAPITALISED, NOT_IN_CAPITALS, SENTENCE_STARTS,
};
use super::characters::{is_apostrophe, is_letter, is_word};
use super::found::{Found, at, run_of};

/// Two words written as one, and where the second begins.
const SPLIT: [(&str, usize); 6] = [
    ("cannot", 3),
    ("gonna", 3),
    ("gotta", 3),
    ("lemme", 3),
    ("gimme", 3),
    ("wanna", 3),
];

/// What may follow an apostrophe as a word of its own.
const ENDINGS: [&str; 6] = ["s", "m", "d", "ll", "re", "ve"];

/// Words that begin with an apostrophe.
const WITHOUT_BEGINNING: [&str; 4] = ["cause", "em", "till", "til"];

fn lower(text: &[char], place: usize, length: usize) -> String {
    let end = (place + length).min(text.len());
    text[place.min(end)..end]
        .iter()
        .map(char::to_ascii_lowercase)
        .collect()
}

fn apostrophe(text: &[char], place: usize) -> bool {
    at(text, place).is_some_and(is_apostrophe)
}

fn letter(text: &[char], place: usize) -> bool {
    at(text, place).is_some_and(is_letter)
}

fn letters(text: &[char], place: usize) -> usize {
    run_of(text, place, is_letter)
}

/// `cannot` → `can`, `'tis` → `'t`: the first half.
pub(super) fn split_word(text: &[char], place: usize) -> Option<Found> {
    if apostrophe(text, place) {
        let rest = lower(text, place + 1, 3);
        return (rest == "twa" && lower(text, place + 1, 4) == "twas" || rest == "tis")
            .then(|| Found::looking(text, place, 2, 1 + if rest == "tis" { 3 } else { 4 }));
    }
    let length = letters(text, place);
    let word = lower(text, place, length);
    let (_, half) = SPLIT.iter().find(|(whole, _)| *whole == word)?;
    Some(Found::looking(text, place, *half, length))
}

/// The word before `n't`: `do` of `don't`.
pub(super) fn negated(text: &[char], place: usize) -> Option<Found> {
    at(text, place).filter(char::is_ascii_alphabetic)?;
    let length = run_of(text, place, |character| character.is_ascii_alphanumeric());
    let end = place + length;
    let before = length.checked_sub(1).filter(|&before| before > 0)?;
    (lower(text, end - 1, 1) == "n" && negation_mark(text, end) && lower(text, end + 1, 1) == "t")
        .then(|| Found::looking(text, place, before, length + 2))
}

/// `n't`
pub(super) fn negation(text: &[char], place: usize) -> Option<Found> {
    (lower(text, place, 1) == "n"
        && negation_mark(text, place + 1)
        && lower(text, place + 2, 1) == "t")
        .then(|| {
            let mut found = Found::plain(text, place, 3);
            found.text = straight(&found.text);
            found
        })
}

fn negation_mark(text: &[char], place: usize) -> bool {
    apostrophe(text, place) || at(text, place) == Some('`')
}

/// `'s`, `'ll` and the like; and the word before them, which wins over what would be longer.
pub(super) fn contraction(text: &[char], place: usize) -> Option<Found> {
    let ending = |place: usize| {
        apostrophe(text, place).then_some(())?;
        let length = run_of(text, place + 1, |character| character.is_ascii_alphabetic());
        let ending = lower(text, place + 1, length);
        // A curly apostrophe is enough; after a straight one the ending must end, too.
        match at(text, place) {
            Some('\'') => ENDINGS.contains(&ending.as_str()).then_some(length + 1),
            _ => ENDINGS
                .iter()
                .find(|known| ending.starts_with(**known))
                .map(|known| known.len() + 1),
        }
    };
    if let Some(length) = ending(place) {
        let mut found = Found::plain(text, place, length);
        found.text = straight(&found.text);
        return Some(found);
    }
    letter(text, place).then_some(())?;
    let length = run_of(text, place, is_word);
    let seen = ending(place + length)?;
    Some(Found::looking(text, place, length, length + seen))
}

fn straight(text: &str) -> String {
    text.replace(['\u{2019}', '\u{92}'], "'")
}

/// `'em`, `'90s`, `'n'`, `d'`, `ol'`, `y'` and the like.
pub(super) fn apostrophe_word(text: &[char], place: usize) -> Option<Found> {
    let length = if apostrophe(text, place) {
        beheaded(text, place)
    } else {
        shortened(text, place)
    }?;
    Some(Found::plain(text, place, length))
}

fn beheaded(text: &[char], place: usize) -> Option<usize> {
    let decade = at(text, place + 1).is_some_and(|tens| ('2'..='9').contains(&tens))
        && at(text, place + 2).is_some_and(|ones| ones.is_ascii_digit());
    if decade && at(text, place + 2) == Some('0') && lower(text, place + 3, 1) == "s" {
        return Some(4);
    }
    if decade && at(text, place + 3).is_none_or(char::is_whitespace) {
        return Some(3);
    }
    if lower(text, place + 1, 1) == "n" {
        if apostrophe(text, place + 2) {
            return Some(3);
        }
        return (!at(text, place + 2).is_some_and(|next| is_word(next) || next == '.'))
            .then_some(2);
    }
    WITHOUT_BEGINNING
        .iter()
        .find(|word| lower(text, place + 1, word.len()) == **word)
        .map(|word| 1 + word.len())
}

fn shortened(text: &[char], place: usize) -> Option<usize> {
    let length = letters(text, place);
    apostrophe(text, place + length).then_some(())?;
    let word = lower(text, place, length);
    let next = at(text, place + length + 1);
    match word.as_str() {
        "l" | "d" | "j" | "ol" | "dunkin" | "somethin" => Some(length + 1),
        "y" if next.is_some_and(is_letter) => Some(2),
        "c" if lower(text, place + 2, 3) == "mon" => Some(5),
        "c" if lower(text, place + 2, 3) == "est" => Some(5),
        "e" if lower(text, place + 2, 2) == "er" => Some(4),
        "ev" if lower(text, place + 3, 2) == "ry" => Some(5),
        "li" if lower(text, place + 3, 1) == "l" => Some(4),
        "s" if lower(text, place + 2, 4) == "more" => {
            Some(6 + usize::from(lower(text, place + 6, 1) == "s"))
        }
        "o" if lower(text, place + 2, 1) == "o" => Some(3),
        _ => None,
    }
}

/// A word; with dots, question and exclamation marks inside, if letters follow: `man.a`.
pub(super) fn word(text: &[char], place: usize) -> Option<Found> {
    if !letter(text, place) {
        // Digits go on as letters, but without dots: `5th`.
        let length = run_of(text, place, is_word);
        return (length > 0).then(|| Found::plain(text, place, length));
    }
    let mut end = place + run_of(text, place, is_word);
    while at(text, end).is_some_and(|mark| ".!?".contains(mark)) && letter(text, end + 1) {
        end += 1 + run_of(text, end + 1, is_word);
    }
    Some(Found::plain(text, place, end - place))
}

/// `o'clock`, `d'oeuvres`, `ma'am`
pub(super) fn name_with_apostrophe(text: &[char], place: usize) -> Option<Found> {
    let before = letters(text, place);
    (before > 0 && is_inside_name(text, place, before)).then_some(())?;
    Some(Found::plain(
        text,
        place,
        before + 1 + run_of(text, place + before + 1, is_word),
    ))
}

fn is_inside_name(text: &[char], place: usize, before: usize) -> bool {
    if !apostrophe(text, place + before) && at(text, place + before) != Some('`') {
        return false;
    }
    let after = letters(text, place + before + 1);
    let last = lower(text, place + before - 1, 1);
    if before == 1 {
        return after >= 2 && ["d", "l", "n", "o"].contains(&last.as_str());
    }
    let next = at(text, place + before + 1);
    at(text, place + before) != Some('`')
        && "aeiouy".contains(&last)
        && next.is_some_and(|next| "aeiou".contains(next) || next.is_ascii_uppercase())
}

/// `U.S.`, `t.v.`, `J.`
pub(super) fn acronym(text: &[char], place: usize) -> Option<Found> {
    let mut end = place;
    while letter(text, end) && !letter(text, end + 1) && at(text, end + 1) == Some('.') {
        end += 2;
    }
    if end == place {
        return None;
    }
    // `Ph.D.` and the like are words with dots inside; the stop at the end is kept with those too.
    if end == place + 2 && starts_sentence(text, end) {
        return None;
    }
    Some(Found::plain(text, place, end - place))
}

fn starts_sentence(text: &[char], place: usize) -> bool {
    let gap = run_of(text, place, char::is_whitespace);
    let length = letters(text, place + gap);
    let word: String = text[(place + gap).min(text.len())..(place + gap + length).min(text.len())]
        .iter()
        .collect();
    gap > 0 && SENTENCE_STARTS.contains(&word.as_str())
}

/// A word with a full stop that another mark follows: `road.,` keeps its stop.
pub(super) fn stopped(text: &[char], place: usize) -> Option<Found> {
    let word = [word, hyphenated, name_with_apostrophe]
        .into_iter()
        .filter_map(|rule| rule(text, place))
        .max_by_key(|found| found.length)?;
    let end = place + word.length;
    let letters = text[place..end]
        .iter()
        .any(|&character| is_letter(character));
    (letters
        && at(text, end) == Some('.')
        && at(text, end + 1).is_some_and(|mark| ",;:".contains(mark)))
    .then(|| Found::looking(text, place, word.length + 1, word.length + 2))
}

/// `Mr.`, `etc.`
pub(super) fn abbreviation(text: &[char], place: usize) -> Option<Found> {
    let length = letters(text, place);
    let first = at(text, place).filter(|_| length > 0)?;
    if at(text, place + length) != Some('.') {
        return None;
    }
    let word = lower(text, place, length);
    let word = word.as_str();
    let capital = first.is_uppercase();
    let all_capitals = text[place..place + length]
        .iter()
        .all(|one| one.is_uppercase());
    let kept = ALWAYS.contains(&word)
        || (NOT_IN_CAPITALS.contains(&word) && !all_capitals)
        || (CAPITALISED.contains(&word) && capital)
        || (BEFORE_A_NUMBER.contains(&word) && {
            let gap = run_of(text, place + length + 1, |character| character == ' ');
            at(text, place + length + 1 + gap).is_some_and(|next| next.is_ascii_digit())
        });
    kept.then(|| Found::plain(text, place, length + 1))
}

/// `t-shirt`, `21-year-old`, `3.5-inch`, `man-o'war`
pub(super) fn hyphenated(text: &[char], place: usize) -> Option<Found> {
    let start = if is_inside_name_at(text, place) {
        let before = letters(text, place);
        before + 1 + run_of(text, place + before + 1, is_word)
    } else {
        at(text, place).filter(|&first| is_word(first))?;
        run_of(text, place, |character| {
            is_word(character) || ".,".contains(character)
        })
    };
    let mut end = place + start;
    let mut parts = 0;
    while at(text, end).is_some_and(|hyphen| "-_\u{2010}\u{2011}".contains(hyphen)) {
        let next = end + 1;
        let acronym: usize = {
            let mut length = 0;
            while letter(text, next + length) && at(text, next + length + 1) == Some('.') {
                length += 2;
            }
            // One letter and a stop is the end of a sentence: `Wall-E.`
            if length > 2 { length } else { 0 }
        };
        let name = if is_inside_name_at(text, next) && letters(text, next) == 1 {
            2 + letters(text, next + 2)
        } else {
            0
        };
        let length = run_of(text, next, is_word).max(acronym).max(name);
        if length == 0 {
            break;
        }
        end = next + length;
        parts += 1;
    }
    (parts > 0).then(|| Found::plain(text, place, end - place))
}

fn is_inside_name_at(text: &[char], place: usize) -> bool {
    let before = letters(text, place);
    before > 0 && is_inside_name(text, place, before)
}

/// `and/or`, `x-ray/scan/photo`: up to three parts, each with up to two hyphens.
pub(super) fn slashed(text: &[char], place: usize) -> Option<Found> {
    let part = |place: usize| {
        let mut length = run_of(text, place, |character| character.is_ascii_alphanumeric());
        if length == 0 {
            return None;
        }
        for _ in 0..2 {
            if at(text, place + length) != Some('-') {
                break;
            }
            let more = run_of(text, place + length + 1, |character| {
                character.is_ascii_alphabetic()
            });
            if more == 0 {
                break;
            }
            length += 1 + more;
        }
        Some(length)
    };
    let mut end = place + part(place)?;
    let mut parts = 1;
    while parts < 3 && at(text, end) == Some('/') {
        let Some(length) = part(end + 1) else {
            break;
        };
        end += 1 + length;
        parts += 1;
    }
    (parts > 1).then(|| Found::plain(text, place, end - place))
}

/// `snake_case`, `C++`, `C#`
pub(super) fn divided(text: &[char], place: usize) -> Option<Found> {
    if matches!(at(text, place)?, 'C' | 'c' | 'F' | 'f') {
        let length = match (at(text, place + 1), at(text, place + 2)) {
            (Some('#'), _) => 2,
            (Some('+'), Some('+')) if lower(text, place, 1) == "c" => 3,
            _ => 0,
        };
        if length > 0 {
            return Some(Found::plain(text, place, length));
        }
    }
    None
}
