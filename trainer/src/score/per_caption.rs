//! A table of each caption's measures.

use anyhow::Result;

use super::Tally;
use super::references::Pair;

/// Rows of `image_id,caption,` measures`,unsupported words` as CSV. A measure without a word to count
/// is an empty cell.
pub struct PerCaption {
    writer: csv::Writer<Vec<u8>>,
}

impl PerCaption {
    /// A table without rows, of such measures.
    ///
    /// # Errors
    /// When its header cannot be written.
    pub fn new(tally: &Tally) -> Result<Self> {
        let measures = tally.measures().into_iter();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(
            ["image_id".to_owned(), "caption".to_owned()]
                .into_iter()
                .chain(measures.map(|(name, _)| name))
                .chain(["unsupported words".to_owned()]),
        )?;
        Ok(Self { writer })
    }

    /// Adds a photo's row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, photo: &Pair, tally: &Tally, unsupported: String) -> Result<()> {
        let measures = tally.measures().into_iter();
        let measures =
            measures.map(|(_, value)| value.map_or_else(String::new, |value| value.to_string()));
        self.writer.write_record(
            [photo.id.clone(), photo.caption.to_owned()]
                .into_iter()
                .chain(measures)
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
