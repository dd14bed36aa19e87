//! How many connections go to one host at once, and hosts that asked to be left alone for a while.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts the connections to each host.
pub(super) struct Hosts {
    most: usize,
    hosts: Mutex<HashMap<String, Host>>,
    changed: Condvar,
}

#[derive(Default)]
struct Host {
    connections: usize,
    not_before: Option<Instant>,
}

/// The right to one connection; given back when dropped.
pub(super) struct Permit<'a> {
    hosts: &'a Hosts,
    host: String,
}

impl Hosts {
    /// Lets through `most` connections to each host.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            hosts: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Waits until there may be one more connection to a host.
    pub(super) fn acquire(&self, host: &str) -> Permit<'_> {
        let mut hosts = self.lock();
        loop {
            let now = Instant::now();
            let entry = hosts.entry(host.to_owned()).or_default();
            let paused = entry
                .not_before
                .and_then(|until| until.checked_duration_since(now))
                .filter(|left| !left.is_zero());
            hosts = match paused {
                Some(left) => {
                    let waited = self.changed.wait_timeout(hosts, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None if entry.connections < self.most => {
                    entry.connections += 1;
                    return Permit {
                        hosts: self,
                        host: host.to_owned(),
                    };
                }
                None => {
                    let waited = self.changed.wait(hosts);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    /// Whether [`Self::acquire`] would return at once, as things are now.
    pub(super) fn is_free(&self, host: &str) -> bool {
        self.lock().get(host).is_none_or(|host| {
            host.connections < self.most
                && host.not_before.is_none_or(|until| until <= Instant::now())
        })
    }

    /// Lets nobody connect to a host for a while: it has asked for that.
    pub(super) fn pause(&self, host: &str, time: Duration) {
        let until = Instant::now() + time;
        let mut hosts = self.lock();
        let entry = hosts.entry(host.to_owned()).or_default();
        entry.not_before = entry.not_before.max(Some(until));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        // Nothing between the locks can panic half-way through a change.
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut hosts = self.hosts.lock();
        if let Some(host) = hosts.get_mut(&self.host) {
            host.connections -= 1;
            // A table of links names hundreds of thousands of hosts: none is kept without need.
            if host.connections == 0 && host.not_before.is_none_or(|until| until <= Instant::now())
            {
                hosts.remove(&self.host);
            }
        }
        drop(hosts);
        self.hosts.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paused_host_is_waited_for_and_others_are_not() {
        let hosts = Hosts::new(1);
        let first = hosts.acquire("a");
        assert!(!hosts.is_free("a"));
        assert!(hosts.is_free("b"));
        drop(first);
        assert!(hosts.is_free("a"));
        assert!(hosts.lock().is_empty());
        hosts.pause("a", Duration::from_millis(60));
        assert!(!hosts.is_free("a"));
        let started = Instant::now();
        drop(hosts.acquire("b"));
        assert!(started.elapsed() < Duration::from_millis(50));
        drop(hosts.acquire("a"));
        assert!(started.elapsed() >= Duration::from_millis(60));
    }
}
