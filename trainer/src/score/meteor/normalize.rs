//! The words that METEOR makes of a caption that was tokenised before: its option `-norm`.

/// Abbreviations that keep their full stop at the end of a caption, too.
const KEPT: [&str; 5] = ["v", "vs", "i.e", "rev", "e.g"];

/// Splits a tokenised caption again, as METEOR 1.5 does: punctuation apart, words with hyphens in two,
/// acronyms without full stops.
pub(in crate::score) fn normalize(tokens: &[String]) -> Vec<String> {
    let text = tokens
        .join(" ")
        .replace("``", "\"")
        .replace("''", "\"")
        .replace('’', "'");
    let spaced = apart(&without_hyphens(&text).replace("--", "-"));
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut normal = Vec::with_capacity(words.len());
    for (place, word) in words.iter().enumerate() {
        match word.strip_suffix('.').filter(|stem| !stem.is_empty()) {
            Some(stem) if is_acronym(stem) => normal.push(stem.replace('.', "")),
            Some(stem) if !word.ends_with("..") => {
                let next = words.get(place + 1).and_then(|next| next.chars().next());
                let kept = KEPT.contains(&stem)
                    || (stem.contains('.') && stem.chars().any(char::is_alphabetic))
                    || next.is_some_and(char::is_lowercase);
                if kept {
                    normal.push((*word).to_owned());
                } else {
                    normal.extend([stem.to_owned(), ".".to_owned()]);
                }
            }
            _ => normal.push((*word).to_owned()),
        }
    }
    normal
}

/// `u.s` of `u.s.`
fn is_acronym(stem: &str) -> bool {
    stem.contains('.')
        && stem.split('.').all(|letter| {
            letter.len() == 1 && letter.chars().all(|letter| letter.is_ascii_alphabetic())
        })
}

/// With a space on either side of what is not part of a word.
fn apart(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut spaced = String::with_capacity(text.len() * 2);
    for (place, &character) in characters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(place + 1).copied();
        let letter = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphabetic);
        let digit = |neighbour: Option<char>| neighbour.is_some_and(|one| one.is_ascii_digit());
        match character {
            ',' if digit(before) && digit(after) => spaced.push(','),
            '\'' if letter(before) && letter(after) => spaced.push_str(" '"),
            '\'' if digit(before) && letter(after) => spaced.push('\''),
            '.' | '-' => spaced.push(character),
            _ if character.is_whitespace() => spaced.push(' '),
            _ if character.is_alphanumeric() && !is_apart(character) => {
                spaced.push(character);
            }
            _ => {
                spaced.push(' ');
                spaced.push(character);
                spaced.push(' ');
            }
        }
    }
    spaced
}

/// Puts a space where hyphens join two words. A single letter between two of them loses the first
/// hyphen only (`tug o-war`), as in METEOR, which goes on behind that letter.
fn without_hyphens(text: &str) -> String {
    let mut rest: &[char] = &text.chars().collect::<Vec<_>>();
    let mut joined = String::with_capacity(text.len());
    while let [first, tail @ ..] = rest {
        joined.push(*first);
        let hyphens = tail.iter().take_while(|&&one| one == '-').count();
        rest = tail;
        if let Some(next) = tail.get(hyphens).filter(|next| next.is_alphanumeric())
            && hyphens > 0
            && first.is_alphanumeric()
        {
            joined.extend([' ', *next]);
            rest = &tail[hyphens + 1..];
        }
    }
    joined
}

/// Chinese, Japanese and Korean characters, and ligatures: each is a word.
fn is_apart(character: char) -> bool {
    matches!(character, '\u{FB00}'..='\u{FB06}' | '\u{3040}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}')
}
