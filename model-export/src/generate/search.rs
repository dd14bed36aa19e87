//! All photos of a batch advance together: one step of the decoder per word.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::hypothesis::Hypothesis;
use super::{DeviceError, GeneratedCaption, GeneratedToken};
use crate::attention::mean_over_layers_and_heads;
use crate::decoder::TransformerDecoder;
use crate::vocabulary::START;

/// The search for one photo's captions.
pub(super) trait Search {
    /// What is not ended yet. Before the first step they are all empty; after it, the decoder reads
    /// hypothesis `i` on the photo's row `i`.
    fn open(&self) -> &[Hypothesis];

    /// Continues the open hypotheses by one token, which is `[END]` where they `must_end`. Returns
    /// for each hypothesis that is open afterwards the row that it continues.
    ///
    /// # Errors
    /// When the predictions are not numbers.
    fn advance(&mut self, rows: &Predictions, must_end: bool) -> Result<Vec<usize>, DeviceError>;

    /// The captions, when none is open any more.
    fn into_captions(self: Box<Self>) -> Vec<GeneratedCaption>;
}

/// What the decoder says on the rows of one photo.
pub(super) struct Predictions<'a> {
    values: &'a [f32],
    vocabulary: usize,
    positions: usize,
}

impl Predictions<'_> {
    /// Number of rows.
    pub(super) fn count(&self) -> usize {
        self.values.len() / (self.vocabulary + self.positions)
    }

    /// One logit per token of the vocabulary.
    pub(super) fn logits(&self, row: usize) -> &[f32] {
        let start = row * (self.vocabulary + self.positions);
        &self.values[start..start + self.vocabulary]
    }

    /// The map; empty where none was asked for.
    pub(super) fn attention(&self, row: usize) -> &[f32] {
        let start = row * (self.vocabulary + self.positions) + self.vocabulary;
        &self.values[start..start + self.positions]
    }
}

/// A photo whose captions are not all ended.
struct Photo {
    /// Its place in the batch.
    index: usize,
    search: Box<dyn Search>,
}

/// Runs one search per photo of the image features `[batch, positions, channels]`, until all
/// captions are ended, and returns the captions of each.
///
/// A row of the decoder's batch is a hypothesis; the rows of a photo stand together, as many for each
/// photo as the photo with the most open hypotheses needs. Photos without open hypotheses leave the
/// batch. `on_token` sees the place of the photo in the batch and the newest token of its first
/// open hypothesis.
pub(super) async fn run(
    decoder: &TransformerDecoder,
    features: Tensor<3>,
    searches: Vec<Box<dyn Search>>,
    max_words: usize,
    with_maps: bool,
    on_token: &mut dyn FnMut(usize, &GeneratedToken),
) -> Result<Vec<Vec<GeneratedCaption>>, DeviceError> {
    let device = features.device();
    let mut captions = vec![Vec::new(); searches.len()];
    let mut photos: Vec<Photo> = searches
        .into_iter()
        .enumerate()
        .map(|(index, search)| Photo { index, search })
        .collect();
    if photos.is_empty() {
        return Ok(captions);
    }
    let mut state = decoder.start(features);
    // All begin with [START]: one row per photo.
    let mut rows_per_photo = 1;
    loop {
        let must_end = state.position() == max_words;
        let output = decoder.step(token_column(&photos, rows_per_photo, &device), &mut state);
        let [rows, _, units] = output.hidden.dims();
        let logits = decoder.logits(output.hidden.reshape([rows, units]));
        let [_, vocabulary] = logits.dims();
        let (values, positions) = if with_maps {
            let map = mean_over_layers_and_heads(&output.attention);
            let [_, _, positions] = map.dims();
            // One read instead of two: each is a round trip to the GPU.
            let both = vec![logits, map.reshape([rows, positions])];
            (Tensor::cat(both, 1), positions)
        } else {
            (logits, 0)
        };
        let values = values
            .into_data_async()
            .await
            .map_err(DeviceError::new)?
            .try_into_vec::<f32>()
            .map_err(DeviceError::new)?;

        let of_photo = rows_per_photo * (vocabulary + positions);
        let mut still = Vec::new();
        for (place, (mut photo, values)) in photos
            .into_iter()
            .zip(values.chunks_exact(of_photo))
            .enumerate()
        {
            let predictions = Predictions {
                values,
                vocabulary,
                positions,
            };
            let parents = photo.search.advance(&predictions, must_end)?;
            match photo.search.open().first().and_then(Hypothesis::newest) {
                Some(token) => {
                    on_token(photo.index, token);
                    still.push((place, parents, photo));
                }
                None => captions[photo.index] = photo.search.into_captions(),
            }
        }
        let Some(most) = still.iter().map(|(_, parents, _)| parents.len()).max() else {
            return Ok(captions);
        };
        let mut places = Vec::new();
        let mut rows = Vec::new();
        photos = Vec::new();
        for (place, parents, photo) in still {
            // A photo with fewer hypotheses repeats its first: what comes of that is not read.
            rows.extend((0..most).map(|row| {
                place * rows_per_photo + parents.get(row).copied().unwrap_or(parents[0])
            }));
            places.push(place);
            photos.push(photo);
        }
        state.select(&places, &rows, &device);
        rows_per_photo = most;
    }
}

/// What each row reads next: token ids `[photos · rows_per_photo, 1]`.
fn token_column(photos: &[Photo], rows_per_photo: usize, device: &Device) -> Tensor<2, Int> {
    let mut ids = Vec::with_capacity(photos.len() * rows_per_photo);
    for photo in photos {
        let open = photo.search.open();
        let tokens =
            (0..rows_per_photo).map(|row| open.get(row).map_or(START, Hypothesis::last) as i32);
        ids.extend(tokens);
    }
    let rows = ids.len();
    Tensor::from_data(TensorData::new(ids, [rows, 1]), device)
}
