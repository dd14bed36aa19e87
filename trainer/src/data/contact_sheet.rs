//! Some of a data set's photos in one picture, each above its name and its captions.

use std::path::Path;

use anyhow::{Result, ensure};
use model_export::photo;
use plotters::prelude::*;

use super::{CaptionedPhoto, Dataset};
use crate::picture;

const COLUMNS: u32 = 5;
/// Sides of a photo's place, in pixels.
const CELL: u32 = 256;
const MARGIN: u32 = 12;
/// Height of a line of text.
const LINE: u32 = 18;
/// Letters of DejaVu Sans in a line at the size of 13 pixels.
const LETTERS: usize = 38;
/// Lines below a photo, the first of which is its name.
const LINES: usize = 8;

/// Draws the first `count` photos that can be read, and returns how many there are. Others are named.
///
/// # Errors
/// When none can be read, or the picture cannot be written.
pub fn draw(
    dataset: &Dataset,
    photos: &[&CaptionedPhoto],
    count: usize,
    output: &Path,
) -> Result<usize> {
    let readable = photos.iter().filter_map(|photo| {
        let read = dataset.photos.read(&photo.name);
        match read.and_then(|bytes| Ok(photo::decode(&bytes)?)) {
            Ok(picture) => Some((*photo, picture::fitted(&picture, CELL))),
            Err(error) => {
                eprintln!("cannot be shown: {}: {error:#}", photo.name);
                None
            }
        }
    });
    let shown: Vec<_> = readable.take(count).collect();
    ensure!(
        !shown.is_empty(),
        "none of the {} photos can be read",
        photos.len()
    );
    let most = shown.iter().map(|(photo, _)| lines(photo).len()).max();
    let height = CELL + most.unwrap_or(0) as u32 * LINE + MARGIN;
    let columns = COLUMNS.min(shown.len() as u32);
    let rows = (shown.len() as u32).div_ceil(columns);
    let size = (
        columns * (CELL + MARGIN) + MARGIN,
        rows * (height + MARGIN) + MARGIN,
    );
    picture::write_png(output, size, |area| {
        let style = ("sans-serif", 13).into_font().color(&BLACK);
        for (index, (photo, picture)) in (0..).zip(&shown) {
            let left = (MARGIN + index % columns * (CELL + MARGIN)) as i32;
            let top = (MARGIN + index / columns * (height + MARGIN)) as i32;
            let (width, height) = picture.dimensions();
            let centred = left + (CELL - width) as i32 / 2;
            let pixels = picture.as_raw().clone();
            let below = top + (CELL - height) as i32;
            let cell = BitMapElement::with_owned_buffer((centred, below), (width, height), pixels);
            area.draw(&cell.ok_or("a photo of the wrong size")?)?;
            for (line, text) in (0..).zip(lines(photo)) {
                let y = top + (CELL + MARGIN / 2) as i32 + line * LINE as i32;
                area.draw(&Text::new(text, (left, y), &style))?;
            }
        }
        Ok(())
    })?;
    Ok(shown.len())
}

/// What stands below a photo: its name, shortened at its beginning, and as many captions as there is room for.
fn lines(photo: &CaptionedPhoto) -> Vec<String> {
    let name: Vec<char> = photo.name.chars().collect();
    let start = name.len().saturating_sub(LETTERS - 1);
    let mut lines = vec![match start {
        0 => photo.name.clone(),
        _ => format!("…{}", name[start..].iter().collect::<String>()),
    }];
    for caption in photo.captions.iter() {
        let mut line = "–".to_owned();
        for word in caption.split_whitespace() {
            // Words that are longer than a line, and scripts without spaces.
            for part in word.chars().collect::<Vec<_>>().chunks(LETTERS - 2) {
                if line.chars().count() + 1 + part.len() > LETTERS {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(' ');
                line.extend(part);
            }
        }
        lines.push(line);
    }
    if lines.len() > LINES {
        lines.truncate(LINES - 1);
        lines.push("…".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;
    use crate::data::Captions;

    #[test]
    fn photos_that_can_be_read_are_drawn_with_their_captions() {
        let folder = TempDir::new().unwrap();
        for name in ["a.png", "b.png"] {
            image::RgbImage::from_pixel(40, 20, image::Rgb([200, 10, 10]))
                .save(folder.path().join(name))
                .unwrap();
        }
        fs::write(folder.path().join("c.jpg"), "no photo").unwrap();
        let photo = |name: &str| CaptionedPhoto {
            name: name.to_owned(),
            captions: Captions::from_iter([
                "A dog runs over a meadow ".repeat(4),
                "한국어 자막".to_owned(),
            ]),
            ..CaptionedPhoto::default()
        };
        let photos = ["c.jpg", "a.png", "b.png"].map(photo);
        let photos: Vec<_> = photos.iter().collect();
        let dataset = Dataset::made_up(folder.path(), &[], &[]);
        let sheet = folder.path().join("sheet.png");
        assert_eq!(draw(&dataset, &photos, 10, &sheet).unwrap(), 2);
        let picture = image::open(&sheet).unwrap().into_rgb8();
        assert_eq!(picture.width(), 2 * (CELL + MARGIN) + MARGIN);
        let middle = picture.get_pixel(MARGIN + CELL / 2, MARGIN + CELL - 10);
        assert_eq!(middle.0, [200, 10, 10]);
        assert!(draw(&dataset, &photos[..1], 10, &sheet).is_err());
        assert!(
            lines(photos[1])
                .iter()
                .all(|line| line.chars().count() <= LETTERS)
        );
        assert_eq!(lines(photos[1])[0], "a.png");
    }
}
