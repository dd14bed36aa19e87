//! Numbers, dates, telephone numbers and money.

use super::found::{Found, at, run_of};

fn digits(text: &[char], place: usize) -> usize {
    run_of(text, place, |character| character.is_ascii_digit())
}

/// `5`, `3.5`, `1,000`, `10:30`, `.5`, with a sign or without.
pub(super) fn number(text: &[char], place: usize) -> Option<Found> {
    let sign = usize::from("+-".contains(at(text, place)?));
    let mut end = place + sign;
    end += digits(text, end);
    while at(text, end).is_some_and(|character| ".,:\u{AD}\u{66B}\u{66C}".contains(character)) {
        let more = digits(text, end + 1);
        if more == 0 {
            break;
        }
        end += 1 + more;
    }
    (end > place + sign).then(|| Found::plain(text, place, end - place))
}

/// `12/25/2001`, `12-25-2001`
pub(super) fn date(text: &[char], place: usize) -> Option<Found> {
    let mut end = place;
    for (part, longest) in [2, 2, 4].into_iter().enumerate() {
        if part > 0 {
            "/-".contains(at(text, end)?).then_some(())?;
            end += 1;
        }
        let length = digits(text, end).min(longest);
        let shortest = if part == 2 { 2 } else { 1 };
        (length >= shortest).then_some(())?;
        end += length;
    }
    Some(Found::plain(text, place, end - place))
}

/// `1/2`, `3 1/2`, `3-1/2`; written with a no-break space, so that it stays one token.
pub(super) fn fraction(text: &[char], place: usize) -> Option<Found> {
    let simple = |place: usize| -> Option<usize> {
        let above = digits(text, place);
        (1..=4).contains(&above).then_some(())?;
        "/\u{2044}"
            .contains(at(text, place + above)?)
            .then_some(())?;
        let below = digits(text, place + above + 1).min(4);
        (below > 0).then_some(above + 1 + below)
    };
    let whole = digits(text, place);
    let mixed = (1..=4)
        .contains(&whole)
        .then(|| at(text, place + whole))
        .flatten()
        .filter(|&between| "- \u{A0}".contains(between))
        .and_then(|_| simple(place + whole + 1))
        .map(|length| whole + 1 + length);
    let length = mixed.or_else(|| simple(place))?;
    let mut found = Found::plain(text, place, length);
    found.text = found.text.replace(' ', "\u{A0}");
    Some(found)
}

/// `555 123-4567`, `(555) 123-4567`
pub(super) fn phone(text: &[char], place: usize) -> Option<Found> {
    let gap =
        |place: usize| usize::from(at(text, place).is_some_and(|gap| "- \u{A0}".contains(gap)));
    // Ends after area codes, each with its gap.
    let mut starts = Vec::new();
    if at(text, place)? == '(' {
        let length = digits(text, place + 1);
        if (2..=3).contains(&length) && at(text, place + 1 + length) == Some(')') {
            let end = place + length + 2;
            starts.push(end);
            if at(text, end).is_some_and(|gap| " \u{A0}".contains(gap)) {
                starts.push(end + 1);
            }
        }
    } else {
        let mut end = place + run_of(text, place, |character| character == '+').min(2);
        for _ in 0..2 {
            let length = digits(text, end);
            if !(2..=4).contains(&length) || gap(end + length) == 0 {
                break;
            }
            end += length + 1;
            starts.push(end);
        }
    }
    let mut best = None;
    for start in starts {
        let run = digits(text, start);
        for first in 3..=run.min(4) {
            let next = start + first + gap(start + first);
            let second = digits(text, next).min(5);
            if second >= 3 {
                best = best.max(Some(next + second));
            }
        }
    }
    let mut found = Found::plain(text, place, best? - place);
    found.text = found
        .text
        .replace(' ', "\u{A0}")
        .replace('(', "-LRB-")
        .replace(')', "-RRB-");
    Some(found)
}

/// `US$`, `C$`, `HK$`
pub(super) fn currency(text: &[char], place: usize) -> Option<Found> {
    let letters = run_of(text, place, |character| character.is_ascii_uppercase());
    ((1..=2).contains(&letters) && at(text, place + letters) == Some('$'))
        .then(|| Found::plain(text, place, letters + 1))
}
