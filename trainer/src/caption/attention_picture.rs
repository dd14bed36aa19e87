//! The tutorial's picture: the photo once for each word, under the word's map.

use std::path::Path;

use anyhow::{Result, anyhow};
use image::{DynamicImage, RgbImage, imageops};
use model_export::attention::heat_map;
use model_export::{Caption, Word};
use plotters::prelude::*;

use crate::picture;

/// Longer side of one cell's photo, in pixels.
const CELL: u32 = 240;
const TITLE: u32 = 34;
const MARGIN: u32 = 8;
const COLUMNS: u32 = 5;

/// Writes a PNG with a cell per word: the word, its probability, and the photo under its map.
///
/// # Errors
/// When the file cannot be written, or the caption has no word.
pub fn draw(photo: &RgbImage, caption: &Caption, output: &Path) -> Result<()> {
    let count = caption.words.len() as u32;
    if count == 0 {
        return Err(anyhow!(
            "the caption has no word, so there is no map to draw"
        ));
    }
    let small = picture::fitted(photo, CELL);
    let (width, height) = small.dimensions();
    let columns = count.min(COLUMNS);
    let rows = count.div_ceil(columns);
    let size = (
        columns * (width + MARGIN) + MARGIN,
        rows * (height + TITLE) + MARGIN,
    );
    picture::write_png(output, size, |area| {
        let style = ("sans-serif", 17).into_font().color(&BLACK);
        for (index, word) in (0..).zip(&caption.words) {
            let x = (MARGIN + index % columns * (width + MARGIN)) as i32;
            let y = (index / columns * (height + TITLE)) as i32;
            let title = format!("{} {:.0} %", word.text, 100.0 * word.probability);
            area.draw(&Text::new(title, (x, y + 10), &style))?;
            let pixels = overlay(&small, word, caption).into_raw();
            let cell =
                BitMapElement::with_owned_buffer((x, y + TITLE as i32), (width, height), pixels);
            area.draw(&cell.ok_or("a photo of the wrong size")?)?;
        }
        Ok(())
    })
}

fn overlay(photo: &RgbImage, word: &Word, caption: &Caption) -> RgbImage {
    let mut picture = DynamicImage::from(photo.clone()).into_rgba8();
    let heat = heat_map(&word.map, caption.grid, photo.width(), photo.height());
    imageops::overlay(&mut picture, &heat, 0, 0);
    DynamicImage::from(picture).into_rgb8()
}
