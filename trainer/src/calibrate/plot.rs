//! The reliability diagram and the risk–coverage curve, side by side.

use std::error::Error;
use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;

use super::reliability::{Judged, bins, risk_coverage};
use crate::picture::{self, Area};

/// Draws both for groups of photos by name.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, groups: &[(String, Vec<Judged>)]) -> Result<()> {
    let bin_points = |judged: &[Judged]| {
        let filled = bins(judged).into_iter().filter(|bin| bin.count > 0);
        filled.map(|bin| (bin.confidence, bin.right)).collect()
    };
    let reliability = curves(groups, bin_points);
    let risk = curves(groups, risk_coverage);
    let most_risk = risk
        .iter()
        .flat_map(|(_, points)| points)
        .map(|&(_, risk)| risk)
        .fold(0.1, f64::max);
    picture::write_png(path, (1400, 640), |area| {
        let halves = area.split_evenly((1, 2));
        let axes = ["confidence (mean of a tenth)", "share that is right"];
        draw(&halves[0], axes, 1.0, &reliability, true)?;
        let axes = [
            "coverage: share of the photos, the surest first",
            "risk: share of these that is wrong",
        ];
        draw(&halves[1], axes, (1.1 * most_risk).min(1.0), &risk, false)
    })
}

type Curve<'a> = (&'a str, Vec<(f64, f64)>);

fn curves(
    groups: &[(String, Vec<Judged>)],
    points: impl Fn(&[Judged]) -> Vec<(f64, f64)>,
) -> Vec<Curve<'_>> {
    let groups = groups.iter();
    groups
        .map(|(name, judged)| (name.as_str(), points(judged)))
        .collect()
}

/// Curves over 0 to 1; of reliability, with their points and the diagonal that they should lie on.
fn draw(
    area: &Area,
    [across, up]: [&str; 2],
    highest: f64,
    curves: &[Curve],
    reliability: bool,
) -> Result<(), Box<dyn Error>> {
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..1.0, 0.0..highest)?;
    chart
        .configure_mesh()
        .x_desc(across)
        .y_desc(up)
        .light_line_style(WHITE)
        .draw()?;
    if reliability {
        let diagonal = [(0.0, 0.0), (1.0, 1.0)];
        chart.draw_series(LineSeries::new(diagonal, BLACK.mix(0.4)))?;
    }
    for (index, (name, points)) in curves.iter().enumerate() {
        let style = Palette99::pick(index).to_rgba().stroke_width(2).filled();
        let line = LineSeries::new(points.iter().copied(), style);
        let line = line.point_size(if reliability { 4 } else { 0 });
        chart
            .draw_series(line)?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.3))
        .draw()?;
    Ok(())
}
