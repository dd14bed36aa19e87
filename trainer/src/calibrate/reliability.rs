//! How far confidences keep their word: reliability, and risk against coverage.

use serde::Serialize;

/// A confidence, and whether what it was given for was right.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// The probability that it is right, 0 to 1.
    pub confidence: f64,
    /// Whether it is.
    pub right: bool,
}

/// Those whose confidence lies in one of the equal parts of 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Bin {
    pub(crate) count: usize,
    /// Their mean confidence; 0 where there are none.
    pub(crate) confidence: f64,
    /// The share of them that is right; 0 where there are none.
    pub(crate) right: f64,
}

/// Parts that the confidences are sorted into.
pub(super) const BINS: usize = 10;

/// The bins, that of the least confidence first. A border belongs to the bin above it, 1 to the last.
pub(crate) fn bins(judged: &[Judged]) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for one in judged {
        let bin = &mut bins[((one.confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.count += 1;
        bin.confidence += one.confidence;
        bin.right += number(one.right);
    }
    for bin in &mut bins {
        let count = bin.count.max(1) as f64;
        bin.confidence /= count;
        bin.right /= count;
    }
    bins
}

/// Expected calibration error (Guo et al., 2017, <https://arxiv.org/abs/1706.04599>): the mean distance between a
/// bin's confidence and its share right, each bin weighed by its count.
pub(super) fn calibration_error(judged: &[Judged]) -> f64 {
    let distances = bins(judged)
        .map(|bin| bin.count as f64 * (bin.confidence - bin.right).abs())
        .into_iter();
    distances.sum::<f64>() / judged.len() as f64
}

/// Brier score: the mean squared distance of the confidence from 1 where right, and from 0 where not.
pub(super) fn brier(judged: &[Judged]) -> f64 {
    let squares = judged
        .iter()
        .map(|one| (one.confidence - number(one.right)).powi(2));
    squares.sum::<f64>() / judged.len() as f64
}

/// The share that is right.
pub(super) fn share_right(judged: &[Judged]) -> f64 {
    judged.iter().map(|one| number(one.right)).sum::<f64>() / judged.len() as f64
}

/// The surest first: for each number of them their share of all (coverage), and the share of them that is wrong
/// (risk).
pub(super) fn risk_coverage(judged: &[Judged]) -> Vec<(f64, f64)> {
    let mut judged = judged.to_vec();
    judged.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut wrong = 0.0;
    judged
        .iter()
        .zip(1..)
        .map(|(one, taken)| {
            wrong += number(!one.right);
            let taken = f64::from(taken);
            (taken / judged.len() as f64, wrong / taken)
        })
        .collect()
}

/// Area under the risk–coverage curve (Geifman et al., 2019, <https://arxiv.org/abs/1805.08206>): the mean risk
/// over all coverages. Confidences that tell nothing leave it at the share that is wrong.
pub(super) fn risk_area(judged: &[Judged]) -> f64 {
    let risks = risk_coverage(judged).into_iter().map(|(_, risk)| risk);
    risks.sum::<f64>() / judged.len() as f64
}

/// A table for people.
pub fn table(name: &str, judged: &[Judged], unit: &str) -> String {
    let mut text = format!("{name}: {} {unit}\n", judged.len());
    text += &format!("  confidence     mean  right %  {unit}\n");
    for (index, bin) in bins(judged).iter().enumerate() {
        let [from, to] = [index, index + 1].map(|edge| edge as f64 / BINS as f64);
        let range = format!("  {from:.1} to {to:.1}");
        text += &match bin.count {
            0 => format!("{range}        -        -       0\n"),
            count => format!(
                "{range}    {:.3}   {:6.1}  {count:6}\n",
                bin.confidence,
                100.0 * bin.right
            ),
        };
    }
    text + &figures(judged)
}

/// The figures below a table, a line each.
pub(crate) fn figures(judged: &[Judged]) -> String {
    let right = share_right(judged);
    format!(
        "  right                           {:.1} %\n  expected calibration error      {:.4}\n  Brier score                     {:.4} ({:.4} for the same confidence everywhere)\n  area under risk and coverage    {:.4} ({:.4} in no order)\n",
        100.0 * right,
        calibration_error(judged),
        brier(judged),
        right * (1.0 - right),
        risk_area(judged),
        1.0 - right,
    )
}

fn number(right: bool) -> f64 {
    f64::from(u8::from(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged() -> Vec<Judged> {
        [
            (0.9, true),
            (0.95, false),
            (0.1, false),
            (0.2, true),
            (1.0, true),
        ]
        .map(|(confidence, right)| Judged { confidence, right })
        .to_vec()
    }

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn bins_are_as_by_hand() {
        let bins = bins(&judged());
        assert_eq!(bins[0], Bin::default());
        let counts = bins.map(|bin| bin.count);
        assert_eq!(counts, [0, 1, 1, 0, 0, 0, 0, 0, 0, 3]);
        assert_close(bins[9].confidence, 0.95);
        assert_close(bins[9].right, 2.0 / 3.0);
        // Three of five are off by 0.95 − 2/3, one by 0.1 and one by 0.8.
        let expected = (3.0 * (0.95 - 2.0 / 3.0) + 0.1 + 0.8) / 5.0;
        assert_close(calibration_error(&judged()), expected);
    }

    #[test]
    fn the_brier_score_is_as_by_hand() {
        let expected = (0.01 + 0.9025 + 0.01 + 0.64 + 0.0) / 5.0;
        assert_close(brier(&judged()), expected);
    }

    #[test]
    fn risk_grows_with_coverage_as_by_hand() {
        let expected = [
            (0.2, 0.0),
            (0.4, 1.0 / 2.0),
            (0.6, 1.0 / 3.0),
            (0.8, 1.0 / 4.0),
            (1.0, 2.0 / 5.0),
        ];
        let found = risk_coverage(&judged());
        assert_eq!(found.len(), 5);
        for ((coverage, risk), (expected_coverage, expected_risk)) in
            found.into_iter().zip(expected)
        {
            assert_close(coverage, expected_coverage);
            assert_close(risk, expected_risk);
        }
        let area = (0.5 + 1.0 / 3.0 + 0.25 + 0.4) / 5.0;
        assert_close(risk_area(&judged()), area);
    }

    #[test]
    fn the_table_has_a_line_for_each_bin() {
        let text = table("made up", &judged(), "photos");
        assert!(text.starts_with("made up: 5 photos\n"), "{text}");
        assert!(
            text.contains("  0.9 to 1.0    0.950     66.7       3\n"),
            "{text}"
        );
        assert!(
            text.contains("  0.0 to 0.1        -        -       0\n"),
            "{text}"
        );
        assert!(
            text.contains("right                           60.0 %\n"),
            "{text}"
        );
    }
}
