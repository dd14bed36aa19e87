//! Addresses, names and tags of the internet, and mark-up.

use super::characters::{is_letter, is_word};
use super::found::{Found, at, run_of};

/// `<br>`, `</p>`, `<a href="x">`: one token.
pub(super) fn markup(text: &[char], place: usize) -> Option<Found> {
    if at(text, place)? != '<' {
        return None;
    }
    let name = place + 1 + usize::from(at(text, place + 1) == Some('/'));
    if !at(text, name).is_some_and(|first| first.is_ascii_alphabetic() || "!?".contains(first)) {
        return None;
    }
    let inside = run_of(text, name, |character| !">\r\n".contains(character));
    (at(text, name + inside) == Some('>')).then(|| {
        let mut found = Found::plain(text, place, name + inside + 1 - place);
        found.text = found.text.replace(' ', "\u{A0}");
        found
    })
}

/// `http://…`, `www.….…`, and names that end in `.com`, `.net`, `.org` or `.edu`.
pub(super) fn address(text: &[char], place: usize) -> Option<Found> {
    let rest = &text[place..];
    let length = with_scheme(rest)
        .into_iter()
        .chain(without_scheme(rest))
        .max()?;
    Some(Found::plain(text, place, length))
}

fn with_scheme(rest: &[char]) -> Option<usize> {
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|scheme| starts_with(rest, scheme))?
        .len();
    let length = run_of(rest, scheme, |character| {
        !character.is_whitespace() && !"\"<>|(){}".contains(character)
    });
    let trailing = rest[scheme..scheme + length]
        .iter()
        .rev()
        .take_while(|&&character| ".!?,-".contains(character))
        .count();
    (length >= trailing + 2).then_some(scheme + length - trailing)
}

fn without_scheme(rest: &[char]) -> Option<usize> {
    let www = starts_with(rest, "www.");
    let label = |character: char| {
        !character.is_whitespace()
            && !"`\"<>|.!?,".contains(character)
            && (www || !"_/$".contains(character))
    };
    let mut place = 0;
    let mut best = None;
    let mut labels = 0;
    loop {
        let length = run_of(rest, place, label);
        // The first name has letters only: a hyphen or a number before it is a word of its own.
        if labels == 0 && run_of(rest, 0, is_letter) < length {
            break;
        }
        if length == 0 {
            break;
        }
        let last: String = rest[place..place + length].iter().collect();
        let letters = run_of(rest, place, |character| character.is_ascii_alphabetic());
        if www && labels >= 2 && (2..=letters.min(4)).next().is_some() {
            best = Some(place + letters.min(4));
        }
        if labels >= 1
            && ["com", "net", "org", "edu"]
                .iter()
                .any(|end| last.starts_with(end))
        {
            best = best.max(Some(place + 3));
        }
        place += length;
        labels += 1;
        if at(rest, place) != Some('.') {
            break;
        }
        place += 1;
    }
    let end = best?;
    // A path of at least two characters.
    if at(rest, end) == Some('/') {
        let length = run_of(rest, end + 1, |character| {
            !character.is_whitespace() && !"\"<>|".contains(character)
        });
        let trailing = rest[end + 1..end + 1 + length]
            .iter()
            .rev()
            .take_while(|&&character| ".!?,-".contains(character))
            .count();
        if length >= trailing + 2 {
            return Some(end + 1 + length - trailing);
        }
    }
    Some(end)
}

/// `user@place.org`
pub(super) fn email(text: &[char], place: usize) -> Option<Found> {
    let first = at(text, place)?;
    if !first.is_ascii_alphanumeric() {
        return None;
    }
    let part = |character: char| !character.is_whitespace() && !"\"<>|()@".contains(character);
    let user = run_of(text, place, part);
    if at(text, place + user) != Some('@') {
        return None;
    }
    let host = run_of(text, place + user + 1, part);
    let host_end = place + user + 1 + host;
    let trailing = text[place + user + 1..host_end]
        .iter()
        .rev()
        .take_while(|&&character| ".!?,{}".contains(character))
        .count();
    (host > trailing).then(|| Found::plain(text, place, user + 1 + host - trailing))
}

/// `@name` and `#topic`
pub(super) fn tag(text: &[char], place: usize) -> Option<Found> {
    let length = match at(text, place)? {
        '@' => {
            let first = at(text, place + 1)?;
            (first.is_ascii_alphabetic() || first == '_').then_some(())?;
            run_of(text, place + 1, |character| {
                character.is_ascii_alphanumeric() || character == '_'
            })
        }
        '#' => run_of(text, place + 1, is_letter),
        _ => return None,
    };
    (length > 0).then(|| Found::plain(text, place, length + 1))
}

fn starts_with(rest: &[char], prefix: &str) -> bool {
    let mut characters = rest.iter().map(char::to_ascii_lowercase);
    prefix
        .chars()
        .all(|wanted| characters.next() == Some(wanted))
        && !prefix.is_empty()
        && rest.first().copied().is_some_and(is_word)
}
