//! Drawing with `plotters` into PNG files, with a font that is carried along.

use std::error::Error;
use std::io::Cursor;
use std::path::Path;
use std::sync::Once;

use anyhow::{Context, Result, anyhow};
use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;

use crate::files;

/// A drawing area over memory.
pub(crate) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

/// Draws a picture of `size` pixels on white and writes it as PNG.
///
/// # Errors
/// When drawing fails or the file cannot be written.
pub(crate) fn write_png(
    path: &Path,
    size: (u32, u32),
    draw: impl FnOnce(&Area) -> Result<(), Box<dyn Error>>,
) -> Result<()> {
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
    paint(&mut pixels).map_err(|error| anyhow!("cannot draw {}: {error}", path.display()))?;
    let mut png = Cursor::new(Vec::new());
    RgbImage::from_raw(width, height, pixels)
        .context("the picture's size does not fit")?
        .write_to(&mut png, ImageFormat::Png)
        .with_context(|| format!("cannot encode {}", path.display()))?;
    files::write_whole(path, png.get_ref())
}

/// Makes DejaVu Sans the font that `plotters` draws "sans-serif" with: no system font is needed.
fn register_sans_serif() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Refused only if the bytes were no font; drawing text then fails and says so.
        let _ = register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular());
    });
}
