//! Small copies of photos, and drawing with `plotters` into PNG files, with a font that is carried along.

use std::error::Error;
use std::io::Cursor;
use std::path::Path;
use std::sync::Once;

use anyhow::{Context, Result, anyhow};
use image::{ImageFormat, RgbImage};
use model_export::photo::resize;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;

use crate::files;

/// A drawing area over memory.
pub(crate) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

/// A photo whose longer side has so many pixels.
pub(crate) fn fitted(photo: &RgbImage, longer_side: u32) -> RgbImage {
    let longer = u64::from(photo.width().max(photo.height()));
    let scaled = |side: u32| (u64::from(side) * u64::from(longer_side) / longer).max(1) as u32;
    let (width, height) = (scaled(photo.width()), scaled(photo.height()));
    resize(photo, width, height)
}

/// Draws a picture as [`png`] does and writes it.
///
/// # Errors
/// When drawing fails or the file cannot be written.
pub(crate) fn write_png(
    path: &Path,
    size: (u32, u32),
    draw: impl FnOnce(&Area) -> Result<(), Box<dyn Error>>,
) -> Result<()> {
    let png = png(size, draw).with_context(|| format!("cannot draw {}", path.display()))?;
    files::write_whole(path, &png)
}

/// Draws a picture of `size` pixels on white, as PNG.
///
/// # Errors
/// When drawing fails.
pub(crate) fn png(
    size: (u32, u32),
    draw: impl FnOnce(&Area) -> Result<(), Box<dyn Error>>,
) -> Result<Vec<u8>> {
    register_sans_serif();
    let (width, height) = size;
    let mut pixels = vec![0u8; width as usize * height as usize * 3];
    let paint = |pixels: &mut [u8]| -> Result<(), Box<dyn Error>> {
        let area = BitMapBackend::with_buffer(pixels, size).into_drawing_area();
        area.fill(&WHITE)?;
        draw(&area)?;
        area.present()?;
        Ok(())
    };
    paint(&mut pixels).map_err(|error| anyhow!("{error}"))?;
    let mut png = Cursor::new(Vec::new());
    RgbImage::from_raw(width, height, pixels)
        .context("the picture's size does not fit")?
        .write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

/// Makes DejaVu Sans the font that `plotters` draws "sans-serif" with: no system font is needed.
fn register_sans_serif() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Refused only if the bytes were no font; drawing text then fails and says so.
        let _ = register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular());
    });
}
