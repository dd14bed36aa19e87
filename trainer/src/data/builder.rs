//! A data set, photo by photo: what every layout's reader has in common.

use std::collections::{HashMap, HashSet};

use super::{CaptionedPhoto, Dataset, Defects, PhotoSource, Split};

/// Gathers a data set and counts what is wrong with it.
pub(super) struct Builder {
    dataset: Dataset,
    /// The place in its split of each photo.
    places: HashMap<(Split, String), usize>,
}

impl Builder {
    pub(super) fn new(name: &str, photos: PhotoSource) -> Self {
        Self {
            dataset: Dataset {
                name: name.to_owned(),
                photos,
                train: Vec::new(),
                dev: Vec::new(),
                defects: Defects::default(),
            },
            places: HashMap::new(),
        }
    }

    /// A photo with its captions; empty ones are none. Of a photo that is added to a split twice the
    /// captions are put together.
    pub(super) fn add<'a>(
        &mut self,
        name: &str,
        captions: impl IntoIterator<Item = &'a str>,
        split: Split,
    ) {
        let captions: Vec<_> = captions
            .into_iter()
            .map(str::trim)
            .filter(|caption| !caption.is_empty())
            .map(str::to_owned)
            .collect();
        let defects = &mut self.dataset.defects;
        // The feature cache lists names line by line.
        if name.contains(char::is_control) {
            defects
                .with_control_character
                .push(name.escape_debug().to_string());
            return;
        }
        if captions.is_empty() {
            defects.without_captions.push(name.to_owned());
            return;
        }
        if !self.dataset.photos.holds(name) {
            defects.without_file.push(name.to_owned());
            return;
        }
        let key = (split, name.to_owned());
        if let Some(&place) = self.places.get(&key) {
            defects.repeated.push(name.to_owned());
            self.dataset.split_mut(split)[place]
                .captions
                .extend(captions);
            return;
        }
        let photos = self.dataset.split_mut(split);
        self.places.insert(key, photos.len());
        photos.push(CaptionedPhoto {
            name: name.to_owned(),
            captions,
        });
    }

    /// A captioned photo whose file is not even named.
    pub(super) fn add_without_file(&mut self, name: &str) {
        self.dataset.defects.without_file.push(name.to_owned());
    }

    /// A captioned photo that is in no split.
    pub(super) fn add_without_split(&mut self, name: &str) {
        self.dataset.defects.without_split.push(name.to_owned());
    }

    /// The data set.
    pub(super) fn finish(mut self) -> Dataset {
        let photos = self.dataset.train.iter().chain(&self.dataset.dev);
        self.dataset.defects.with_repeated_caption = photos
            .filter(|photo| {
                let different: HashSet<_> = photo.captions.iter().collect();
                different.len() < photo.captions.len()
            })
            .map(|photo| photo.name.clone())
            .collect();
        self.dataset
    }
}

impl Dataset {
    fn split_mut(&mut self, split: Split) -> &mut Vec<CaptionedPhoto> {
        match split {
            Split::Train => &mut self.train,
            Split::Dev => &mut self.dev,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_control_characters_are_left_out() {
        let folder = temp_dir::TempDir::new().unwrap();
        std::fs::write(folder.path().join("é b.jpg"), "").unwrap();
        let mut builder = Builder::new("made up", PhotoSource::tree(folder.path()));
        for name in ["a\nb.jpg", "a\r.jpg", "é b.jpg"] {
            builder.add(name, ["A dog"], Split::Train);
        }
        let dataset = builder.finish();
        assert_eq!(dataset.train.len(), 1);
        assert_eq!(
            dataset.defects.with_control_character,
            ["a\\nb.jpg", "a\\r.jpg"]
        );
    }
}
