//! What was read of a data set, and what was left out and why: the same lines for every layout.

use anyhow::{Result, ensure};

use super::dataset::{CaptionedPhoto, Dataset};

impl Dataset {
    /// The report's lines.
    pub fn lines(&self) -> Vec<String> {
        let captions = |photos: &[CaptionedPhoto]| -> usize {
            photos.iter().map(|photo| photo.captions.len()).sum()
        };
        let mut lines = Vec::new();
        if !self.layout.is_empty() {
            lines.push(self.layout.clone());
        }
        let test = match self.test.len() {
            0 => String::new(),
            count => format!(", {count} for testing"),
        };
        lines.push(format!(
            "{}: {} photos with {} captions to train on, {} with {} for validation{test}",
            self.name,
            self.train.len(),
            captions(&self.train),
            self.dev.len(),
            captions(&self.dev),
        ));
        lines.extend(self.left_out());
        let defects = &self.defects;
        lines.extend(summary(&[
            ("listed twice: {} photos", &defects.repeated),
            (
                "the same caption twice: {} photos",
                &defects.with_repeated_caption,
            ),
        ]));
        lines
    }

    /// The lines of what was left out, and of what there is to say of the files.
    pub(super) fn left_out(&self) -> Vec<String> {
        let defects = &self.defects;
        let mut lines = self.journal.lines();
        lines.extend(summary(&[
            (
                "left out: {} photos without a caption",
                &defects.without_captions,
            ),
            ("left out: {} captions without a word", &defects.wordless),
            (
                "left out: {} photos whose file is missing",
                &defects.without_file,
            ),
            (
                "left out: {} captioned photos that are in no split",
                &defects.without_split,
            ),
            (
                "left out of training and validation: {} photos of the test split",
                &defects.in_test,
            ),
        ]));
        for (what, names) in [
            ("for validation too", &defects.in_both),
            ("that another data set validates", &defects.in_validation),
        ] {
            // Where nothing else would be left they are trained on all the same.
            let is_kept = names
                .first()
                .is_some_and(|name| self.train.iter().any(|photo| photo.name == *name));
            lines.extend(summary(&[(
                &if is_kept {
                    format!("trained on all the same: {{}} photos {what}")
                } else {
                    format!("left out of training: {{}} photos {what}")
                },
                names,
            )]));
        }
        lines
    }

    /// Prints how much is there and names what is missing.
    pub fn report(&self) {
        for line in self.lines() {
            eprintln!("{line}");
        }
    }

    /// # Errors
    /// When anything was left out, and `strict` says that nothing may be.
    pub fn refuse(&self, strict: bool) -> Result<()> {
        self.journal.refuse(strict)?;
        let defects = &self.defects;
        let left_out: Vec<_> = [
            ("no caption", &defects.without_captions),
            ("a caption without a word", &defects.wordless),
            ("the file is missing", &defects.without_file),
            ("in no split", &defects.without_split),
            ("for training and for validation", &defects.in_both),
            (
                "for training or validation and for testing",
                &defects.in_test,
            ),
        ]
        .into_iter()
        .flat_map(|(why, names)| names.iter().map(move |name| format!("{name}: {why}")))
        .collect();
        ensure!(
            !strict || left_out.is_empty(),
            "--strict: {} photos or captions would be left out:\n  {}",
            left_out.len(),
            left_out.join("\n  ")
        );
        Ok(())
    }
}

/// A line for each kind of what there is, with how many and which is the first.
fn summary(kinds: &[(&str, &Vec<String>)]) -> Vec<String> {
    let lines = kinds.iter().filter_map(|(what, names)| {
        let first = names.first()?;
        let what = what.replace("{}", &names.len().to_string());
        Some(format!("{what}, the first is {first}"))
    });
    lines.collect()
}
