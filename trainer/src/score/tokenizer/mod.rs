//! The Penn Treebank tokeniser of coco-caption: Stanford's `PTBTokenizer` (CoreNLP 3.4.1) with
//! `-preserveLines -lowerCase`, then without punctuation.
//!
//! Written from that tokeniser's behaviour, and compared with it on real captions and odd input: see
//! docs/scores.md for what was compared and where the two may still differ.

mod abbreviations;
mod characters;
mod found;
mod internet;
mod numbers;
mod symbols;
mod words;

use found::Found;
use internet::{address, email, markup, tag};
use numbers::{currency, date, fraction, number, phone};
use symbols::{ampersand_name, entity, smiley, symbol};
use words::{
    abbreviation, acronym, apostrophe_word, contraction, divided, hyphenated, name_with_apostrophe,
    negated, negation, slashed, split_word, stopped, word,
};

/// What coco-caption drops. Brackets are not among them: the tokeniser writes a bracket as `-lrb-`,
/// coco-caption looks for `-LRB-`, and so brackets count as words, here too.
const PUNCTUATION: [&str; 13] = [
    "''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";",
];

/// The words of each caption, in lower case.
///
/// The tokeniser reads one text with a caption per line, and whether a last letter keeps its full
/// stop (`letter P.`) depends on the next line's first word. So the captions are taken together,
/// in the order in which coco-caption would write them.
pub fn tokenize_all<S: AsRef<str>>(captions: &[S]) -> Vec<Vec<String>> {
    let mut text: Vec<char> = Vec::new();
    let mut ends = Vec::with_capacity(captions.len());
    for caption in captions {
        // A line break in a caption is a space, as for coco-caption.
        text.extend(caption.as_ref().chars().map(|character| match character {
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
            other => other,
        }));
        ends.push(text.len());
        text.push('\n');
    }
    let mut place = 0;
    ends.into_iter()
        .map(|end| {
            let mut tokens = Vec::new();
            while place < end {
                // White space goes, and what the tokeniser does not know: emoji, for one.
                if !characters::is_known(text[place]) {
                    place += 1;
                    continue;
                }
                let found = longest(&text, place);
                push(&mut tokens, &found.text);
                place += found.length.max(1);
            }
            tokens
        })
        .collect()
}

fn push(tokens: &mut Vec<String>, text: &str) {
    let text = text.to_lowercase();
    // coco-caption splits tokens at spaces; the tokeniser itself joins the parts of one token with
    // no-break spaces.
    tokens.extend(
        text.split(' ')
            .filter(|token| !token.is_empty() && !PUNCTUATION.contains(token))
            .map(str::to_owned),
    );
}

type Rule = fn(&[char], usize) -> Option<Found>;

/// As in every lexical analyser: the longest match wins, and of two as long the first.
const RULES: [Rule; 27] = [
    markup,
    split_word,
    negated,
    contraction,
    negation,
    address,
    email,
    tag,
    apostrophe_word,
    entity,
    date,
    phone,
    fraction,
    currency,
    number,
    word,
    name_with_apostrophe,
    acronym,
    abbreviation,
    stopped,
    hyphenated,
    slashed,
    divided,
    ampersand_name,
    smiley,
    symbols::run,
    symbol,
];

fn longest(text: &[char], place: usize) -> Found {
    let mut best = Found {
        length: 1,
        seen: 0,
        text: String::new(),
    };
    for rule in RULES {
        if let Some(found) = rule(text, place)
            && found.seen > best.seen
        {
            best = found;
        }
    }
    best
}
