//! What the property tests of all parsers share: whatever the bytes, a parser gives an error or a result, never
//! panics, and takes no more memory than it may.
//!
//! `PROPTEST_CASES` says how many cases each property is tried with, and `PROPTEST_RNG_SEED` which; `cargo xtask
//! fuzz` sets both. Without them every run tries the same few, so that a change is never judged by chance.

mod config;

use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;
use proptest::prelude::*;

pub(crate) use config::config;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The right to measure memory. Its counter is the whole process's, so a test takes it before all else and keeps it to
/// its end: the others wait meanwhile.
pub(crate) struct Alone {
    _held: MutexGuard<'static, ()>,
}

impl Alone {
    pub(crate) fn wait() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        Self {
            _held: ALONE.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// What `parse` gives, and the most memory in bytes that it held at a time.
    pub(crate) fn peak<T>(&self, parse: impl FnOnce() -> T) -> (T, usize) {
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let result = parse();
        (result, ALLOCATOR.peak_usage().saturating_sub(before))
    }
}

#[test]
fn memory_is_counted() {
    let (kept, peak) = Alone::wait().peak(|| {
        let twice = vec![7u8; 64 << 20];
        twice[..32 << 20].to_vec()
    });
    assert_eq!(kept.len(), 32 << 20);
    // What tests that have just ended give back meanwhile is counted too: less than the bounds of all tests leave room for.
    assert!((80 << 20..112 << 20).contains(&peak), "{peak}");
}

/// A change of a file. Places count from its beginning and go round at its end.
#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    /// The file ends here.
    Truncate(usize),
    /// These bits of a byte are flipped.
    Flip(usize, u8),
    /// These bytes stand in place of as many others.
    Overwrite(usize, Vec<u8>),
    /// These bytes stand before a place.
    Insert(usize, Vec<u8>),
    /// So many bytes from a place on are gone.
    Remove(usize, usize),
    /// From the first place on so many bytes stand at the second one too.
    Copy(usize, usize, usize),
}

/// One change or several.
pub(crate) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    // Headers are at the beginning.
    let place = || prop_oneof![0..200usize, any::<usize>()];
    let few = || prop_oneof![1..9usize, 1..5000usize];
    let bytes = || prop_oneof![number(), prop::collection::vec(any::<u8>(), 1..9)];
    let mutation = prop_oneof![
        1 => place().prop_map(Mutation::Truncate),
        4 => (place(), 1..=255u8).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        4 => (place(), bytes()).prop_map(|(at, bytes)| Mutation::Overwrite(at, bytes)),
        1 => (place(), bytes()).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        1 => (place(), few()).prop_map(|(at, count)| Mutation::Remove(at, count)),
        1 => (place(), place(), few()).prop_map(|(from, to, count)| Mutation::Copy(from, to, count)),
    ];
    prop::collection::vec(mutation, 1..6)
}

/// A number at an edge, as files write lengths: one to eight bytes, the least significant first or last.
fn number() -> impl Strategy<Value = Vec<u8>> {
    let edges = [0, 1, 2, 3, 4, 255, 256, 65_535, 65_536, 100_000_000];
    let edges = edges
        .into_iter()
        .flat_map(|edge: u64| [edge, edge.wrapping_neg(), u64::MAX >> 1 ^ edge]);
    let sizes = prop::sample::select(vec![1, 2, 4, 8]);
    (
        prop::sample::select(edges.collect::<Vec<_>>()),
        sizes,
        any::<bool>(),
    )
        .prop_map(|(number, size, little)| {
            let mut bytes = number.to_le_bytes()[..size].to_vec();
            if !little {
                bytes.reverse();
            }
            bytes
        })
}

/// The file with these changes.
pub(crate) fn mutated(file: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for mutation in mutations {
        let place = |at: &usize| at % bytes.len().max(1);
        let end = |at: usize, count: usize| at.saturating_add(count).min(bytes.len());
        match mutation {
            Mutation::Truncate(at) => bytes.truncate(place(at)),
            Mutation::Flip(at, bits) => {
                let at = place(at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= bits;
                }
            }
            Mutation::Overwrite(at, with) => {
                let at = place(at);
                let end = end(at, with.len());
                bytes[at..end].copy_from_slice(&with[..end - at]);
            }
            Mutation::Insert(at, new) => {
                let at = place(at);
                bytes.splice(at..at, new.iter().copied());
            }
            Mutation::Remove(at, count) => {
                let at = place(at);
                let end = end(at, *count);
                bytes.drain(at..end);
            }
            Mutation::Copy(from, to, count) => {
                let (from, to) = (place(from), place(to));
                let copied = bytes[from..end(from, *count)].to_vec();
                bytes.splice(to..to, copied);
            }
        }
    }
    bytes
}
