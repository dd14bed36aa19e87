//! Conceptual Captions: a photo per link of a table, from hundreds of thousands of hosts, many of them gone.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use indicatif::ProgressBar;

use super::address::Address;
use super::client::Client;
use super::failures::{Failure, Failures};
use super::hosts::Hosts;
use super::options::Links;
use super::photo::{self, Photo};
use super::retry::Problem;
use super::settings::Settings;
use super::{bars, table};
use crate::data::conceptual_captions as layout;
use crate::{files, lock};

/// Links read ahead of the one that is next, so that a host with many links in a row does not stop those
/// of others.
const READ_AHEAD: usize = 512;

/// A photo to be fetched.
struct Link {
    /// Its file's name without the ending.
    name: String,
    text: String,
}

/// How a table went.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) fetched: u64,
    pub(super) there: u64,
    pub(super) failed: u64,
    pub(super) failed_before: u64,
}

/// Fetches the photos of tables.
///
/// # Errors
/// When a table cannot be read, nothing can be written, or nobody answers at all.
pub(super) fn fetch(arguments: &Links, settings: &Settings) -> Result<()> {
    let folder = &arguments.folder;
    let _locked = lock::folder(folder, "fetch")?;
    for table in &arguments.tsv {
        table::adopt(table, folder)?;
    }
    for table in tables(arguments)? {
        let shown = table.file_name().unwrap_or_default().display();
        let counts = fetch_table(&table, arguments, settings)
            .with_context(|| format!("the photos of {shown}"))?;
        let Counts {
            fetched,
            there,
            failed,
            failed_before,
        } = counts;
        eprintln!("{shown}: {fetched} photos fetched, {there} were there, {failed} links failed");
        if failed_before > 0 {
            eprintln!(
                "{failed_before} links that failed before were left out; --retry-failed tries them again"
            );
        }
        if failed > 0 {
            eprintln!("which, and why: {}", failures_of(&table).display());
        }
    }
    Ok(())
}

/// The tables that are asked for, in the folder.
fn tables(arguments: &Links) -> Result<Vec<PathBuf>> {
    let folder = &arguments.folder;
    if !arguments.tsv.is_empty() {
        let names = arguments.tsv.iter().filter_map(|table| table.file_name());
        return Ok(names.map(|name| folder.join(name)).collect());
    }
    layout::tables(folder).context(
        "name the table with --tsv (its publisher's page, on which its terms are to be accepted, is \
         https://ai.google.com/research/ConceptualCaptions/download)",
    )
}

fn failures_of(table: &Path) -> PathBuf {
    table.with_extension("failures.jsonl")
}

/// Fetches the photos of a table that are not there.
pub(super) fn fetch_table(table: &Path, arguments: &Links, settings: &Settings) -> Result<Counts> {
    let lines = table::check(table)?.min(arguments.limit.unwrap_or(u64::MAX));
    let photos = layout::photos_for_writing(&arguments.folder, table)?;
    let there = photos_in(&photos)?;
    let (failures, failed) = Failures::open(&failures_of(table), arguments.retry_failed)?;
    let client = Client::new(settings.photo, settings.connections_per_host);
    let bar = bars::links(lines);
    let outcome = Mutex::new(Outcome::new(failures, settings.outage, bar.clone()));
    let queue = Mutex::new(Queue {
        links: table::links(table)?.take(usize::try_from(lines)?),
        ahead: VecDeque::new(),
        there: &there,
        failed: &failed,
        counts: Counts::default(),
        bar: &bar,
    });
    thread::scope(|scope| {
        for _ in 0..arguments.connections_in_all {
            scope.spawn(|| {
                let result = work(&queue, &outcome, &client, &photos, settings);
                if let Err(error) = result {
                    locked(&outcome).stop.get_or_insert(error);
                }
            });
        }
    });
    bar.finish_and_clear();
    let skipped = std::mem::take(&mut locked(&queue).counts);
    let outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.finish(skipped)
}

/// One connection's work: the next link, until there is none or all is to stop.
fn work<I: Iterator<Item = Result<(u64, String)>>>(
    queue: &Mutex<Queue<'_, I>>,
    outcome: &Mutex<Outcome>,
    client: &Client,
    photos: &Path,
    settings: &Settings,
) -> Result<()> {
    while locked(outcome).stop.is_none() {
        let Some((link, address)) = next(queue, outcome, client.hosts())? else {
            break;
        };
        match photo::fetch(client, &settings.photo_policy, &address) {
            Ok(photo) => {
                save(photos, &link.name, &photo)?;
                locked(outcome).fetched()?;
            }
            Err(problem) => locked(outcome).failed(link, &problem)?,
        }
    }
    Ok(())
}

/// The next link with an address; those without have failed already.
fn next<I: Iterator<Item = Result<(u64, String)>>>(
    queue: &Mutex<Queue<'_, I>>,
    outcome: &Mutex<Outcome>,
    hosts: &Hosts,
) -> Result<Option<(Link, Address)>> {
    loop {
        let Some((link, address)) = locked(queue).next(hosts)? else {
            return Ok(None);
        };
        match address {
            Ok(address) => return Ok(Some((link, address))),
            Err(sentence) => {
                let problem = Problem::Permanent(sentence);
                locked(outcome).failed(link, &problem)?;
            }
        }
    }
}

fn save(photos: &Path, name: &str, photo: &Photo) -> Result<()> {
    let path = photos.join(format!("{name}.{}", photo.ending));
    files::write_whole(&path, &photo.bytes).map_err(|error| match error.downcast::<io::Error>() {
        Ok(cause) => anyhow!(Problem::disk(&path, &cause).to_string()),
        Err(error) => error,
    })
}

/// The names, without their endings, of the photos in a folder. Empty files are none: a power cut can
/// leave such.
fn photos_in(folder: &Path) -> Result<HashSet<String>> {
    let read = || -> io::Result<HashSet<String>> {
        let mut names = HashSet::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let is_photo = path
                .extension()
                .is_some_and(|ending| ["jpg", "png", "webp"].iter().any(|it| ending == *it));
            if is_photo && entry.metadata()?.len() > 0 {
                names.extend(
                    path.file_stem()
                        .and_then(|it| it.to_str())
                        .map(str::to_owned),
                );
            }
        }
        Ok(names)
    };
    read().with_context(|| format!("cannot read the folder {}", folder.display()))
}

/// The links that are left.
struct Queue<'a, I> {
    links: I,
    /// Read, but not handed out.
    ahead: VecDeque<(Link, Result<Address, String>)>,
    there: &'a HashSet<String>,
    failed: &'a HashSet<String>,
    /// Only of those that are skipped.
    counts: Counts,
    bar: &'a ProgressBar,
}

impl<I: Iterator<Item = Result<(u64, String)>>> Queue<'_, I> {
    /// The first link whose host has a free connection, or just the first one.
    fn next(&mut self, hosts: &Hosts) -> Result<Option<(Link, Result<Address, String>)>> {
        while self.ahead.len() < READ_AHEAD {
            let Some(link) = self.links.next() else {
                break;
            };
            let (number, text) = link?;
            let name = layout::photo_name(number);
            if self.there.contains(&name) {
                self.counts.there += 1;
                self.bar.inc(1);
            } else if self.failed.contains(&name) {
                self.counts.failed_before += 1;
                self.bar.inc(1);
            } else {
                let address = Address::parse(&text);
                self.ahead.push_back((Link { name, text }, address));
            }
        }
        let free = self.ahead.iter().position(|(_, address)| {
            address
                .as_ref()
                .map_or(true, |address| hosts.is_free(address.host()))
        });
        Ok(self.ahead.remove(free.unwrap_or(0)))
    }
}

/// What has become of the links.
struct Outcome {
    failures: Failures,
    /// Links in a row that nobody answered for. They are noted when somebody answers again: without a
    /// connection every link seems dead, and none of those may be left out for ever.
    unreachable: Vec<Failure>,
    outage: usize,
    answered: bool,
    fetched: u64,
    reasons: BTreeMap<String, u64>,
    failed: u64,
    bar: ProgressBar,
    /// Why nothing more is to be fetched.
    stop: Option<anyhow::Error>,
}

impl Outcome {
    fn new(failures: Failures, outage: usize, bar: ProgressBar) -> Self {
        Self {
            failures,
            unreachable: Vec::new(),
            outage,
            answered: false,
            fetched: 0,
            reasons: BTreeMap::new(),
            failed: 0,
            bar,
            stop: None,
        }
    }

    fn fetched(&mut self) -> Result<()> {
        self.fetched += 1;
        self.show();
        self.answered()
    }

    fn failed(&mut self, link: Link, problem: &Problem) -> Result<()> {
        if let Problem::Disk(sentence) = problem {
            bail!("{sentence}");
        }
        let failure = Failure {
            name: link.name,
            address: link.text,
            reason: problem.to_string(),
        };
        if problem.is_unreachable() {
            self.unreachable.push(failure);
            if self.unreachable.len() >= self.outage {
                return Err(self.nobody_answers());
            }
        } else {
            self.answered()?;
            self.note(&failure)?;
        }
        self.show();
        Ok(())
    }

    fn answered(&mut self) -> Result<()> {
        self.answered = true;
        for failure in std::mem::take(&mut self.unreachable) {
            self.note(&failure)?;
        }
        Ok(())
    }

    fn note(&mut self, failure: &Failure) -> Result<()> {
        self.failed += 1;
        *self.reasons.entry(failure.reason.clone()).or_default() += 1;
        self.failures.add(failure)
    }

    fn show(&self) {
        let failed = self.failed + self.unreachable.len() as u64;
        self.bar.inc(1);
        self.bar
            .set_message(format!("({} fetched, {failed} failed)", self.fetched));
    }

    fn nobody_answers(&self) -> anyhow::Error {
        let count = self.unreachable.len();
        let reason = self.unreachable.last().map_or("", |last| &last.reason);
        anyhow!(
            "nobody answered for the last {count} links (the last: {reason}). Is this computer connected? None \
             of these is noted as failed; the same command goes on"
        )
    }

    /// The counts, with those of skipped links.
    fn finish(mut self, skipped: Counts) -> Result<Counts> {
        if let Some(error) = self.stop.take() {
            return Err(error);
        }
        if !self.unreachable.is_empty() {
            if !self.answered {
                return Err(self.nobody_answers());
            }
            self.answered()?;
        }
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in reasons.iter().take(10) {
            eprintln!("{count:>8} × {reason}");
        }
        Ok(Counts {
            fetched: self.fetched,
            failed: self.failed,
            ..skipped
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
