//! All photos of a batch advance together: one step of the decoder per word.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::caption::{GeneratedCaption, GeneratedToken};
use super::error::DeviceError;
use super::hypothesis::Hypothesis;
use crate::attention::mean_over_layers_and_heads;
use crate::decoder::Decoder;

/// The search for one photo's captions.
pub(super) trait Search {
    /// What is not ended yet. Before the first step they are all empty and there is one row; after
    /// it, hypothesis `i` is on the photo's row `i`.
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
    /// The token that its captions begin with.
    start: u32,
    search: Box<dyn Search>,
    /// Rows of the image's keys and values that are this photo's.
    slots: usize,
}

/// Runs one search per photo of the image features `[batch, positions, channels]`, until all
/// captions are ended, and returns the captions of each. Those of a photo begin with the token that
/// stands beside its search.
///
/// A row of the decoder's batch is a hypothesis. The rows of a photo stand together and share its
/// keys and values, a group of rows to each copy of these; see [`group_size`]. Photos without open
/// hypotheses leave the
/// batch. `on_token` sees the place of the photo in the batch and the newest token of its first
/// open hypothesis.
pub(super) async fn run(
    decoder: &Decoder,
    features: Tensor<3>,
    searches: Vec<(u32, Box<dyn Search>)>,
    max_words: usize,
    with_maps: bool,
    on_token: &mut dyn FnMut(usize, &GeneratedToken),
) -> Result<Vec<Vec<GeneratedCaption>>, DeviceError> {
    let device = features.device();
    let mut captions = vec![Vec::new(); searches.len()];
    let mut photos: Vec<Photo> = searches
        .into_iter()
        .enumerate()
        .map(|(index, (start, search))| Photo {
            index,
            start,
            search,
            slots: 1,
        })
        .collect();
    if photos.is_empty() {
        return Ok(captions);
    }
    let mut state = decoder.start(features);
    // All captions of a photo begin with the same token: one row per photo.
    let mut group = 1;
    loop {
        let must_end = state.position() == max_words;
        let output = decoder.step(token_column(&photos, group, &device), &mut state);
        let [rows, _, units] = output.hidden.dims();
        let logits = decoder.logits(output.hidden.reshape([rows, units]));
        let [_, vocabulary] = logits.dims();
        let (values, positions) = if with_maps && !output.attention.is_empty() {
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

        let mut still = Vec::new();
        let mut values = values.as_slice();
        let mut first_slot = 0;
        for mut photo in photos {
            let (own, others) = values.split_at(photo.slots * group * (vocabulary + positions));
            values = others;
            let predictions = Predictions {
                values: own,
                vocabulary,
                positions,
            };
            let slot = first_slot;
            first_slot += photo.slots;
            let parents = photo.search.advance(&predictions, must_end)?;
            match photo.search.open().first().and_then(Hypothesis::newest) {
                Some(token) => {
                    on_token(photo.index, token);
                    still.push((slot, parents, photo));
                }
                None => captions[photo.index] = photo.search.into_captions(),
            }
        }
        if still.is_empty() {
            return Ok(captions);
        }
        let next_group = group_size(still.iter().map(|(_, parents, _)| parents.len()));
        let mut slots = Vec::new();
        let mut rows = Vec::new();
        photos = Vec::new();
        for (slot, parents, mut photo) in still {
            photo.slots = parents.len().div_ceil(next_group);
            slots.extend(std::iter::repeat_n(slot, photo.slots));
            // Rows that are left over repeat the first: what comes of that is not read.
            rows.extend(
                (0..photo.slots * next_group)
                    .map(|row| slot * group + parents.get(row).copied().unwrap_or(parents[0])),
            );
            photos.push(photo);
        }
        state.select(&slots, &rows, &device);
        group = next_group;
    }
}

/// How many rows share a copy of their photo's keys and values, for photos with these numbers of
/// open hypotheses.
///
/// The decoder wants the same number for every copy. One large group per photo leaves rows unused
/// where photos have different numbers of hypotheses; small groups need more copies. The size with
/// the least of both is taken.
fn group_size(open: impl Iterator<Item = usize> + Clone) -> usize {
    /// What the copying costs, measured in rows (about, for decoders of 2 layers on a CPU).
    const COST_OF_COPY: f64 = 0.3;
    let largest = open.clone().max().unwrap_or(1).max(1);
    let cost = |group: usize| {
        let copies: usize = open.clone().map(|rows| rows.div_ceil(group)).sum();
        copies as f64 * (group as f64 + COST_OF_COPY)
    };
    (1..=largest)
        .min_by(|&a, &b| cost(a).total_cmp(&cost(b)))
        .unwrap_or(1)
}

/// What each row reads next: token ids `[rows, 1]`.
fn token_column(photos: &[Photo], group: usize, device: &Device) -> Tensor<2, Int> {
    let mut ids = Vec::new();
    for photo in photos {
        let open = photo.search.open();
        let tokens = (0..photo.slots * group)
            .map(|row| open.get(row).and_then(Hypothesis::newest))
            .map(|newest| newest.map_or(photo.start, |token| token.id) as i32);
        ids.extend(tokens);
    }
    let rows = ids.len();
    Tensor::from_data(TensorData::new(ids, [rows, 1]), device)
}

#[cfg(test)]
mod tests {
    use super::group_size;

    #[test]
    fn rows_are_grouped_where_photos_have_as_many() {
        assert_eq!(group_size([5, 5, 5].into_iter()), 5);
        assert_eq!(group_size([1, 1].into_iter()), 1);
        // Five rows for one hypothesis each would be a waste.
        assert_eq!(group_size([5, 1, 1, 1, 1, 1].into_iter()), 1);
        assert_eq!(group_size([4, 4, 2, 2].into_iter()), 2);
    }
}
