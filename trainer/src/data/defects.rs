//! What is wrong with a data set's photos and captions.

/// What a data set's files contradict each other in.
#[derive(Debug, Default)]
pub(crate) struct Defects {
    /// Listed photos that have no caption.
    pub(crate) without_captions: Vec<String>,
    /// Photos with captions whose file is missing, as the list writes them, with what is known of why.
    pub(crate) without_file: Vec<String>,
    /// Photos with captions that no split's list has.
    pub(crate) without_split: Vec<String>,
    /// Captions of punctuation, pictures or nothing.
    pub(crate) wordless: Vec<String>,
    /// Photos to train on that are in this data set's validation split too.
    pub(crate) in_both: Vec<String>,
    /// Photos to train or validate on that are in a test split, of this data set or of one beside it.
    pub(crate) in_test: Vec<String>,
    /// Photos to train on that are in a validation split, of a data set beside this one.
    pub(crate) in_validation: Vec<String>,
    /// Photos that are listed twice; their captions are put together.
    pub(crate) repeated: Vec<String>,
    /// Photos with the same caption twice; both are kept.
    pub(crate) with_repeated_caption: Vec<String>,
}
