//! Which word of the candidate stands for which of the reference.

use std::cmp::Reverse;
use std::collections::HashMap;

/// Alignments kept from word to word. Captions seldom have more: it takes many repeated words.
const BEAM: usize = 4096;

/// Why two words match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Matcher {
    /// They are the same.
    Exact,
    /// They have the same stem.
    Stem,
    /// They mean the same.
    Synonym,
}

/// A word of the reference that a word of the candidate may be matched with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Match {
    /// Its place in the reference.
    pub(super) place: usize,
    pub(super) matcher: Matcher,
}

/// An alignment of the candidate's first words.
#[derive(Clone, Default)]
struct Partial {
    matches: Vec<(usize, Match)>,
    /// Matches that count.
    counted: usize,
    used: Vec<bool>,
    chunks: usize,
    /// Sum over matches of how far the places are apart.
    distance: usize,
}

impl Partial {
    /// Smaller is better: more matches, then fewer chunks, then shorter distances, as in section 2 of
    /// Denkowski and Lavie, 2011 (<https://aclanthology.org/W11-2107>). METEOR 1.5 itself, where it
    /// has a choice between words, takes one that is not exact only where that makes no further chunk: so here.
    fn cost(&self) -> (Reverse<usize>, usize, Reverse<usize>, usize) {
        (
            Reverse(self.counted),
            self.chunks,
            Reverse(self.matches.len()),
            self.distance,
        )
    }

    fn with(&self, word: usize, found: Match, has_choice: bool) -> Self {
        let mut next = self.clone();
        if next.used.len() <= found.place {
            next.used.resize(found.place + 1, false);
        }
        next.used[found.place] = true;
        let goes_on = self
            .matches
            .last()
            .is_some_and(|(last, match_)| last + 1 == word && match_.place + 1 == found.place);
        next.counted += usize::from(found.matcher == Matcher::Exact || !has_choice);
        next.chunks += usize::from(!goes_on);
        next.distance += word.abs_diff(found.place);
        next.matches.push((word, found));
        next
    }
}

/// The best alignment, as places in the candidate with their matches, and its number of chunks: runs
/// of words that are neighbours in both.
pub(super) fn align(matches: &[Vec<Match>], words: usize) -> (Vec<(usize, Match)>, usize) {
    let mut beam = vec![Partial::default()];
    let mut rivals: HashMap<usize, usize> = HashMap::new();
    for found in matches.iter().flatten() {
        *rivals.entry(found.place).or_default() += 1;
    }
    for (word, matches) in (0..words).zip(matches) {
        // Of alignments that use the same words and go on from the same one, the best is enough.
        let mut next: HashMap<(Vec<bool>, Option<usize>), Partial> = HashMap::new();
        let mut keep = |partial: Partial| {
            let last = partial
                .matches
                .last()
                .filter(|(last, _)| *last == word)
                .map(|(_, found)| found.place);
            let key = (partial.used.clone(), last);
            match next.get_mut(&key) {
                Some(known) if known.cost() <= partial.cost() => {}
                Some(known) => *known = partial,
                None => {
                    next.insert(key, partial);
                }
            }
        };
        for partial in beam {
            for found in matches {
                if !partial.used.get(found.place).copied().unwrap_or_default() {
                    let has_choice = matches.len() > 1 || rivals.get(&found.place) != Some(&1);
                    keep(partial.with(word, *found, has_choice));
                }
            }
            keep(partial);
        }
        beam = next.into_values().collect();
        // By places too, so that the order of the map decides nothing.
        let order = |partial: &Partial| {
            let places: Vec<_> = partial
                .matches
                .iter()
                .map(|(word, found)| (*word, found.place))
                .collect();
            (partial.cost(), places)
        };
        beam.sort_by_cached_key(order);
        beam.truncate(BEAM);
    }
    let best = beam.into_iter().next().unwrap_or_default();
    (best.matches, best.chunks)
}
