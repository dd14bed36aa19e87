//! ROUGE-L: longest common subsequence with the references (C.-Y. Lin: ROUGE: A Package for
//! Automatic Evaluation of Summaries, 2004, <https://aclanthology.org/W04-1013>).

/// How much more recall weighs than precision: coco-caption's choice.
const BETA: f64 = 1.2;

/// ROUGE-L of a tokenised caption, from 0 to 1. Precision and recall are each the best over the
/// references, as in coco-caption. There too an empty caption counts as one empty word.
pub(super) fn rouge(candidate: &[&str], references: &[Vec<&str>]) -> f64 {
    let candidate = or_one_empty(candidate);
    let best = |length: &dyn Fn(&[&str]) -> usize| {
        references
            .iter()
            .map(|reference| {
                let reference = or_one_empty(reference);
                common(candidate, reference) as f64 / length(reference) as f64
            })
            .fold(0.0, f64::max)
    };
    let precision = best(&|_| candidate.len());
    let recall = best(&|reference| reference.len());
    if precision == 0.0 || recall == 0.0 {
        return 0.0;
    }
    let weight = BETA * BETA;
    (1.0 + weight) * precision * recall / (recall + weight * precision)
}

fn or_one_empty<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    if words.is_empty() { &[""] } else { words }
}

/// Length of the longest common subsequence.
fn common(left: &[&str], right: &[&str]) -> usize {
    // One row of the table: lengths for each beginning of `right`.
    let mut row = vec![0; right.len() + 1];
    for word in left {
        let mut diagonal = 0;
        for (place, other) in right.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if word == other {
                diagonal + 1
            } else {
                above.max(row[place])
            };
            diagonal = above;
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_example() {
        // Lin, section 3.1: "police kill the gunman" against "police killed the gunman": 3 of 4.
        let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
        let reference = words("police killed the gunman");
        assert_eq!(common(&words("police kill the gunman"), &reference), 3);
        assert_eq!(common(&words("the gunman kill police"), &reference), 2);
        let score = rouge(&words("police kill the gunman"), &[reference]);
        assert!((score - 0.75).abs() < 1e-12);
    }

    #[test]
    fn nothing_against_something_is_nothing() {
        assert_eq!(rouge(&[], &[vec!["a", "dog"]]), 0.0);
        assert_eq!(rouge(&["a"], &[vec![]]), 0.0);
    }
}
