//! A long build by cargo that tells how much time is left; cargo itself tells only how many crates are.

use std::io::{BufRead, BufReader};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command;

/// Crates of the browser's module for the CPU, and the share of the time from nothing to the module at which each was
/// compiled when `cargo build --timings` was last looked at, on two cores. Old figures make what is told less exact.
const MILESTONES: [(&str, f64); 10] = [
    ("ciborium", 0.21),
    ("gemm_f64", 0.29),
    ("regex_syntax", 0.36),
    ("regex_automata", 0.44),
    ("pxfm", 0.56),
    ("moxcms", 0.62),
    ("burn_nn", 0.71),
    ("image", 0.8),
    ("model_export", 0.94),
    ("burn_flex", 0.99),
];

/// What cargo says of a crate that it has compiled, or found compiled.
#[derive(Deserialize)]
struct Artifact {
    target: Target,
    fresh: bool,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// How far a build has come that began from nothing.
#[derive(Default)]
struct Progress {
    share: f64,
    /// Something was compiled before, and shares of the whole tell nothing.
    is_partial: bool,
}

impl Progress {
    /// The time left, where this crate tells more of it than those before.
    fn after(&mut self, artifact: &Artifact, elapsed: Duration) -> Option<Duration> {
        self.is_partial |= artifact.fresh;
        let (_, share) = MILESTONES
            .iter()
            .find(|(name, _)| *name == artifact.target.name)?;
        if self.is_partial || *share <= self.share {
            return None;
        }
        self.share = *share;
        Some(elapsed.mul_f64((1.0 - share) / share))
    }
}

/// Runs a `cargo build` of the browser's module for the CPU to its end.
pub(crate) fn run(build: &mut Command) -> Result<()> {
    build.args(["--message-format", "json-render-diagnostics"]);
    command::run_reading(build, |output| {
        let started = Instant::now();
        let mut progress = Progress::default();
        for line in BufReader::new(output).lines() {
            let line = line.context("cargo's messages broke off")?;
            if let Ok(artifact) = serde_json::from_str(&line)
                && let Some(left) = progress.after(&artifact, started.elapsed())
            {
                eprintln!("{}", sentence(left));
            }
        }
        Ok(())
    })
}

/// In steps that no estimate is better than.
fn sentence(left: Duration) -> String {
    match left.as_secs() {
        0..30 => "Less than half a minute left".to_owned(),
        30..90 => "About a minute left".to_owned(),
        seconds => format!("About {} minutes left", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(name: &str, fresh: bool) -> Artifact {
        let message = format!(
            r#"{{"reason":"compiler-artifact","target":{{"name":"{name}"}},"fresh":{fresh},"filenames":[]}}"#
        );
        serde_json::from_str(&message).unwrap()
    }

    #[test]
    fn the_time_left_is_told_by_how_far_the_build_has_come() {
        let mut progress = Progress::default();
        let mut after =
            |name, seconds| progress.after(&artifact(name, false), Duration::from_secs(seconds));
        assert_eq!(after("serde", 10), None);
        assert_eq!(
            after("image", 160).map(|left| left.as_secs_f64().round()),
            Some(40.0)
        );
        // With more cores it may come later than others.
        assert_eq!(after("burn_nn", 170), None);
        assert_eq!(after("burn_flex", 198), Some(Duration::from_secs(2)));
    }

    #[test]
    fn of_a_build_that_goes_on_nothing_is_told() {
        let mut progress = Progress::default();
        let second = Duration::from_secs(1);
        assert_eq!(progress.after(&artifact("serde", true), second), None);
        assert_eq!(progress.after(&artifact("image", false), second), None);
    }

    #[test]
    fn minutes_are_rounded() {
        assert_eq!(sentence(Duration::from_secs(200)), "About 3 minutes left");
    }
}
