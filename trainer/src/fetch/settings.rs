//! How patient fetching is. The command line has few of these; tests are less patient.

use std::time::Duration;

use super::client::Patience;
use super::retry::Policy;

/// How long and how often servers are asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// For archives and weights.
    pub(super) file: Patience,
    pub(super) file_policy: Policy,
    /// For single photos.
    pub(super) photo: Patience,
    pub(super) photo_policy: Policy,
    pub(super) connections_per_host: usize,
    /// So many links in a row that nobody answers for mean that this computer is not connected.
    pub(super) outage: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            file: Patience {
                connect: Duration::from_secs(20),
                stall: Duration::from_secs(60),
                whole: None,
            },
            file_policy: Policy {
                attempts: 6,
                first_wait: Duration::from_secs(1),
                longest_wait: Duration::from_secs(60),
                longest_asked: Duration::from_secs(600),
            },
            photo: Patience {
                connect: Duration::from_secs(10),
                stall: Duration::from_secs(20),
                whole: Some(Duration::from_secs(120)),
            },
            photo_policy: Policy {
                attempts: 3,
                first_wait: Duration::from_secs(1),
                longest_wait: Duration::from_secs(10),
                longest_asked: Duration::from_secs(60),
            },
            connections_per_host: 4,
            outage: 100,
        }
    }
}
