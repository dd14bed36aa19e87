//! The property tests of all parsers, for as long as one likes. The tests themselves try the same few cases in every run.

use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;

use crate::command;
use crate::test::NATIVE;
use crate::workspace::Workspace;

/// The test of that name of every crate that reads bytes from outside.
const TESTS: [&str; 2] = ["--test", "outside_bytes"];
/// Cases of each property in one round.
const CASES: &str = "5000";

/// Runs rounds of other cases until the time is up, the last one to its end. The command of a round, its seed included, is
/// printed: run again, it fails again.
pub(crate) fn fuzz(workspace: &Workspace, minutes: u64) -> Result<()> {
    let test = || {
        let mut cargo = command::cargo(&workspace.root);
        cargo.arg("test").args(NATIVE).args(TESTS);
        cargo
    };
    command::run(test().arg("--no-run"))?;
    let end = Instant::now() + Duration::from_secs(60 * minutes);
    let mut seed = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)?
        .as_secs();
    while Instant::now() < end {
        command::run(
            test()
                .env("PROPTEST_CASES", CASES)
                .env("PROPTEST_RNG_SEED", seed.to_string()),
        )?;
        seed += 1;
    }
    Ok(())
}
