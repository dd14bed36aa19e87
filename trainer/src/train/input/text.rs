//! Captions without photos: they teach the decoder the language, with an image of zeros to look at.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::path::Path;

use anyhow::{Result, ensure};
use burn::tensor::{Device, Tensor};
use model_export::text::TextRules;
use model_export::vocabulary::{START, Vocabulary};
use rand::seq::SliceRandom;
use serde_json::Value;

use super::batch::Batch;
use super::encoded::EncodedPhoto;
use crate::data::{Dataset, Journal, json, text};
use crate::features::RowKey;
use crate::train::stream::{Purpose, stream};

/// Captions in a step for each of its photos.
const CAPTIONS_PER_PHOTO: usize = 5;

/// Captions, a step's worth of like length together.
pub(crate) struct CaptionText {
    groups: Vec<Vec<Vec<u32>>>,
    seed: u64,
}

impl CaptionText {
    /// Reads JSON objects that list the captions of each photo by its name.
    ///
    /// Photos that data sets hold for validation or for testing, by the name up to its first `_` or `.` or, for
    /// validation, by one of their captions, are left out: Flickr30k, for one, holds most of Flickr8k.
    ///
    /// # Errors
    /// When a file cannot be read, is not such an object, or there are fewer captions than
    /// a step takes.
    pub(crate) fn read<'a, P: AsRef<Path>>(
        paths: &[P],
        datasets: impl Iterator<Item = &'a Dataset> + Clone,
        vocabulary: &Vocabulary,
        rules: TextRules,
        max_words: usize,
        photos_per_step: usize,
        seed: u64,
    ) -> Result<Self> {
        let test = datasets.clone().flat_map(|dataset| &dataset.test);
        let dev = datasets.flat_map(|dataset| &dataset.dev);
        let names: HashSet<_> = dev
            .clone()
            .map(|photo| &photo.name)
            .chain(test)
            .map(|name| identifier(name))
            .collect();
        let dev_captions: HashSet<_> = dev
            .flat_map(|photo| photo.captions.iter())
            .map(words)
            .collect();
        let captions_per_step = CAPTIONS_PER_PHOTO * photos_per_step;
        let mut captions = Vec::new();
        for path in paths {
            let path = path.as_ref();
            let photos = read_file(path)?;
            let all = photos.len();
            let kept = photos.into_iter().filter(|(name, captions)| {
                !names.contains(identifier(name))
                    && !captions
                        .iter()
                        .any(|caption| dev_captions.contains(&words(caption)))
            });
            let before = captions.len();
            let mut photos = 0;
            for (_, texts) in kept {
                captions.extend(
                    texts
                        .iter()
                        .map(|text| vocabulary.encode(text, START, rules, max_words))
                        // [START] and [END] alone teach nothing.
                        .filter(|caption| caption.len() > 2),
                );
                photos += 1;
            }
            eprintln!(
                "{}: {} captions of {photos} photos; left out: {} photos that are for validation or testing",
                path.display(),
                captions.len() - before,
                all - photos
            );
        }
        ensure!(
            captions.len() >= captions_per_step,
            "--text holds {} captions, fewer than the {captions_per_step} of a step",
            captions.len()
        );
        captions.sort_by_key(Vec::len);
        let groups = captions
            .chunks_exact(captions_per_step)
            .map(<[_]>::to_vec)
            .collect();
        Ok(Self { groups, seed })
    }

    /// A part of a step's captions: those that `part` of its photos stand for, with an image
    /// `[positions, channels]` of zeros. All captions come once before any comes again.
    ///
    /// # Errors
    /// When none of their words is in the vocabulary.
    pub(crate) fn batch(
        &self,
        step: u64,
        part: Range<usize>,
        [positions, channels]: [usize; 2],
        device: &Device,
    ) -> Result<Batch> {
        let count = self.groups.len() as u64;
        let mut random = stream(self.seed, Purpose::TextOrder, step / count).numbers();
        let mut order: Vec<_> = (0..self.groups.len()).collect();
        order.shuffle(&mut random);
        let group = &self.groups[order[(step % count) as usize]];
        let captions = &group[part.start * CAPTIONS_PER_PHOTO..part.end * CAPTIONS_PER_PHOTO];
        let photo = EncodedPhoto {
            name: String::new(),
            row: RowKey::default(),
            captions: captions.to_vec(),
        };
        let image = Tensor::zeros([1, positions, channels], device);
        Batch::new(&[&photo], image)
    }
}

/// The captions of each photo in a file.
fn read_file(path: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut journal = Journal::default();
    let text = text::read(path, &mut journal)?;
    let all: BTreeMap<String, Value> =
        json::parse(&text, path, "JSON object of lists of captions")?;
    let mut photos = BTreeMap::new();
    for (name, captions) in all {
        match serde_json::from_value(captions) {
            Ok(captions) => {
                journal.good(1);
                photos.insert(name, captions);
            }
            Err(_) => journal.bad(format!(
                "{}, {name:?}: it has no list of captions",
                path.display()
            )),
        }
    }
    journal.report();
    journal.check()?;
    Ok(photos)
}

/// A photo's file name up to the first `_` or `.`: Flickr's number of it.
fn identifier(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.split(['_', '.']).next().unwrap_or(name)
}

/// A caption's words, to tell equal ones.
fn words(caption: &str) -> String {
    TextRules::TfTutorial.words(caption).join(" ")
}
