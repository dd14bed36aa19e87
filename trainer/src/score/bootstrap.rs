//! How far scores would go up and down with other photos: the bootstrap, and its paired form for the difference of two
//! models (P. Koehn: Statistical Significance Tests for Machine Translation Evaluation, 2004,
//! <https://aclanthology.org/W04-3250>).

use clap::Args;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::Scored;

/// The share of resamples that an interval holds.
const CONFIDENCE: f64 = 0.95;
/// Closer scores of two captions are the same: rounding is not what makes one better.
const SAME: f64 = 1e-9;

/// How photos are drawn.
#[derive(Args, Clone, Copy, Debug)]
pub struct Bootstrap {
    /// How often as many photos as there are get drawn, with replacement, for an interval.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub resamples: u32,
    /// Draws other photos.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Where the middle 95 % of resamples are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The percentile 2.5.
    pub low: f64,
    /// The percentile 97.5.
    pub high: f64,
}

/// A measure of two models' captions of the same photos.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// That of the first model.
    pub a: f64,
    /// That of the second.
    pub b: f64,
    /// Of `b - a`.
    pub interval: Interval,
    /// Photos whose second caption is the better one by this measure.
    pub wins: usize,
    /// Photos whose first caption is the better one.
    pub losses: usize,
    /// Photos of which neither is.
    pub ties: usize,
}

impl Bootstrap {
    /// An interval of each measure that captions have one of.
    pub fn intervals(&self, scored: &Scored) -> Vec<(String, Interval)> {
        let all = scored.measures();
        let mut drawn = vec![Vec::new(); all.len()];
        for photos in self.draws(scored.captions.len()) {
            for (values, (_, value)) in drawn.iter_mut().zip(scored.measures_of(&photos)) {
                values.extend(value);
            }
        }
        let with_values = all.into_iter().zip(drawn);
        with_values
            .filter_map(|((name, _), values)| Some((name, Interval::of(values)?)))
            .collect()
    }

    /// Compares two models' captions of the same photos by each measure that both have. Both are scored on the same
    /// draws, so that what makes a photo hard for both does not count.
    pub fn compare(&self, a: &Scored, b: &Scored) -> Vec<Compared> {
        compare(a, b, self.draws(a.captions.len()))
    }

    /// Draws as many photos as there are, again and again.
    fn draws(&self, photos: usize) -> impl Iterator<Item = Vec<usize>> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        (0..self.resamples).map(move |_| {
            (0..photos)
                .map(|_| random.random_range(0..photos))
                .collect()
        })
    }
}

impl Interval {
    /// That of resamples' values; none where there are none.
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let tail = (1.0 - CONFIDENCE) / 2.0;
        Some(Self {
            low: quantile(&values, tail)?,
            high: quantile(&values, 1.0 - tail)?,
        })
    }
}

/// A quantile of sorted values, between two of them by how close it is to each.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * (sorted.len().checked_sub(1)?) as f64;
    let below = sorted.get(place.floor() as usize)?;
    let above = sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

fn compare(a: &Scored, b: &Scored, draws: impl Iterator<Item = Vec<usize>>) -> Vec<Compared> {
    let of_all = of_both(a.measures(), b.measures());
    let mut differences = vec![Vec::new(); of_all.len()];
    for photos in draws {
        let drawn = of_both(a.measures_of(&photos), b.measures_of(&photos));
        for (differences, (_, values)) in differences.iter_mut().zip(drawn) {
            differences.extend(values.map(|[a, b]| b - a));
        }
    }
    let mut wins = vec![0; of_all.len()];
    let mut losses = vec![0; of_all.len()];
    for photo in 0..a.captions.len() {
        let both = of_both(a.measures_of(&[photo]), b.measures_of(&[photo]));
        for (place, (_, values)) in both.into_iter().enumerate() {
            let difference = values.map_or(0.0, |[a, b]| b - a);
            wins[place] += usize::from(difference > SAME);
            losses[place] += usize::from(difference < -SAME);
        }
    }
    let rows = of_all.into_iter().zip(differences).enumerate();
    rows.filter_map(|(place, ((name, values), differences))| {
        let [of_a, of_b] = values?;
        Some(Compared {
            name,
            a: of_a,
            b: of_b,
            interval: Interval::of(differences)?,
            wins: wins[place],
            losses: losses[place],
            ties: a.captions.len() - wins[place] - losses[place],
        })
    })
    .collect()
}

/// A measure's name, and its value where it has one.
type Measure = (String, Option<f64>);

/// Each measure's name with its values of both models, if both have one. Other programs may have measured one of them only.
fn of_both(a: Vec<Measure>, b: Vec<Measure>) -> Vec<(String, Option<[f64; 2]>)> {
    let other = |name: &String| b.iter().find(|(known, _)| known == name)?.1;
    let both = a.into_iter().map(|(name, value)| {
        let values = value.zip(other(&name)).map(|(a, b)| [a, b]);
        (name, values)
    });
    both.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::*;
    use crate::score::tests::real_tokens;
    use crate::score::{Tally, score};

    const COMPARISON: &str = include_str!("../../tests/fixtures/comparison_reference.json");
    /// Twice the fixture's rounding.
    const TOLERANCE: f64 = 1e-6;

    #[derive(Deserialize)]
    struct Reference {
        measures: HashMap<String, Row>,
        draws: Vec<Vec<usize>>,
    }

    #[derive(Deserialize)]
    struct Row {
        a: f64,
        b: f64,
        low: f64,
        high: f64,
        wins: usize,
        losses: usize,
    }

    /// The candidates and, as another model's, the last references of so many photos.
    fn models(photos: usize) -> [Scored; 2] {
        let tokens = real_tokens(photos);
        let references: Vec<_> = tokens
            .iter()
            .map(|captions| captions[1..captions.len() - 1].to_vec())
            .collect();
        let first: Vec<_> = tokens.iter().map(|captions| captions[0].clone()).collect();
        let last = tokens
            .iter()
            .map(|captions| captions[captions.len() - 1].clone());
        let last: Vec<_> = last.collect();
        [score(&first, &references), score(&last, &references)]
    }

    const BOOTSTRAP: Bootstrap = Bootstrap {
        resamples: 300,
        seed: 1,
    };

    #[test]
    fn drawn_photos_are_compared_as_numpy_and_pycocoevalcap_do() {
        let reference: Reference = serde_json::from_str(COMPARISON).unwrap();
        let [a, b] = models(reference.draws[0].len());
        let rows = compare(&a, &b, reference.draws.into_iter());
        let mut found = 0;
        for row in rows {
            let Some(theirs) = reference.measures.get(&row.name) else {
                assert!(row.name.contains("content words"), "{}", row.name);
                continue;
            };
            found += 1;
            for (ours, theirs) in [
                (row.a, theirs.a),
                (row.b, theirs.b),
                (row.interval.low, theirs.low),
                (row.interval.high, theirs.high),
            ] {
                let name = &row.name;
                assert!(
                    (ours - theirs).abs() < TOLERANCE,
                    "{name}: {ours}, {theirs}"
                );
            }
            assert_eq!(
                (row.wins, row.losses),
                (theirs.wins, theirs.losses),
                "{}",
                row.name
            );
            assert_eq!(row.wins + row.losses + row.ties, a.captions.len());
        }
        assert_eq!(found, 8);
    }

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let [a, _] = models(40);
        let rows = BOOTSTRAP.compare(&a, &a);
        assert_eq!(rows.len(), 10);
        for row in rows {
            assert_eq!(
                row.interval,
                Interval {
                    low: 0.0,
                    high: 0.0
                },
                "{}",
                row.name
            );
            assert_eq!((row.wins, row.losses, row.ties), (0, 0, 40));
            assert_eq!(row.a, row.b);
        }
    }

    #[test]
    fn the_other_way_round_the_difference_turns_round() {
        let [a, b] = models(40);
        let there = BOOTSTRAP.compare(&a, &b);
        for (there, back) in there.iter().zip(BOOTSTRAP.compare(&b, &a)) {
            assert!((there.interval.low + back.interval.high).abs() < 1e-12);
            assert!((there.interval.high + back.interval.low).abs() < 1e-12);
            assert_eq!((there.wins, there.losses), (back.losses, back.wins));
        }
    }

    #[test]
    fn half_of_the_photos_is_binomial() {
        let captions = (0..400).map(|photo| Tally {
            captions: 1,
            rouge: f64::from(photo % 2),
            ..Tally::default()
        });
        let scored = Scored {
            captions: captions.collect(),
            imported: Vec::new(),
        };
        let interval = |seed| {
            let bootstrap = Bootstrap {
                resamples: 10_000,
                seed,
            };
            let all = bootstrap.intervals(&scored);
            let found = all.iter().find(|(name, _)| name == "ROUGE-L");
            found.unwrap().1
        };
        // Of 400 throws of a coin 180 are heads, or fewer, in 2.56 % of cases, and 179 or fewer in 2.02 %; as with tails.
        for seed in [1, 2] {
            let Interval { low, high } = interval(seed);
            assert!((low * 400.0 - 180.5).abs() <= 1.0, "{low}");
            assert!((high * 400.0 - 219.5).abs() <= 1.0, "{high}");
        }
        assert_eq!(interval(3), interval(3));
        let [a, b] = models(40);
        let other = Bootstrap {
            seed: 2,
            ..BOOTSTRAP
        };
        let [first, second] = [BOOTSTRAP, other].map(|bootstrap| bootstrap.compare(&a, &b));
        assert_ne!(first[0].interval, second[0].interval);
    }
}
