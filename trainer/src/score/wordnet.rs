//! Which words mean the same, by WordNet's own files (G. Miller: WordNet, 1995, <https://wordnet.princeton.edu>), looked up
//! as METEOR 1.5 does.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::data::{Journal, text};

const PARTS_OF_SPEECH: [&str; 4] = ["noun", "verb", "adj", "adv"];

/// Endings, and what a word's base has in their place: of nouns, verbs and adjectives, in the order in which WordNet's
/// `morph.c` tries them. METEOR takes the first that leads to a known word, whatever its part of speech.
const DETACHED: [(&str, &str); 20] = [
    ("s", ""),
    ("ses", "s"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
    ("ies", "y"),
    ("s", ""),
    ("ies", "y"),
    ("es", "e"),
    ("es", ""),
    ("ed", "e"),
    ("ed", ""),
    ("ing", "e"),
    ("ing", ""),
    ("er", ""),
    ("est", ""),
    ("er", "e"),
    ("est", "e"),
];

/// The senses of words, and the bases of irregular forms.
pub struct WordNet {
    /// Sets of synonyms by their places in WordNet's files, whatever the part of speech.
    senses: HashMap<String, Vec<u32>>,
    bases: HashMap<String, Vec<String>>,
}

impl WordNet {
    /// Reads a folder with WordNet's `index.noun`, `noun.exc` and those of verbs, adjectives and adverbs: `dict` of WordNet
    /// 3.0, or of another version.
    ///
    /// # Errors
    /// When a file is missing or is something else.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut this = Self {
            senses: HashMap::new(),
            bases: HashMap::new(),
        };
        for part in PARTS_OF_SPEECH {
            let path = folder.join(format!("index.{part}"));
            // The licence stands before the words, behind spaces.
            let text = read(&path)?;
            let lines = text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.starts_with(' '));
            for (number, line) in lines {
                let (word, senses) = index_line(line).with_context(|| {
                    format!(
                        "{}, line {}: no line of an index",
                        path.display(),
                        number + 1
                    )
                })?;
                this.senses.entry(word).or_default().extend(senses);
            }
            for line in read(&folder.join(format!("{part}.exc")))?.lines() {
                let mut words = line.split_whitespace().map(str::to_owned);
                if let Some(form) = words.next() {
                    this.bases.entry(form).or_default().extend(words);
                }
            }
        }
        ensure!(
            !this.senses.is_empty(),
            "{} is no folder of WordNet's: its indexes are empty",
            folder.display()
        );
        Ok(this)
    }

    /// The senses of a word and of its base.
    pub(super) fn senses(&self, word: &str) -> HashSet<u32> {
        let of = |word: &str| self.senses.get(word).into_iter().flatten().copied();
        let own = of(word);
        match self.bases.get(word) {
            Some(bases) => own.chain(bases.iter().flat_map(|base| of(base))).collect(),
            None => own
                .chain(self.base(word).iter().flat_map(|base| of(base)))
                .collect(),
        }
    }

    /// The base of a regular form.
    fn base(&self, word: &str) -> Option<String> {
        let (stem, end) = match word.strip_suffix("ful") {
            Some(stem) => (stem, "ful"),
            None => (word, ""),
        };
        if end.is_empty() && (word.ends_with("ss") || word.len() <= 2) {
            return None;
        }
        DETACHED.iter().find_map(|(ending, instead)| {
            let base = format!("{}{instead}", stem.strip_suffix(ending)?);
            self.senses
                .contains_key(&base)
                .then(|| format!("{base}{end}"))
        })
    }
}

/// `WORD POS SETS POINTERS POINTER… SENSES TAGGED PLACE…`, with as many places as sets.
fn index_line(line: &str) -> Option<(String, Vec<u32>)> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let count: usize = fields.get(2)?.parse().ok()?;
    let places = fields
        .len()
        .checked_sub(count)
        .filter(|&start| start >= 6)?;
    let places: Result<Vec<_>, _> = fields[places..].iter().map(|place| place.parse()).collect();
    Some((fields[0].to_owned(), places.ok()?))
}

fn read(path: &Path) -> Result<String> {
    text::read(path, &mut Journal::default())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde::Deserialize;
    use temp_dir::TempDir;

    use super::*;
    use crate::score::score_with;
    use crate::score::tests::real_tokens;

    const SYNONYMS: &str = include_str!("../../tests/fixtures/synonym_reference.json");

    #[derive(Deserialize)]
    struct Reference {
        scores: Vec<f64>,
        corpus: f64,
        bases: HashMap<String, Vec<String>>,
        senses: HashMap<String, Vec<String>>,
    }

    /// A folder as WordNet's, of nouns alone.
    fn folder(
        senses: &HashMap<String, Vec<String>>,
        bases: &HashMap<String, Vec<String>>,
    ) -> TempDir {
        let folder = TempDir::new().unwrap();
        for part in PARTS_OF_SPEECH {
            fs::write(
                folder.path().join(format!("index.{part}")),
                "  1 The licence.  \n",
            )
            .unwrap();
            fs::write(folder.path().join(format!("{part}.exc")), "").unwrap();
        }
        let mut index = "  1 The licence.  \n".to_owned();
        for (word, places) in senses {
            let count = places.len();
            index += &format!("{word} n {count} 2 @ ~ {count} 1 {}  \n", places.join(" "));
        }
        fs::write(folder.path().join("index.noun"), index).unwrap();
        let lines = bases
            .iter()
            .map(|(form, bases)| format!("{form} {}\n", bases.join(" ")));
        fs::write(folder.path().join("noun.exc"), lines.collect::<String>()).unwrap();
        folder
    }

    #[test]
    fn synonyms_count_as_in_meteor() {
        let reference: Reference = serde_json::from_str(SYNONYMS).unwrap();
        let folder = folder(&reference.senses, &reference.bases);
        let wordnet = WordNet::open(folder.path()).unwrap();
        let tokens = real_tokens(reference.scores.len());
        let candidates: Vec<_> = tokens.iter().map(|captions| captions[0].clone()).collect();
        let references: Vec<_> = tokens
            .iter()
            .map(|captions| captions[1..].to_vec())
            .collect();
        let scored = score_with(&candidates, &references, Some(&wordnet));
        let mut higher = 0;
        let without = score_with(&candidates, &references, None);
        for (place, expected) in reference.scores.iter().enumerate() {
            let found = scored.captions[place].scores().meteor;
            assert!(
                (found - expected).abs() < 1e-4,
                "{:?}: {found}, {expected}",
                candidates[place]
            );
            higher += usize::from(found > without.captions[place].scores().meteor + 1e-6);
        }
        assert!(higher > 20, "{higher}");
        let corpus = scored.corpus().scores().meteor;
        assert!(
            (corpus - reference.corpus).abs() < 1e-4,
            "{corpus}, {}",
            reference.corpus
        );
        let names = scored.measures();
        assert!(
            names
                .iter()
                .any(|(name, _)| name == "METEOR (exact, stem, synonym)")
        );
    }

    #[test]
    fn a_folder_that_is_not_wordnets_is_refused_by_its_file() {
        let senses = HashMap::from([("dog".to_owned(), vec!["02084071".to_owned()])]);
        let good = folder(&senses, &HashMap::new());
        let error = |folder: &Path| format!("{:#}", WordNet::open(folder).err().unwrap());
        fs::write(good.path().join("index.verb"), "run v two\n").unwrap();
        let found = error(good.path());
        assert!(found.contains("index.verb, line 1"), "{found}");
        fs::remove_file(good.path().join("index.verb")).unwrap();
        let found = error(good.path());
        assert!(found.contains("index.verb"), "{found}");
    }
}
