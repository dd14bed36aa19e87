//! A table of each caption's measures.

use anyhow::Result;

use super::references::Pair;
use super::{ContentCounts, Scores};

/// Rows of `image_id,caption,` measures`,unsupported words` as CSV. A measure without a word to count
/// is an empty cell.
pub struct PerCaption {
    writer: csv::Writer<Vec<u8>>,
}

impl PerCaption {
    /// A table without rows.
    ///
    /// # Errors
    /// When its header cannot be written.
    pub fn new() -> Result<Self> {
        let scores = Scores::default().named().into_iter().map(|(name, _)| name);
        let content = ContentCounts::default().named();
        let content = content.map(|(name, _)| name.to_owned());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(
            ["image_id".to_owned(), "caption".to_owned()]
                .into_iter()
                .chain(scores)
                .chain(content)
                .chain(["unsupported words".to_owned()]),
        )?;
        Ok(Self { writer })
    }

    /// Adds a photo's row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(
        &mut self,
        photo: &Pair,
        scores: &Scores,
        content: &ContentCounts,
        unsupported: String,
    ) -> Result<()> {
        let scores = scores
            .named()
            .into_iter()
            .map(|(_, value)| value.to_string());
        let content = content
            .named()
            .map(|(_, value)| value.map_or_else(String::new, |value| value.to_string()));
        self.writer.write_record(
            [photo.id.clone(), photo.caption.to_owned()]
                .into_iter()
                .chain(scores)
                .chain(content)
                .chain([unsupported]),
        )?;
        Ok(())
    }

    /// The table as CSV.
    ///
    /// # Errors
    /// When the last rows cannot be written.
    pub fn into_csv(self) -> Result<Vec<u8>> {
        Ok(self.writer.into_inner()?)
    }
}
