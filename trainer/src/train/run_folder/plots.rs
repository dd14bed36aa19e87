//! Curves of runs.

use anyhow::Result;
use plotters::prelude::*;

use crate::picture;

/// A curve's name and its points: step and value.
pub(crate) type Curve<'a> = (&'a str, Vec<(u64, f64)>);

/// Curves over one another as PNG; none where none has a point.
///
/// # Errors
/// When they cannot be drawn.
pub(crate) fn curves(unit: &str, curves: &[Curve]) -> Result<Option<Vec<u8>>> {
    let points = || curves.iter().flat_map(|(_, points)| points);
    let last = points().map(|(step, _)| *step).max().unwrap_or(1);
    let low = points().map(|(_, value)| *value).fold(f64::MAX, f64::min);
    let high = points().map(|(_, value)| *value).fold(f64::MIN, f64::max);
    if low > high {
        return Ok(None);
    }
    let margin = ((high - low) * 0.05).max(1e-3);
    let png = picture::png((900, 540), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(0..last, (low - margin)..(high + margin))?;
        chart
            .configure_mesh()
            .x_desc("optimiser step")
            .y_desc(unit)
            .light_line_style(WHITE)
            .draw()?;
        for (index, (label, points)) in curves.iter().enumerate() {
            let color = Palette99::pick(index).to_rgba();
            chart
                .draw_series(LineSeries::new(
                    points.iter().copied(),
                    color.stroke_width(2),
                ))?
                .label(*label)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2))
                });
        }
        chart
            .configure_series_labels()
            .background_style(WHITE)
            .border_style(BLACK.mix(0.3))
            .draw()?;
        Ok(())
    });
    png.map(Some)
}
