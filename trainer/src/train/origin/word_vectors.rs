//! Pretrained word vectors as the start of the word embedding.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use burn::tensor::TensorData;
use model_export::vocabulary::Vocabulary;

use crate::data::{Journal, text};

/// The words' vectors in a file of GloVe's text format (Pennington et al., 2014,
/// <https://nlp.stanford.edu/projects/glove/>): a line for each word, the word and its values.
pub(crate) struct WordVectors {
    dimension: usize,
    /// A vector for each token that the file has.
    vectors: Vec<Option<Vec<f32>>>,
}

impl WordVectors {
    /// # Errors
    /// When the file cannot be read, more than a tenth of its lines are no words with as many numbers as the
    /// first has, or no word of the vocabulary is in it.
    pub(crate) fn read(path: &Path, vocabulary: &Vocabulary) -> Result<Self> {
        let place = |line: usize| format!("{}, line {}", path.display(), line + 1);
        let mut journal = Journal::default();
        let text = text::read(path, &mut journal)?;
        let mut dimension = None;
        let mut vectors = vec![None; vocabulary.len()];
        for (number, line) in text.lines().enumerate() {
            let mut cells = line.split_ascii_whitespace();
            let Some(word) = cells.next() else { continue };
            let Ok(values) = cells.map(str::parse).collect::<Result<Vec<f32>, _>>() else {
                journal.bad(format!("{}: not a word and numbers", place(number)));
                continue;
            };
            let expected = *dimension.get_or_insert(values.len());
            if values.len() != expected || expected == 0 {
                journal.bad(format!(
                    "{}: {} numbers, but {expected} in the first line",
                    place(number),
                    values.len()
                ));
                continue;
            }
            journal.good(1);
            if let Some(id) = vocabulary.id(word) {
                vectors[id as usize] = Some(values);
            }
        }
        journal.report();
        journal.check()?;
        let found = vectors.iter().flatten().count();
        ensure!(
            found > 0,
            "{} has none of the vocabulary's words",
            path.display()
        );
        eprintln!(
            "{}: vectors of {found} of {} words",
            path.display(),
            vocabulary.len()
        );
        Ok(Self {
            dimension: dimension.unwrap_or(0),
            vectors,
        })
    }

    /// An embedding `[vocabulary, units]` whose first columns, as many as the vectors have values, are
    /// theirs where a word has one, scaled to the deviation that the embedding has. The rest stays.
    ///
    /// # Errors
    /// When the vectors are wider than the embedding.
    pub(crate) fn overwrite(&self, mut embedding: Vec<f32>, units: usize) -> Result<TensorData> {
        ensure!(
            self.dimension <= units,
            "word vectors of {} values do not fit into an embedding of {units}",
            self.dimension
        );
        let known = self.vectors.iter().flatten().flatten();
        let scale = deviation(embedding.iter()) / deviation(known).max(f32::MIN_POSITIVE);
        for (row, vector) in embedding.chunks_exact_mut(units).zip(&self.vectors) {
            for (value, known) in row.iter_mut().zip(vector.iter().flatten()) {
                *value = known * scale;
            }
        }
        let rows = embedding.len() / units;
        Ok(TensorData::new(embedding, [rows, units]))
    }
}

/// The number of values of a file's vectors, by its first line.
///
/// # Errors
/// When the file cannot be read, or its first line is no word and numbers.
pub(crate) fn word_vector_dimension(path: &Path) -> Result<usize> {
    let text = text::beginning(path).with_context(|| format!("cannot read {}", path.display()))?;
    let line = text.lines().next().unwrap_or_default();
    let values = line.split_ascii_whitespace().count().saturating_sub(1);
    ensure!(
        values > 0,
        "{}, line 1: not a word and numbers",
        path.display()
    );
    Ok(values)
}

/// The root of the mean square.
fn deviation<'a>(values: impl Iterator<Item = &'a f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), &value| {
        (sum + f64::from(value).powi(2), count + 1)
    });
    (sum / count.max(1) as f64).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use std::fs;

    use model_export::text::TextRules;
    use temp_dir::TempDir;

    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary::from_captions(["dog dog cat"], TextRules::TfTutorial, 10, 1)
    }

    #[test]
    fn known_words_start_with_their_vectors() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("glove.txt");
        fs::write(&path, "dog 3 -3\nzebra 1 1\n").unwrap();
        let vectors = WordVectors::read(&path, &vocabulary()).unwrap();
        let embedding = vec![0.5; 6 * 3];
        let data = vectors.overwrite(embedding, 3).unwrap();
        let values = data.try_into_vec::<f32>().unwrap();
        let dog = vocabulary().id("dog").unwrap() as usize;
        for (row, values) in values.chunks(3).enumerate() {
            let expected = if row == dog {
                [0.5, -0.5, 0.5]
            } else {
                [0.5; 3]
            };
            assert_eq!(values, expected);
        }
        assert!(vectors.overwrite(vec![0.5; 6], 1).is_err());
    }

    #[test]
    fn a_damaged_line_is_named() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("glove.txt");
        for (text, says) in [
            ("dog 1 2\ncat 1\n", "line 2"),
            ("dog 1 x\n", "line 1"),
            ("zebra 1 2\n", "none of the vocabulary's words"),
        ] {
            fs::write(&path, text).unwrap();
            let error = format!(
                "{:#}",
                WordVectors::read(&path, &vocabulary()).err().unwrap()
            );
            assert!(error.contains(says), "{error}");
        }
    }
}
