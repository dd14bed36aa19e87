//! Where the model looked: one map per word, and the picture of it.

use burn::tensor::Tensor;
use image::imageops::{self, FilterType};
use image::{ImageBuffer, Luma, Rgba, RgbaImage};
use serde::{Deserialize, Serialize};

/// The grid of image positions that a map lies on, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Positions from top to bottom.
    pub rows: usize,
    /// Positions from left to right.
    pub columns: usize,
}

impl Grid {
    /// Number of positions.
    pub fn positions(self) -> usize {
        self.rows * self.columns
    }
}

/// Mean over layers and heads of cross-attention weights.
///
/// `layers` holds one tensor `[batch, heads, words, positions]` per decoder layer; the result is
/// `[batch, words, positions]`, and each row sums to 1 because every head's row does.
///
/// # Panics
/// If `layers` is empty.
pub fn mean_over_layers_and_heads(layers: &[Tensor<4>]) -> Tensor<3> {
    let [batch, _, words, positions] = layers[0].dims();
    Tensor::cat(layers.to_vec(), 1)
        .mean_dim(1)
        .reshape([batch, words, positions])
}

/// The map on a photo's grid, of weights `[photo's positions, mirror image's positions]`: what the mirror image got is added
/// where the photo has it. Weights of another number are given back as they are.
pub fn fold_mirrored(weights: &[f32], grid: Grid) -> Vec<f32> {
    let Some((photo, mirrored)) = weights
        .split_at_checked(grid.positions())
        .filter(|(photo, mirrored)| photo.len() == mirrored.len())
    else {
        return weights.to_vec();
    };
    let columns = grid.columns.max(1);
    photo
        .chunks(columns)
        .zip(mirrored.chunks(columns))
        .flat_map(|(row, mirrored)| row.iter().zip(mirrored.iter().rev()).map(|(a, b)| a + b))
        .collect()
}

/// A map as a picture to lay over the photo: `width` × `height` pixels, straight (not
/// premultiplied) alpha, transparent where the model did not look.
///
/// The map is scaled by its maximum, so that a word that looks everywhere a little is as visible as
/// one that looks at a single spot, and enlarged with a cubic filter.
///
/// A map that does not fill the grid gives a transparent picture.
pub fn heat_map(map: &[f32], grid: Grid, width: u32, height: u32) -> RgbaImage {
    let peak = map.iter().copied().fold(0f32, f32::max);
    let (columns, rows) = (grid.columns as u32, grid.rows as u32);
    let scaled = map.iter().map(|weight| weight / peak).collect();
    let small = (peak > 0.0)
        .then(|| ImageBuffer::<Luma<f32>, Vec<f32>>::from_raw(columns, rows, scaled))
        .flatten();
    let Some(small) = small.filter(|_| map.len() == grid.positions()) else {
        return RgbaImage::new(width, height);
    };
    let large = imageops::resize(&small, width, height, FilterType::CatmullRom);
    RgbaImage::from_fn(width, height, |x, y| {
        heat(large.get_pixel(x, y).0[0].clamp(0.0, 1.0))
    })
}

/// The colours of `levels` weights from 0 to 1, evenly apart, as [`heat_map`] has them: RGBA with straight alpha.
pub fn palette(levels: u8) -> Vec<[u8; 4]> {
    let last = f32::from(levels.saturating_sub(1).max(1));
    (0..levels)
        .map(|level| heat(f32::from(level) / last).0)
        .collect()
}

/// From transparent over dark red and orange to opaque pale yellow, for a weight in 0 to 1.
fn heat(weight: f32) -> Rgba<u8> {
    const STOPS: [[f32; 4]; 4] = [
        [40.0, 0.0, 60.0, 0.0],
        [190.0, 30.0, 60.0, 90.0],
        [250.0, 140.0, 30.0, 160.0],
        [255.0, 240.0, 150.0, 210.0],
    ];
    let place = weight * (STOPS.len() - 1) as f32;
    let below = (place as usize).min(STOPS.len() - 2);
    let share = place - below as f32;
    Rgba(std::array::from_fn(|channel| {
        let (from, to) = (STOPS[below][channel], STOPS[below + 1][channel]);
        // Rounded: no stop is negative.
        (from + (to - from) * share + 0.5) as u8
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_a_mirror_image_are_added_where_the_photo_has_them() {
        let grid = Grid {
            rows: 2,
            columns: 3,
        };
        let photo = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let mirrored = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0];
        let both = [photo, mirrored].concat();
        let expected = [31.0, 22.0, 13.0, 64.0, 55.0, 46.0];
        assert_eq!(fold_mirrored(&both, grid), expected);
        assert!(fold_mirrored(&[], grid).is_empty());
    }

    const GRID: Grid = Grid {
        rows: 7,
        columns: 7,
    };

    #[test]
    fn heat_map_is_hottest_where_the_model_looked() {
        let mut map = vec![0.0; 49];
        map[2 * 7 + 5] = 1.0;
        let picture = heat_map(&map, GRID, 140, 70);
        assert_eq!(picture.dimensions(), (140, 70));
        let (x, y, _) = picture
            .enumerate_pixels()
            .max_by_key(|(_, _, pixel)| pixel.0[3])
            .expect("a picture has pixels");
        assert!((100..120).contains(&x) && (20..30).contains(&y), "{x} {y}");
        assert_eq!(picture.get_pixel(5, 60).0[3], 0);
    }

    #[test]
    fn a_palette_goes_from_transparent_to_the_hottest() {
        let colours = palette(64);
        assert_eq!(colours.len(), 64);
        assert_eq!((colours[0], colours[63]), (heat(0.0).0, heat(1.0).0));
        assert!(colours.is_sorted_by_key(|colour| colour[3]));
        assert_eq!(colours[0][3], 0);
    }

    #[test]
    fn heat_map_of_nothing_is_transparent() {
        for map in [vec![0.0; 49], vec![f32::NAN; 49], vec![1.0; 48], vec![]] {
            let picture = heat_map(&map, GRID, 8, 8);
            assert!(picture.pixels().all(|pixel| pixel.0[3] == 0));
        }
    }
}
