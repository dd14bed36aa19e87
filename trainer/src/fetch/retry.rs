//! What went wrong with a download, and when it is tried again.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use ureq::http::StatusCode;

/// Why a file was not fetched.
#[derive(Debug)]
pub(super) enum Problem {
    /// Trying again would not help.
    Permanent(String),
    /// The server says that it will not, or that there is no such file.
    Refused {
        /// What it says.
        status: StatusCode,
    },
    /// It may go better next time.
    Passing {
        /// What happened.
        reason: String,
        /// How long the server asked to be left alone.
        wait: Option<Duration>,
        /// Nobody answered: the link may be dead, or this computer is not connected.
        unreachable: bool,
        /// Enough of the file came for this not to count as a failed attempt.
        progressed: bool,
    },
    /// This computer's own disk: nothing else will go better either.
    Disk(String),
}

impl Problem {
    /// A passing one of a server that did answer.
    pub(super) fn passing(reason: impl Into<String>) -> Self {
        Self::Passing {
            reason: reason.into(),
            wait: None,
            unreachable: false,
            progressed: false,
        }
    }

    /// A file could not be written.
    pub(super) fn disk(path: &Path, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "; the disk is full: make room and give the same command again, what was fetched is kept"
            }
            _ => "",
        };
        Self::Disk(format!("cannot write {}: {error}{hint}", path.display()))
    }

    /// Whether nobody answered.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Passing {
                unreachable: true,
                ..
            }
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Permanent(reason) | Self::Passing { reason, .. } | Self::Disk(reason) => {
                formatter.write_str(reason)
            }
            Self::Refused { status } => write!(formatter, "the server answers {status}"),
        }
    }
}

impl std::error::Error for Problem {}

/// How often, and after what time, a download is tried again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// Attempts without progress, the first included.
    pub(super) attempts: u32,
    /// Wait after the first; it doubles with each.
    pub(super) first_wait: Duration,
    /// The wait grows no longer than this.
    pub(super) longest_wait: Duration,
    /// A server that asks to be left alone for longer is given up.
    pub(super) longest_asked: Duration,
}

impl Policy {
    /// Does some work until it succeeds, fails for good, or has been tried often enough.
    ///
    /// # Errors
    /// The last attempt's.
    pub(super) fn run<T>(
        &self,
        mut work: impl FnMut() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut failed = 0;
        loop {
            let problem = match work() {
                Ok(done) => return Ok(done),
                Err(problem) => problem,
            };
            let Problem::Passing {
                wait, progressed, ..
            } = problem
            else {
                return Err(problem);
            };
            failed = if progressed { 1 } else { failed + 1 };
            if failed >= self.attempts.max(1) {
                return Err(problem);
            }
            match wait {
                Some(wait) if wait > self.longest_asked => {
                    return Err(Problem::Permanent(format!(
                        "{problem}, and asks to wait for {} s",
                        wait.as_secs()
                    )));
                }
                _ => {}
            }
            let wait = wait.unwrap_or_default().max(self.wait(failed, random()));
            std::thread::sleep(wait);
        }
    }

    /// The wait after so many failed attempts: doubled with each, and between half and all of that by
    /// `random`, from 0 to 1, so that many downloads cut off at once do not all come back at once.
    fn wait(&self, failed: u32, random: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(failed.saturating_sub(1));
        let whole = self
            .first_wait
            .saturating_mul(doubled)
            .min(self.longest_wait);
        whole.mul_f64(0.5 + 0.5 * random)
    }
}

/// From 0 to 1. The standard library's own random numbers do: nothing depends on their quality.
fn random() -> f64 {
    f64::from((RandomState::new().hash_one(0) >> 32) as u32) / f64::from(u32::MAX)
}

/// What `Retry-After` asks for (RFC 9110, section 10.2.3): seconds, or a date.
pub(super) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    match header.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let date = httpdate::parse_http_date(header).ok()?;
            Some(date.duration_since(now).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        attempts: 3,
        first_wait: Duration::from_millis(8),
        longest_wait: Duration::from_millis(20),
        longest_asked: Duration::from_secs(1),
    };

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread() {
        let wait = |failed, random| POLICY.wait(failed, random).as_micros();
        assert_eq!(
            [wait(1, 1.0), wait(2, 1.0), wait(3, 1.0), wait(99, 1.0)],
            [8000, 16000, 20000, 20000]
        );
        assert_eq!([wait(1, 0.0), wait(2, 0.0)], [4000, 8000]);
        let drawn: Vec<_> = (0..50).map(|_| random()).collect();
        assert!(drawn.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(drawn.iter().any(|value| *value != drawn[0]));
    }

    #[test]
    fn only_attempts_without_progress_are_counted() {
        let mut calls = 0;
        let result: Result<(), _> = POLICY.run(|| {
            calls += 1;
            Err(Problem::passing("cut off"))
        });
        assert_eq!(
            (calls, result.unwrap_err().to_string()),
            (3, "cut off".into())
        );
        let mut calls = 0;
        let result = POLICY.run(|| {
            calls += 1;
            match calls {
                9 => Ok(calls),
                _ => Err(Problem::Passing {
                    reason: "cut off".into(),
                    wait: None,
                    unreachable: false,
                    progressed: true,
                }),
            }
        });
        assert_eq!(result.unwrap(), 9);
        let mut calls = 0;
        let result: Result<(), _> = POLICY.run(|| {
            calls += 1;
            Err(Problem::Permanent("gone".into()))
        });
        assert_eq!((calls, result.is_err()), (1, true));
    }

    #[test]
    fn a_server_that_asks_for_too_much_time_is_given_up() {
        let result: Result<(), _> = POLICY.run(|| {
            Err(Problem::Passing {
                reason: "429".into(),
                wait: Some(Duration::from_secs(3600)),
                unreachable: false,
                progressed: false,
            })
        });
        let sentence = result.unwrap_err().to_string();
        assert!(sentence.contains("3600 s"), "{sentence}");
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:07 GMT").unwrap();
        let read = |header| retry_after(header, now);
        assert_eq!(read(" 120 "), Some(Duration::from_secs(120)));
        assert_eq!(
            read("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
    }
}
