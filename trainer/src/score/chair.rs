//! CHAIR: which of the objects that a caption names are not in the photo (A. Rohrbach et al.: Object Hallucination in Image
//! Captioning, 2018, <https://aclanthology.org/D18-1437>). The objects are COCO's eighty kinds, each called by any of its
//! words in the published list of synonyms; in a photo are those that COCO's annotators outlined and those that its
//! references name.
//!
//! Words are compared in the singular. The published program makes "bus" into "bu" and "tennis" into "tenni", and so
//! overlooks buses and tennis rackets in captions that name one; here both are seen.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::content::irregular_singular;
use super::references::{Pair, References};
use crate::data::{Journal, PhotoId, json, text};

/// Animals whose young are no persons: "baby" and "adult" name one elsewhere.
const ANIMALS: [&str; 12] = [
    "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe",
    "animal", "cub",
];
/// Vehicles for passengers, who need not be seen.
const VEHICLES: [&str; 2] = ["jet", "train"];
/// Two words that are another thing than the second alone, and the word that they stand for, if any.
const COMPOUNDS: [(&str, Option<&str>); 3] = [
    ("bow tie", Some("tie")),
    ("toilet seat", Some("toilet")),
    ("home plate", None),
];

/// The objects of COCO's photos, and the words for them.
pub struct Chair {
    /// The kind of object that a word, or two words, stand for.
    kinds: HashMap<String, String>,
    /// The kinds of objects in each photo, by its place among the references.
    photos: HashMap<usize, HashSet<String>>,
}

/// How many of the objects that captions name are not in their photos.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hallucinations {
    /// Words for objects.
    pub objects: usize,
    /// Those of objects that are not there.
    pub invented: usize,
    /// Captions.
    pub captions: usize,
    /// Those with such an object.
    pub captions_with: usize,
}

/// What counts here of COCO's `instances_….json`.
#[derive(Deserialize)]
struct Instances {
    categories: Vec<Category>,
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Category {
    id: i64,
    name: String,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: Value,
    category_id: i64,
}

impl Chair {
    /// Reads the published list of synonyms, a line `KIND, SYNONYM, …` for each kind of object, and COCO's instances.
    ///
    /// # Errors
    /// When one of them cannot be read, is something else, or calls a kind otherwise than the other one does.
    pub fn open(synonyms: &Path, instances: &Path, references: &References) -> Result<Self> {
        let kinds = read_synonyms(synonyms)?;
        let text = text::read(instances, &mut Journal::default())?;
        let what = "COCO instances file, {\"categories\": [{\"id\": …, \"name\": \"…\"}, …], \"annotations\": [{\"image_id\": \
            …, \"category_id\": …}, …]}";
        let file: Instances = json::parse(&text, instances, what)?;
        let mut names = HashMap::new();
        for Category { id, name } in &file.categories {
            let kind = kinds.get(name).with_context(|| {
                format!(
                    "{}: COCO's object \"{name}\" is not in the list",
                    synonyms.display()
                )
            })?;
            names.insert(*id, kind);
        }
        let mut photos: HashMap<usize, HashSet<String>> = HashMap::new();
        for annotation in &file.annotations {
            let id = PhotoId::of(&annotation.image_id);
            let place = id.and_then(|id| references.place(&id.as_text()));
            if let (Some(place), Some(kind)) = (place, names.get(&annotation.category_id)) {
                photos.entry(place).or_default().insert((*kind).clone());
            }
        }
        ensure!(
            !photos.is_empty(),
            "{} has no object in any of these photos",
            instances.display()
        );
        Ok(Self { kinds, photos })
    }

    /// Counts over photos' captions.
    pub fn count(&self, photos: &[Pair]) -> Hallucinations {
        let mut sum = Hallucinations::default();
        for photo in photos {
            let references = photo.references.iter();
            let named: HashSet<_> = references.flat_map(|caption| self.named(caption)).collect();
            let outlined = self.photos.get(&photo.place);
            let objects = self.named(photo.caption);
            let is_there = |kind: &&String| {
                named.contains(*kind) || outlined.is_some_and(|kinds| kinds.contains(*kind))
            };
            let there = objects
                .iter()
                .copied()
                .filter(|kind| is_there(kind))
                .count();
            sum.objects += objects.len();
            sum.invented += objects.len() - there;
            sum.captions += 1;
            sum.captions_with += usize::from(there < objects.len());
        }
        sum
    }

    /// The kinds of objects that a caption names, one for each word.
    fn named(&self, caption: &str) -> Vec<&String> {
        let tokens = tokens(caption);
        let mut named = Vec::new();
        let mut rest = tokens.as_slice();
        while let [first, after @ ..] = rest {
            let pair = after
                .first()
                .and_then(|second| self.compound(first, second));
            let (kind, taken) = match pair {
                Some(kind) => (kind, 2),
                None => (self.kind(&singulars(first)), 1),
            };
            named.extend(kind);
            rest = &rest[taken..];
        }
        // A toilet's seat is no chair, wherever it stands.
        let seat = ["toilet", "seat"].map(|word| tokens.iter().any(|token| token == word));
        if seat == [true, true] {
            let chair = self.kinds.get("seat");
            named.retain(|kind| Some(*kind) != chair);
        }
        named
    }

    /// Whether two words are one thing, and which kind of object, if it is one.
    fn compound(&self, first: &str, second: &str) -> Option<Option<&String>> {
        let seconds = singulars(second);
        let is_any = |words: &[&str]| {
            seconds
                .iter()
                .any(|second| words.contains(&second.as_str()))
        };
        if matches!(first, "baby" | "adult") && is_any(&ANIMALS)
            || first == "passenger" && is_any(&VEHICLES)
        {
            return Some(self.kind(&seconds));
        }
        let together: Vec<_> = seconds
            .iter()
            .map(|second| format!("{first} {second}"))
            .collect();
        for (compound, stands_for) in COMPOUNDS {
            if together.iter().any(|words| words == compound) {
                return Some(stands_for.and_then(|word| self.kinds.get(word)));
            }
        }
        self.kind(&together).map(Some)
    }

    /// The kind of object that the first known of some words stands for.
    fn kind(&self, words: &[String]) -> Option<&String> {
        words.iter().find_map(|word| self.kinds.get(word))
    }
}

impl Hallucinations {
    /// CHAIR's two shares, of objects and of captions; that of no object is none.
    pub fn named(&self) -> [(&'static str, Option<f64>); 2] {
        let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
        [
            ("CHAIR-i", share(self.invented, self.objects)),
            ("CHAIR-s", share(self.captions_with, self.captions)),
        ]
    }
}

fn read_synonyms(path: &Path) -> Result<HashMap<String, String>> {
    let mut kinds = HashMap::new();
    for line in text::read(path, &mut Journal::default())?.lines() {
        let mut words = line
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        let Some(kind) = words.next() else {
            continue;
        };
        for word in std::iter::once(kind).chain(words) {
            kinds.insert(word.to_lowercase(), kind.to_owned());
        }
    }
    ensure!(
        !kinds.is_empty(),
        "{} is no list of synonyms: a line KIND, SYNONYM, … for each kind of object",
        path.display()
    );
    Ok(kinds)
}

/// A caption's words in lower case; a mark between two words is one too, and parts them.
fn tokens(caption: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    for letter in caption.to_lowercase().chars() {
        if letter.is_alphanumeric() || letter == '-' {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if !letter.is_whitespace() {
            tokens.push(letter.to_string());
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

/// A word, and what it may be the plural of.
fn singulars(word: &str) -> Vec<String> {
    let mut words = vec![word.to_owned()];
    words.extend(irregular_singular(word).map(str::to_owned));
    for (ending, singular) in [
        ("s", ""),
        ("es", ""),
        ("ies", "y"),
        ("ves", "f"),
        ("ves", "fe"),
    ] {
        if let Some(stem) = word.strip_suffix(ending) {
            words.push(format!("{stem}{singular}"));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;
    use temp_dir::TempDir;

    use super::*;
    use crate::data::{Captions, FolderOptions};

    const REFERENCE: &str = include_str!("../../tests/fixtures/chair_reference.json");

    #[derive(Deserialize)]
    struct Reference {
        synonyms: String,
        photos: Vec<Photo>,
        #[serde(rename = "CHAIR-i")]
        of_objects: f64,
        #[serde(rename = "CHAIR-s")]
        of_captions: f64,
    }

    #[derive(Deserialize)]
    struct Photo {
        id: i64,
        outlined: Vec<String>,
        references: Vec<String>,
        caption: String,
        named: Vec<String>,
        invented: usize,
    }

    #[test]
    fn objects_are_those_that_the_authors_rules_find() {
        let reference: Reference = serde_json::from_str(REFERENCE).unwrap();
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("synonyms.txt"), &reference.synonyms).unwrap();
        let kinds: Vec<_> = reference.synonyms.lines().collect();
        let kinds: Vec<_> = kinds
            .iter()
            .filter_map(|line| line.split(", ").next())
            .collect();
        let number = |kind: &str| kinds.iter().position(|known| *known == kind).unwrap();
        let categories: Vec<_> = (0..)
            .zip(&kinds)
            .map(|(id, name)| json!({ "id": id, "name": name }))
            .collect();
        let outlined = reference.photos.iter().flat_map(|photo| {
            let kinds = photo.outlined.iter();
            kinds.map(
                |kind| json!({ "image_id": photo.id, "category_id": number(kind), "area": 1.5 }),
            )
        });
        let instances =
            json!({ "categories": categories, "annotations": outlined.collect::<Vec<_>>() });
        fs::write(path("instances.json"), instances.to_string()).unwrap();
        let annotations = reference.photos.iter().flat_map(|photo| {
            let captions = photo.references.iter();
            captions.map(|caption| json!({ "image_id": photo.id, "caption": caption }))
        });
        let captions = json!({ "annotations": annotations.collect::<Vec<_>>() });
        fs::write(path("captions.json"), captions.to_string()).unwrap();

        let references =
            References::open(&path("captions.json"), &FolderOptions::default()).unwrap();
        let chair =
            Chair::open(&path("synonyms.txt"), &path("instances.json"), &references).unwrap();
        let captions = reference
            .photos
            .iter()
            .map(|photo| photo.references.iter().collect());
        let captions: Vec<Captions> = captions.collect();
        let pairs: Vec<_> = (0..)
            .zip(reference.photos.iter().zip(&captions))
            .map(|(place, (photo, references))| Pair {
                place,
                id: photo.id.to_string(),
                caption: &photo.caption,
                references,
            })
            .collect();
        for (pair, photo) in pairs.iter().zip(&reference.photos) {
            assert_eq!(
                chair.named(pair.caption),
                photo.named.iter().collect::<Vec<_>>(),
                "{}",
                photo.caption
            );
            let counts = chair.count(std::slice::from_ref(pair));
            assert_eq!(counts.invented, photo.invented, "{}", photo.caption);
        }
        let named = chair.count(&pairs).named();
        let shares = [reference.of_objects, reference.of_captions];
        for ((name, share), expected) in named.into_iter().zip(shares) {
            assert!((share.unwrap() - expected).abs() < 1e-12, "{name}");
        }

        fs::write(path("few.txt"), "dog, puppy\n").unwrap();
        let error = Chair::open(&path("few.txt"), &path("instances.json"), &references);
        let error = error.err().unwrap().to_string();
        assert!(
            error.contains("few.txt: COCO's object \"person\" is not in the list"),
            "{error}"
        );
    }

    /// Words that the authors' singulars break.
    #[test]
    fn a_bus_and_a_tennis_racket_are_seen() {
        let chair = Chair {
            kinds: ["bus", "tennis racket", "wine glass"]
                .map(|kind| (kind.to_owned(), kind.to_owned()))
                .into(),
            photos: HashMap::new(),
        };
        let named = chair.named("A bus, two tennis rackets and a wine glass");
        assert_eq!(named, ["bus", "tennis racket", "wine glass"]);
    }
}
