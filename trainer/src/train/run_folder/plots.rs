//! A run's curves.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;

use crate::picture;

/// A curve's name and its points: step and value.
pub(super) type Curve = (&'static str, Vec<(u64, f64)>);

/// Draws curves over one another as PNG; nothing where none has a point.
pub(super) fn curves(path: &Path, unit: &str, curves: &[Curve]) -> Result<()> {
    let points = || curves.iter().flat_map(|(_, points)| points);
    let last = points().map(|(step, _)| *step).max().unwrap_or(1);
    let low = points().map(|(_, value)| *value).fold(f64::MAX, f64::min);
    let high = points().map(|(_, value)| *value).fold(f64::MIN, f64::max);
    if low > high {
        return Ok(());
    }
    let margin = ((high - low) * 0.05).max(1e-3);
    picture::write_png(path, (900, 540), |area| {
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
    })
}
