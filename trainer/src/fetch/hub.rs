//! Data sets of Hugging Face's Hub: their `.parquet` files, as `crate::data` reads them.
//! <https://huggingface.co/docs/hub/api>

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow, bail, ensure};
use indicatif::MultiProgress;
use serde::Deserialize;
use ureq::http::{StatusCode, header};

use super::address::Address;
use super::archive::inside;
use super::bars;
use super::client::Client;
use super::download::{Wanted, download};
use super::failures::{Outcome, conclude};
use super::known_sum;
use super::options::HubDataSet;
use super::record::{Fetched, Record};
use super::retry::{Policy, Problem};
use super::settings::Settings;
use crate::data::Split;
use crate::lock;

pub(super) const HUB: &str = "https://huggingface.co";
const MAIN: &str = "main";
/// The branch of what the Hub has made of a data set that is in another format.
const CONVERTED: &str = "refs/convert/parquet";
/// A page of the list of files has a thousand at most.
const LARGEST_PAGE: usize = 16 << 20;
const MOST_PAGES: usize = 1000;

/// A file or a folder, as the Hub lists it.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    /// What is told of a large file.
    lfs: Option<LargeFile>,
}

#[derive(Deserialize)]
struct LargeFile {
    /// Its SHA-256.
    oid: String,
}

/// A file that is to be fetched.
struct Wish {
    /// Its path below the data set's folder, here as there.
    name: String,
    path: PathBuf,
    address: Address,
    size: u64,
    sha256: Option<String>,
}

/// A data set on the Hub.
struct Repository<'a> {
    client: &'a Client,
    policy: &'a Policy,
    /// Without a slash at its end.
    hub: &'a str,
    name: &'a str,
    has_token: bool,
}

/// Fetches a data set's files into its folder. The token is for the Hub alone, and for what stands in for it.
///
/// # Errors
/// When one of them could not be; the others are fetched all the same.
pub(super) fn fetch(
    arguments: &HubDataSet,
    token: Option<String>,
    settings: &Settings,
) -> Result<()> {
    let folder = &arguments.folder;
    let hub = arguments.mirror.as_deref().unwrap_or(HUB);
    let hub = hub.trim_end_matches('/');
    let server = Address::parse(hub).map_err(|sentence| anyhow!(sentence))?;
    let mut client = Client::new(settings.file, settings.connections_per_host).keeping_encryption();
    let has_token = token.is_some();
    if let Some(token) = token {
        client = client.with_token(&server, token);
    }
    let repository = Repository {
        client: &client,
        policy: &settings.file_policy,
        hub,
        name: &arguments.name,
        has_token,
    };
    let _locked = lock::folder(folder, "fetch")?;
    let wishes = repository.choose(arguments)?;
    let bytes: u64 = wishes.iter().map(|wish| wish.size).sum();
    eprintln!("{} files, {bytes} bytes in all", wishes.len());
    let record = Record::open(folder)?;
    let bars = MultiProgress::new();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut outcomes = Vec::new();
        while let Some(wish) = wishes.get(next.fetch_add(1, Ordering::Relaxed)) {
            outcomes.push(Outcome {
                name: wish.name.clone(),
                address: wish.address.as_str().to_owned(),
                result: repository.fetch_one(wish, folder, &record, &bars),
            });
        }
        outcomes
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..settings.connections_per_host)
            .map(|_| scope.spawn(work))
            .collect();
        let outcomes = workers.into_iter().map(|worker| worker.join());
        outcomes.flat_map(Result::unwrap_or_default).collect()
    });
    ensure!(outcomes.len() == wishes.len(), "the program has a defect");
    conclude(folder, outcomes, "files")?;
    eprintln!("its terms: {}", repository.page());
    Ok(())
}

impl Repository<'_> {
    /// Its page for people.
    fn page(&self) -> String {
        format!("{}/datasets/{}", self.hub, self.name)
    }

    /// The files that are meant.
    fn choose(&self, arguments: &HubDataSet) -> Result<Vec<Wish>> {
        let (revision, entries) = match &arguments.revision {
            Some(revision) => (revision.as_str(), self.tables(revision)?),
            None => match self.tables(MAIN)? {
                entries if !entries.is_empty() => (MAIN, entries),
                _ => (CONVERTED, self.converted()?),
            },
        };
        let name = self.name;
        ensure!(
            !entries.is_empty(),
            "{name} has no .parquet file at the revision {revision}"
        );
        let configurations: BTreeSet<_> = entries
            .iter()
            .filter_map(|entry| configuration(&entry.path))
            .collect();
        let all = configurations
            .iter()
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let wanted = arguments.config.as_deref();
        match wanted {
            None => ensure!(
                configurations.len() < 2,
                "{name} has several configurations, {all}: --config NAME chooses one of them"
            ),
            Some(wanted) => ensure!(
                configurations.contains(wanted),
                "{name} has no configuration {wanted}{}{all}",
                if all.is_empty() {
                    ", nor any other"
                } else {
                    ", but "
                }
            ),
        }
        let splits = &arguments.split;
        let is_meant = |entry: &Entry| {
            let split = Split::of_path(Path::new(&entry.path)).unwrap_or(Split::Train);
            (wanted.is_none() || configuration(&entry.path) == wanted)
                && (splits.is_empty() || splits.contains(&split))
        };
        let wishes = entries.iter().filter(|entry| is_meant(entry));
        let wishes: Vec<_> = wishes
            .map(|entry| self.wish(entry, revision, &arguments.folder))
            .collect::<Result<_>>()?;
        ensure!(
            !wishes.is_empty(),
            "none of the {} .parquet files of {name} is of that split",
            entries.len()
        );
        Ok(wishes)
    }

    /// What the Hub has made of a data set of another format.
    fn converted(&self) -> Result<Vec<Entry>> {
        let name = self.name;
        let entries = self.tables(CONVERTED).with_context(|| {
            format!("{name} has no .parquet file, and the Hub seems to have made none of it")
        })?;
        eprintln!(
            "{name} has no .parquet file: taking those that the Hub has made of it ({CONVERTED})"
        );
        if entries.iter().any(|entry| entry.path.contains("/partial-")) {
            eprintln!("the Hub has made them of its first rows only");
        }
        Ok(entries)
    }

    /// The `.parquet` files of a revision.
    fn tables(&self, revision: &str) -> Result<Vec<Entry>> {
        let (hub, name) = (self.hub, self.name);
        let revision_in_address = escaped(revision, false);
        let address =
            format!("{hub}/api/datasets/{name}/tree/{revision_in_address}?recursive=true");
        let mut next = Some(Address::parse(&address).map_err(|sentence| anyhow!(sentence))?);
        let mut tables = Vec::new();
        let mut pages = 0;
        while let Some(address) = next {
            pages += 1;
            ensure!(pages <= MOST_PAGES, "the list of its files does not end");
            let page = self.policy.run(|| page(self.client, &address));
            let (entries, following) = page.map_err(|problem| {
                self.refusal(problem).context(format!(
                    "cannot list the files of {name} at the revision {revision}"
                ))
            })?;
            tables.extend(entries.into_iter().filter(is_table));
            next = following;
        }
        Ok(tables)
    }

    fn wish(&self, entry: &Entry, revision: &str, folder: &Path) -> Result<Wish> {
        let (hub, name, path) = (self.hub, self.name, &entry.path);
        let revision = escaped(revision, false);
        let address = format!(
            "{hub}/datasets/{name}/resolve/{revision}/{}",
            escaped(path, true)
        );
        let sha256 = entry.lfs.as_ref().map(|file| file.oid.clone());
        let is_sum = |sum: &String| sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit());
        ensure!(
            sha256.as_ref().is_none_or(is_sum),
            "the Hub gives no SHA-256 of {path}, but {sha256:?}"
        );
        Ok(Wish {
            name: path.clone(),
            path: folder.join(inside(path)?),
            address: Address::parse(&address).map_err(|sentence| anyhow!(sentence))?,
            size: entry.size,
            sha256: sha256.map(|sum| sum.to_ascii_lowercase()),
        })
    }

    /// # Returns
    /// A sentence on what was done.
    fn fetch_one(
        &self,
        wish: &Wish,
        folder: &Path,
        record: &Record,
        bars: &MultiProgress,
    ) -> Result<String> {
        let known = record.get(&wish.name);
        let size = || fs::metadata(&wish.path).map(|file| file.len()).ok();
        if let Some(known) = &known
            && size() == Some(wish.size)
            && wish.sha256.as_ref().is_none_or(|sum| *sum == known.sha256)
        {
            return Ok(format!("is there (SHA-256 {})", known.sha256));
        }
        let expected = wish.sha256.as_deref();
        let sha256 = if wish.path.exists() {
            known_sum::check_file(&wish.path, expected)?
        } else {
            let parent = wish.path.parent().unwrap_or(folder);
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot create {}", parent.display()))?;
            let bar = bars::bytes(bars, &wish.name);
            let wanted = Wanted {
                address: &wish.address,
                path: &wish.path,
                checksum: expected,
                largest: wish.size,
            };
            let fetched = download(self.client, self.policy, &wanted, &bar);
            bar.finish_and_clear();
            fetched.map_err(|problem| {
                let address = wish.address.as_str();
                self.refusal(problem)
                    .context(format!("cannot fetch {address}"))
            })?
        };
        if size() != Some(wish.size) {
            bail!(
                "{} is not of the size that the Hub says, {} bytes; remove it to fetch it anew",
                wish.path.display(),
                wish.size
            );
        }
        let sentence = format!("fetched (SHA-256 {sha256})");
        record.set(
            &wish.name,
            Fetched {
                address: wish.address.as_str().to_owned(),
                bytes: wish.size,
                sha256,
                unpacked: true,
            },
        )?;
        Ok(sentence)
    }

    /// What went wrong, and what people can do where the Hub does not know them.
    fn refusal(&self, problem: Problem) -> anyhow::Error {
        let Problem::Refused {
            status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND,
        } = problem
        else {
            return anyhow!("{problem}");
        };
        let page = self.page();
        let token = match self.has_token {
            true => "HF_TOKEN is to be a token of somebody who has done so",
            false => "set HF_TOKEN to a token of yours (https://huggingface.co/settings/tokens)",
        };
        anyhow!(
            "{problem}: there is no such data set or revision, or it is not for everybody: then accept its terms on \
             {page}, and {token}"
        )
    }
}

/// A page of a list of files, and the address of the next one.
fn page(client: &Client, address: &Address) -> Result<(Vec<Entry>, Option<Address>), Problem> {
    let mut answer = client.get(address, &[])?;
    let next = answer.header(header::LINK).and_then(next_page);
    let next = next.map(|link| address.join(link)).transpose();
    let next = next.map_err(Problem::Permanent)?;
    let bytes = answer.read_whole(LARGEST_PAGE)?;
    let entries = serde_json::from_slice(&bytes).map_err(|error| {
        Problem::Permanent(format!("the server's list cannot be understood: {error}"))
    })?;
    Ok((entries, next))
}

/// The next page in `<ADDRESS>; rel="next"` (RFC 8288).
fn next_page(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        parameters.contains("rel=\"next\"").then_some(address)
    })
}

fn is_table(entry: &Entry) -> bool {
    entry.kind == "file" && entry.path.to_lowercase().ends_with(".parquet")
}

/// The configuration that a file is of: the first of its folders, where that is not a split's.
fn configuration(path: &str) -> Option<&str> {
    let (first, _) = path.split_once('/')?;
    (first != "data" && Split::of_path(Path::new(first)).is_none()).then_some(first)
}

/// A name as part of an address; `with_folders` leaves its slashes.
fn escaped(name: &str, with_folders: bool) -> String {
    let mut escaped = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || with_folders && byte == b'/' {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
