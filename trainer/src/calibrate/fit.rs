//! Logistic regression with a quadratic penalty, by Newton's method.

use anyhow::{Result, ensure};
use model_export::confidence::{Input, Logistic, sigmoid};

/// The penalty is half of this times the sum of the squared weights, in log-odds per standard deviation: as much
/// as one example more or less. It keeps weights small of features that say the same.
const PENALTY: f64 = 1.0;

/// A feature that varies less than this, beside its size, is constant but for rounding.
const LEAST_VARIATION: f64 = 1e-9;

/// What was measured of something, `values[feature]`, and whether it was right.
#[derive(Clone, Debug)]
pub(super) struct Example {
    pub(super) values: Vec<f64>,
    pub(super) right: bool,
}

/// Fits the probability of being right to examples, leaving out features that are constant among them.
///
/// # Errors
/// Where all examples are right, or none is.
pub(super) fn fit<'a, Feature: Copy>(
    features: &[Feature],
    examples: impl Iterator<Item = &'a Example>,
) -> Result<Logistic<Feature>> {
    let examples: Vec<_> = examples.collect();
    let right = examples.iter().filter(|example| example.right).count();
    ensure!(
        right > 0 && right < examples.len(),
        "{right} of {} are right: a confidence can be fitted only where some are and some are not",
        examples.len()
    );
    let mut inputs = Vec::new();
    let mut columns = Vec::new();
    for (index, &feature) in features.iter().enumerate() {
        let values = || examples.iter().map(|example| example.values[index]);
        let mean = values().sum::<f64>() / examples.len() as f64;
        let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>();
        let deviation = (variance / examples.len() as f64).sqrt();
        if deviation > LEAST_VARIATION * (1.0 + mean.abs()) {
            columns.push((index, mean, deviation));
            inputs.push(Input {
                feature,
                mean,
                deviation,
                weight: 0.0,
            });
        }
    }
    // The bias belongs to a column of ones, which is the first.
    let rows: Vec<Vec<f64>> = examples
        .iter()
        .map(|example| {
            let standardised = columns
                .iter()
                .map(|&(index, mean, deviation)| (example.values[index] - mean) / deviation);
            std::iter::once(1.0).chain(standardised).collect()
        })
        .collect();
    let right: Vec<_> = examples.iter().map(|example| example.right).collect();
    let weights = newton(&rows, &right);
    for (input, &weight) in inputs.iter_mut().zip(&weights[1..]) {
        input.weight = weight;
    }
    Ok(Logistic {
        bias: weights[0],
        inputs,
    })
}

/// The weights of least loss; a step that would raise it is halved.
fn newton(rows: &[Vec<f64>], right: &[bool]) -> Vec<f64> {
    let mut weights = vec![0.0; rows[0].len()];
    let mut current = loss(rows, right, &weights);
    for _ in 0..100 {
        let mut step = newton_step(rows, right, &weights);
        loop {
            let next: Vec<_> = weights.iter().zip(&step).map(|(w, s)| w - s).collect();
            let size = step.iter().map(|part| part.abs()).fold(0.0, f64::max);
            let lower = loss(rows, right, &next);
            if lower <= current {
                (weights, current) = (next, lower);
                if size > 1e-9 {
                    break;
                }
            }
            if size <= 1e-9 {
                return weights;
            }
            step.iter_mut().for_each(|part| *part /= 2.0);
        }
    }
    weights
}

/// The negative log-likelihood, and the penalty on all weights but the bias.
fn loss(rows: &[Vec<f64>], right: &[bool], weights: &[f64]) -> f64 {
    let examples = rows.iter().zip(right).map(|(row, &right)| {
        let z = dot(row, weights);
        let against = if right { -z } else { z };
        // ln (1 + e^against) without overflow.
        against.max(0.0) + (-against.abs()).exp().ln_1p()
    });
    let squares = weights[1..].iter().map(|weight| weight * weight);
    examples.sum::<f64>() + PENALTY / 2.0 * squares.sum::<f64>()
}

/// The inverse of the loss's second derivatives times the first.
fn newton_step(rows: &[Vec<f64>], right: &[bool], weights: &[f64]) -> Vec<f64> {
    let count = weights.len();
    let mut gradient = vec![0.0; count];
    let mut curvature = vec![vec![0.0; count]; count];
    for index in 1..count {
        gradient[index] = PENALTY * weights[index];
        curvature[index][index] = PENALTY;
    }
    for (row, &right) in rows.iter().zip(right) {
        let probability = sigmoid(dot(row, weights));
        let error = probability - f64::from(u8::from(right));
        let variance = probability * (1.0 - probability);
        for (i, a) in row.iter().enumerate() {
            gradient[i] += error * a;
            for (j, b) in row.iter().enumerate() {
                curvature[i][j] += variance * a * b;
            }
        }
    }
    solve(curvature, gradient)
}

/// Gaussian elimination; without pivots, for the matrix is positive definite.
fn solve(mut matrix: Vec<Vec<f64>>, mut vector: Vec<f64>) -> Vec<f64> {
    let count = vector.len();
    for pivot in 0..count {
        let (done, below) = matrix.split_at_mut(pivot + 1);
        let pivot_row = &done[pivot];
        for (offset, row) in below.iter_mut().enumerate() {
            let factor = row[pivot] / pivot_row[pivot];
            for (value, above) in row.iter_mut().zip(pivot_row) {
                *value -= factor * above;
            }
            vector[pivot + 1 + offset] -= factor * vector[pivot];
        }
    }
    for row in (0..count).rev() {
        let known = dot(&matrix[row][row + 1..], &vector[row + 1..]);
        vector[row] = (vector[row] - known) / matrix[row][row];
    }
    vector
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use rand::Rng;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    /// The log-odds per unit of a feature.
    fn slope(fitted: &Logistic<&str>, feature: &str) -> f64 {
        let mut inputs = fitted.inputs.iter();
        let input = inputs.find(|input| input.feature == feature).unwrap();
        input.weight / input.deviation
    }

    #[test]
    fn known_coefficients_are_recovered() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let examples: Vec<_> = (0..40_000)
            .map(|_| {
                let (a, b): (f64, f64) = (random.random(), random.random());
                let values = vec![4.0 * a - 2.0, 7.0, 100.0 * b];
                let z = 0.5 + 1.5 * values[0] - 0.03 * values[2];
                let right = random.random::<f64>() < sigmoid(z);
                Example { values, right }
            })
            .collect();
        let fitted = fit(&["a", "constant", "b"], examples.iter()).unwrap();
        assert_eq!(fitted.inputs.len(), 2, "a constant says nothing");
        assert!((slope(&fitted, "a") - 1.5).abs() < 0.05, "{fitted:?}");
        assert!((slope(&fitted, "b") + 0.03).abs() < 0.002, "{fitted:?}");
        let at_zero = fitted.bias
            - fitted
                .inputs
                .iter()
                .map(|input| input.weight * input.mean / input.deviation)
                .sum::<f64>();
        assert!((at_zero - 0.5).abs() < 0.1, "{at_zero}");
        // A fit with a bias is right on average.
        let sum: f64 = examples
            .iter()
            .map(|example| {
                fitted.probability(|feature| match feature {
                    "a" => example.values[0],
                    _ => example.values[2],
                })
            })
            .sum();
        let right = examples.iter().filter(|example| example.right).count();
        assert!((sum - right as f64).abs() < 1e-3, "{sum} {right}");
    }

    #[test]
    fn what_can_be_told_apart_wholly_gets_finite_weights() {
        let examples: Vec<_> = (0..20)
            .map(|index| Example {
                // The second says what the first says.
                values: vec![f64::from(index), 2.0 * f64::from(index)],
                right: index >= 10,
            })
            .collect();
        let fitted = fit(&["a", "b"], examples.iter()).unwrap();
        let [a, b] = [slope(&fitted, "a"), 2.0 * slope(&fitted, "b")];
        assert!((a - b).abs() < 1e-6 && a > 0.0 && a < 10.0, "{fitted:?}");
    }

    #[test]
    fn there_must_be_both() {
        for right in [true, false] {
            let values = vec![1.0];
            let examples = [Example { values, right }];
            let refusal = fit(&["a"], examples.iter()).unwrap_err().to_string();
            assert!(refusal.contains("of 1 are right"), "{refusal}");
        }
    }
}
