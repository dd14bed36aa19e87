//! One row of logits: its normaliser and its largest values.

use std::cmp::Ordering;

/// `ln Σ exp(logit)`: a logit minus this is the token's log-probability. Not finite where a logit is
/// not a number.
pub(super) fn log_sum_exp(logits: &[f32]) -> f64 {
    let largest = largest(logits);
    let sum: f64 = logits
        .iter()
        .map(|logit| f64::from((logit - largest).exp()))
        .sum();
    f64::from(largest) + sum.ln()
}

/// The largest value; NaN counts as none.
pub(super) fn largest(logits: &[f32]) -> f32 {
    logits.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The ids of the `count` largest logits for which `allowed` holds, the largest first and equal ones
/// by id; fewer where fewer are allowed.
///
/// Most logits are only compared with a threshold: nothing is sorted but what may be among the
/// largest.
pub(super) fn likeliest(logits: &[f32], count: usize, allowed: impl Fn(u32) -> bool) -> Vec<u32> {
    let count = count.min(logits.len());
    if count == 0 {
        return Vec::new();
    }
    let order = |a: &u32, b: &u32| by_logit(logits, *a, *b);
    let room = (2 * count).min(logits.len());
    let mut found: Vec<u32> = Vec::with_capacity(room + 1);
    let mut threshold = f32::NEG_INFINITY;
    for (id, &logit) in (0..).zip(logits) {
        // An equal logit with a larger id comes after all that were found.
        if logit > threshold && allowed(id) {
            found.push(id);
            if found.len() > room {
                found.select_nth_unstable_by(count - 1, order);
                found.truncate(count);
                threshold = logits[found[count - 1] as usize];
            }
        }
    }
    found.sort_unstable_by(order);
    found.truncate(count);
    found
}

/// The larger logit first; of equal ones, the smaller id.
fn by_logit(logits: &[f32], a: u32, b: u32) -> Ordering {
    logits[b as usize]
        .total_cmp(&logits[a as usize])
        .then(a.cmp(&b))
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    use super::*;

    #[test]
    fn normalises() {
        let logits = [0.5f32, -1.0, 3.0];
        let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        assert!((log_sum_exp(&logits) - sum.ln()).abs() < 1e-6);
        // Far beyond what exp can hold.
        assert!((log_sum_exp(&[1000.0, 1000.0]) - (1000.0 + 2f64.ln())).abs() < 1e-6);
        assert!(!log_sum_exp(&[1.0, f32::NAN]).is_finite());
        assert!(!log_sum_exp(&[f32::NAN]).is_finite());
    }

    #[test]
    fn finds_what_sorting_finds() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        // Few different values, so that many are equal.
        let logits: Vec<f32> = (0..500).map(|_| (random.next_u32() % 40) as f32).collect();
        let allowed = |id: u32| !id.is_multiple_of(3);
        let mut sorted: Vec<u32> = (0..500).filter(|&id| allowed(id)).collect();
        sorted.sort_by(|&a, &b| by_logit(&logits, a, b));
        for count in [0, 1, 2, 7, 100, 333, 400, usize::MAX] {
            let expected = &sorted[..count.min(sorted.len())];
            assert_eq!(likeliest(&logits, count, allowed), expected, "{count}");
        }
    }
}
