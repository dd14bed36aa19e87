//! Confidences of photos that the fit has not seen: those of each part come from a fit to the others.

use anyhow::Result;

use super::fit::{Example, fit};
use super::reliability::Judged;

/// Parts that the photos are divided into.
const FOLDS: usize = 5;

/// The part of each caption: those that are right and those that are not are dealt out in turn, so that every part
/// has its share of both.
pub(super) fn folds(captions: &[&Example]) -> Vec<usize> {
    let mut dealt = [0, 0];
    captions
        .iter()
        .map(|caption| {
            let count = &mut dealt[usize::from(caption.right)];
            *count += 1;
            (*count - 1) % FOLDS
        })
        .collect()
}

/// Each example's confidence by a fit to the other parts.
pub(super) fn cross_fit<Feature: Copy + PartialEq>(
    features: &[Feature],
    examples: &[&Example],
    folds: &[usize],
) -> Result<Vec<Judged>> {
    let fits = (0..FOLDS)
        .map(|fold| {
            let others = examples.iter().zip(folds);
            let others = others.filter(|&(_, other)| *other != fold);
            fit(features, others.map(|(&example, _)| example))
        })
        .collect::<Result<Vec<_>>>()?;
    let judged = examples.iter().zip(folds).map(|(example, &fold)| {
        let value = |wanted| {
            let mut pairs = features.iter().zip(&example.values);
            let found = pairs.find(|&(&feature, _)| feature == wanted);
            found.map_or(0.0, |(_, &value)| value)
        };
        Judged {
            confidence: fits[fold].probability(value),
            right: example.right,
        }
    });
    Ok(judged.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_share_of_right_and_wrong() {
        let examples: Vec<_> = (0..50)
            .map(|index| Example {
                values: Vec::new(),
                right: index < 40,
            })
            .collect();
        let folds = folds(&examples.iter().collect::<Vec<_>>());
        for fold in 0..FOLDS {
            let own = examples.iter().zip(&folds).filter(|&(_, own)| *own == fold);
            let right = own.clone().filter(|(example, _)| example.right).count();
            assert_eq!((right, own.count()), (8, 10));
        }
    }

    #[test]
    fn a_photo_is_judged_by_a_fit_to_others() {
        // One feature that tells all, but for one example, which no other is like.
        let examples: Vec<_> = (0..20)
            .map(|index| Example {
                values: vec![if index == 7 {
                    1.0
                } else {
                    f64::from(index % 2)
                }],
                right: index % 2 == 1 && index != 7,
            })
            .collect();
        let examples: Vec<_> = examples.iter().collect();
        let folds = folds(&examples);
        let judged = cross_fit(&["only"], &examples, &folds).unwrap();
        let without: Vec<_> = (0..20).filter(|&index| folds[index] != folds[7]).collect();
        let fitted = fit(&["only"], without.iter().map(|&index| examples[index])).unwrap();
        assert_eq!(judged[7].confidence, fitted.probability(|_| 1.0));
        let seen = fit(&["only"], examples.iter().copied()).unwrap();
        assert!(judged[7].confidence > seen.probability(|_| 1.0));
    }
}
