//! Data sets that are published as archives: fetched side by side, checked, unpacked, recorded.

use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use indicatif::{MultiProgress, ProgressBar};

use super::archive::{BOUNDS, unpack};
use super::bars;
use super::catalogue::Source;
use super::client::Client;
use super::download::{Wanted, download};
use super::failures::{Outcome, conclude};
use super::known_sum;
use super::options::DataSet;
use super::record::{Fetched, Record};
use super::retry::Problem;
use super::settings::Settings;
use crate::lock;

/// Fetches a data set's archives into its folder.
///
/// # Errors
/// When one of them could not be; the others are fetched all the same.
pub(super) fn fetch(sources: &[Source], arguments: &DataSet, settings: &Settings) -> Result<()> {
    let folder = &arguments.folder;
    let _locked = lock::folder(folder, "fetch")?;
    let record = Record::open(folder)?;
    let client = Client::new(settings.file, settings.connections_per_host).keeping_encryption();
    let bars = MultiProgress::new();
    let results: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = sources
            .iter()
            .map(|source| {
                let bar = bars::bytes(&bars, source.name);
                let (client, record) = (&client, &record);
                scope.spawn(move || fetch_one(source, arguments, settings, client, record, &bar))
            })
            .collect();
        let results = workers.into_iter().map(|worker| worker.join());
        results
            .map(|result| result.unwrap_or_else(|_| Err(anyhow!("the program has a defect"))))
            .collect()
    });
    let outcomes = sources.iter().zip(results).map(|(source, result)| Outcome {
        name: source.name.to_owned(),
        address: address_as_shown(source, arguments),
        result,
    });
    conclude(folder, outcomes.collect(), "archives")
}

fn address_as_shown(source: &Source, arguments: &DataSet) -> String {
    match source.address(arguments.mirror.as_deref()) {
        Ok(address) => address.as_str().to_owned(),
        Err(_) => arguments.mirror.clone().unwrap_or_default(),
    }
}

/// # Returns
/// A sentence on what was done.
fn fetch_one(
    source: &Source,
    arguments: &DataSet,
    settings: &Settings,
    client: &Client,
    record: &Record,
    bar: &ProgressBar,
) -> Result<String> {
    let folder = &arguments.folder;
    // What could not be unpacked may have been damaged: its sum is nothing to hold another file against.
    let known = record.get(source.name).filter(|known| known.unpacked);
    if let Some(known) = &known
        && !arguments.again
    {
        bar.finish_and_clear();
        return Ok(format!("is there (SHA-256 {})", known.sha256));
    }
    let address = source
        .address(arguments.mirror.as_deref())
        .map_err(|sentence| anyhow!(sentence))?;
    let archive = folder.join(source.name);
    // The published sum; else that of the first fetch that could be unpacked.
    let expected = source
        .sha256
        .or(known.as_ref().map(|known| known.sha256.as_str()));
    let sha256 = if archive.exists() {
        known_sum::check_file(&archive, expected)?
    } else {
        let wanted = Wanted {
            address: &address,
            path: &archive,
            checksum: expected,
            largest: source.largest,
        };
        download(client, &settings.file_policy, &wanted, bar).map_err(|problem| {
            anyhow!("{problem}").context(format!("cannot fetch {}", address.as_str()))
        })?
    };
    let mut fetched = Fetched {
        address: address.as_str().to_owned(),
        bytes: fs::metadata(&archive)?.len(),
        sha256,
        unpacked: false,
    };
    record.set(source.name, fetched.clone())?;
    bar.set_position(0);
    bar.set_message("(unpacking)");
    let members = match unpack_some(&archive, folder, source, bar) {
        Err(error) if expected.is_none() && !is_of_disk(&error) => {
            return Err(removed(&archive, error));
        }
        result => result?,
    };
    fetched.unpacked = true;
    record.set(source.name, fetched.clone())?;
    if !arguments.keep_archives {
        fs::remove_file(&archive)
            .with_context(|| format!("cannot remove {}", archive.display()))?;
    }
    bar.finish_and_clear();
    let checked = match expected {
        Some(_) => "as known",
        None => "recorded; nobody has published it",
    };
    Ok(format!(
        "{members} files unpacked (SHA-256 {}, {checked})",
        fetched.sha256
    ))
}

/// Unpacks what is needed of an archive, and there must be something.
fn unpack_some(archive: &Path, folder: &Path, source: &Source, bar: &ProgressBar) -> Result<usize> {
    let members = unpack(archive, folder, source.wanted, BOUNDS, bar)?;
    ensure!(
        members > 0,
        "{} holds nothing that is needed",
        archive.display()
    );
    Ok(members)
}

/// Whether this computer's disk is at fault, and not the archive.
fn is_of_disk(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Problem::Disk(_)))
}

/// Removes an archive that nobody's checksum vouches for and that cannot be unpacked: it would be in the way
/// of a good one.
fn removed(archive: &Path, error: anyhow::Error) -> anyhow::Error {
    let shown = archive.display();
    error.context(match fs::remove_file(archive) {
        Ok(()) => format!("{shown} was removed, and the same command fetches it anew"),
        Err(refused) => format!("{shown} is to be fetched anew, but cannot be removed ({refused})"),
    })
}
