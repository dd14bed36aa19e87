//! Fetching from a server on this computer that stalls, cuts off, redirects, lies and overloads.

mod archives;
mod download;
mod encoder;
mod hub;
mod hub_model;
mod links;
mod server;
mod shard;

use std::time::Duration;

use super::client::Patience;
use super::retry::Policy;
use super::settings::Settings;

/// As the real ones, but a hundred times less patient.
fn settings() -> Settings {
    let patience = Patience {
        connect: Duration::from_secs(2),
        stall: Duration::from_millis(200),
        whole: None,
    };
    let policy = Policy {
        attempts: 4,
        first_wait: Duration::from_millis(10),
        longest_wait: Duration::from_millis(50),
        longest_asked: Duration::from_secs(2),
    };
    Settings {
        file: patience,
        file_policy: policy,
        photo: patience,
        photo_policy: policy,
        connections_per_host: 3,
        outage: 100,
    }
}

/// Bytes that differ everywhere, so that a piece in a wrong place is noticed.
fn noise(length: usize) -> Vec<u8> {
    (0..length as u64)
        .map(|index| (index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8)
        .collect()
}
