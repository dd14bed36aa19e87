//! Shards of data sets, read where they are: files, or addresses, of which range requests bring the bytes that are asked
//! for. Nothing of these is written to the disk.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use ureq::http::{StatusCode, header};

use super::address::Address;
use super::client::{Answer, Client};
use super::download::{content_range, version};
use super::retry::{Policy, Problem};
use super::settings::Settings;

/// One request brings so many bytes: of a table's column many rows, of an archive several photos.
pub(super) const BLOCK: u64 = 1 << 20;
/// So many blocks are kept, of all shards together: what is read by turns in several places is fetched once.
const BLOCKS: usize = 16;

/// A shard, open.
pub(crate) enum Shard {
    /// On this computer.
    File(File),
    /// Elsewhere.
    Remote(Remote),
}

/// What tells a shard from itself before it was changed.
pub(crate) struct ShardStamp {
    /// Number of bytes.
    pub(crate) bytes: u64,
    /// A file's nanoseconds since 1970; of an address, what the server says of the version, as a number.
    pub(crate) modified: u64,
}

/// Whether a shard's path is an address.
pub(crate) fn is_address(path: &Path) -> bool {
    let text = path.to_string_lossy();
    ["http://", "https://"].iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

impl Shard {
    /// Opens a file, or what is at an address.
    ///
    /// # Errors
    /// When there is none, or its server hands out no parts of files.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if is_address(path) {
            return Ok(Self::Remote(Remote::open(path)?));
        }
        Ok(Self::File(File::open(path)?))
    }

    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn stamp(path: &Path) -> Result<ShardStamp> {
        if is_address(path) {
            let Remote { head, .. } = Remote::open(path)?;
            let version = head.version.unwrap_or_default();
            return Ok(ShardStamp {
                bytes: head.length,
                modified: crc32fast::hash(version.as_bytes()).into(),
            });
        }
        let file = fs::metadata(path)?;
        let modified = file.modified().ok();
        let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Ok(ShardStamp {
            bytes: file.len(),
            modified: modified.map_or(0, |time| time.as_nanos() as u64),
        })
    }

    /// What the server of an address calls this version of what is there, if it says so.
    pub(crate) fn version(&self) -> Option<&str> {
        match self {
            Self::File(_) => None,
            Self::Remote(remote) => remote.head.version.as_deref(),
        }
    }

    /// The bytes from a place on; fewer where the shard ends before.
    ///
    /// # Errors
    /// When they cannot be read, or be had.
    pub(crate) fn read(&self, start: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader(start)?.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads from a place on.
    ///
    /// # Errors
    /// When a file cannot.
    pub(crate) fn reader(&self, start: u64) -> io::Result<ShardReader> {
        match self {
            Self::File(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(start))?;
                Ok(ShardReader::File(file))
            }
            Self::Remote(remote) => Ok(ShardReader::Remote {
                remote: remote.clone(),
                position: start,
            }),
        }
    }
}

impl Length for Shard {
    fn len(&self) -> u64 {
        match self {
            Self::File(file) => Length::len(file),
            Self::Remote(remote) => remote.head.length,
        }
    }
}

impl ChunkReader for Shard {
    type T = BufReader<ShardReader>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(BufReader::new(self.reader(start)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = self.read(start, length as u64)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!(
                "it ends {} bytes before it should",
                length - bytes.len()
            )));
        }
        Ok(bytes.into())
    }
}

/// A place in a shard.
pub(crate) enum ShardReader {
    /// On this computer.
    File(File),
    /// Elsewhere.
    Remote {
        /// The shard.
        remote: Remote,
        /// The byte that is read next.
        position: u64,
    },
}

impl Read for ShardReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Remote { remote, position } => {
                let block = remote.block(*position)?;
                let rest = usize::try_from(*position % BLOCK).map_err(io::Error::other)?;
                let rest = block.get(rest..).unwrap_or_default();
                let length = rest.len().min(buffer.len());
                buffer[..length].copy_from_slice(&rest[..length]);
                *position += length as u64;
                Ok(length)
            }
        }
    }
}

impl Seek for ShardReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Remote { remote, position } => {
                let found = match to {
                    SeekFrom::Start(place) => Some(place),
                    SeekFrom::Current(by) => position.checked_add_signed(by),
                    SeekFrom::End(by) => remote.head.length.checked_add_signed(by),
                };
                *position = found.ok_or(io::ErrorKind::InvalidInput)?;
                Ok(*position)
            }
        }
    }
}

/// What is at an address, as it was when it was opened.
#[derive(Clone)]
pub(crate) struct Remote {
    servers: Arc<Servers>,
    address: Address,
    head: Head,
}

/// What a server says of a file.
#[derive(Clone)]
struct Head {
    length: u64,
    version: Option<String>,
}

impl Remote {
    fn open(path: &Path) -> Result<Self> {
        static SERVERS: LazyLock<Arc<Servers>> =
            LazyLock::new(|| Arc::new(Servers::new(&Settings::default())));
        Servers::open(&SERVERS, &path.to_string_lossy())
    }

    /// The block that a place is in; empty behind the end.
    fn block(&self, position: u64) -> io::Result<Bytes> {
        if position >= self.head.length {
            return Ok(Bytes::new());
        }
        let number = position / BLOCK;
        if let Some(block) = self.servers.kept(&self.address, number) {
            return Ok(block);
        }
        let block = self
            .servers
            .policy
            .run(|| self.fetch(number))
            .map_err(io::Error::other)?;
        self.servers.keep(&self.address, number, &block);
        Ok(block)
    }

    fn fetch(&self, number: u64) -> Result<Bytes, Problem> {
        let start = number * BLOCK;
        let end = (start + BLOCK).min(self.head.length);
        let mut headers = vec![(header::RANGE, format!("bytes={start}-{}", end - 1))];
        // Without its version the server would hand out a part of whatever it has now.
        headers.extend(self.head.version.clone().map(|it| (header::IF_RANGE, it)));
        let answer = self.servers.client.get(&self.address, &headers)?;
        let range = answer.header(header::CONTENT_RANGE).and_then(content_range);
        if answer.status != StatusCode::PARTIAL_CONTENT
            || range != Some((start, Some(self.head.length)))
        {
            return Err(Problem::Permanent(
                "it is not what it was when it was opened, or its server hands out no parts of it \
                 any more"
                    .into(),
            ));
        }
        whole(answer, end - start)
    }
}

/// The servers that shards are read from, what they said of these, and what was read last.
pub(super) struct Servers {
    client: Client,
    policy: Policy,
    heads: Mutex<HashMap<String, Head>>,
    /// By address and number; the one used last at the end.
    blocks: Mutex<VecDeque<(String, u64, Bytes)>>,
}

impl Servers {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            client: Client::new(settings.file, settings.connections_per_host).keeping_encryption(),
            policy: settings.file_policy,
            heads: Mutex::default(),
            blocks: Mutex::default(),
        }
    }

    /// Asks for the beginning of a file, unless it was asked for before.
    pub(super) fn open(servers: &Arc<Self>, address: &str) -> Result<Remote> {
        let address = Address::parse(address).map_err(|reason| anyhow!(reason))?;
        let known = lock(&servers.heads).get(address.as_str()).cloned();
        let head = match known {
            Some(head) => head,
            None => {
                let head = servers.policy.run(|| servers.ask(&address));
                let head = head.with_context(|| format!("cannot read {}", address.as_str()))?;
                lock(&servers.heads).insert(address.as_str().to_owned(), head.clone());
                head
            }
        };
        Ok(Remote {
            servers: Arc::clone(servers),
            address,
            head,
        })
    }

    fn ask(&self, address: &Address) -> Result<Head, Problem> {
        let range = (header::RANGE, format!("bytes=0-{}", BLOCK - 1));
        let answer = self.client.get(address, &[range])?;
        let version = version(&answer);
        let range = answer.header(header::CONTENT_RANGE).and_then(content_range);
        match (answer.status, range) {
            (StatusCode::PARTIAL_CONTENT, Some((0, Some(length)))) => {
                let block = whole(answer, length.min(BLOCK))?;
                self.keep(address, 0, &block);
                Ok(Head { length, version })
            }
            _ => Err(Problem::Permanent(
                "its server hands out no parts of files (range requests): fetch it whole first"
                    .into(),
            )),
        }
    }

    fn kept(&self, address: &Address, number: u64) -> Option<Bytes> {
        let mut blocks = lock(&self.blocks);
        let place = blocks
            .iter()
            .position(|(of, at, _)| *at == number && of == address.as_str())?;
        let found = blocks.remove(place)?;
        let block = found.2.clone();
        blocks.push_back(found);
        Some(block)
    }

    fn keep(&self, address: &Address, number: u64, block: &Bytes) {
        let mut blocks = lock(&self.blocks);
        blocks.push_back((address.as_str().to_owned(), number, block.clone()));
        if blocks.len() > BLOCKS {
            blocks.pop_front();
        }
    }
}

/// The bytes of an answer that is to have so many.
fn whole(mut answer: Answer, length: u64) -> Result<Bytes, Problem> {
    let bytes = answer.read_whole(BLOCK as usize)?;
    if bytes.len() as u64 != length {
        return Err(Problem::passing(format!(
            "cut off after {} of {length} bytes",
            bytes.len()
        )));
    }
    Ok(bytes.into())
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
