//! Shards read where they are, from a server that hands out parts, changes, or does not.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use temp_dir::TempDir;

use super::server::{Reply, Server};
use super::{noise, settings};
use crate::data::{Captions, Dataset};
use crate::fetch::shard::{BLOCK, Servers, Shard};

fn open(servers: &Arc<Servers>, address: &str) -> Shard {
    Shard::Remote(Servers::open(servers, address).unwrap())
}

#[test]
fn bytes_are_fetched_once_and_only_where_they_are_read() {
    let body = noise(5 * BLOCK as usize + 17);
    let expected = body.clone();
    let server = Server::start(move |request| Reply::file(request, &body, "\"1\""));
    let servers = Arc::new(Servers::new(&settings()));
    let shard = open(&servers, &server.url("/a.tar"));
    let read = |start: u64, length: u64| shard.read(start, length).unwrap();

    assert_eq!(read(3, 5), expected[3..8]);
    assert_eq!(
        server.requests("/a.tar").len(),
        1,
        "the first block came with the opening"
    );
    let across = 3 * BLOCK - 10;
    assert_eq!(read(across, 20), expected[across as usize..][..20]);
    assert_eq!(read(across, 20), expected[across as usize..][..20]);
    assert_eq!(server.requests("/a.tar").len(), 3);
    let end = expected.len() as u64;
    assert_eq!(read(end - 4, 100), expected[expected.len() - 4..]);
    assert!(read(end, 1).is_empty());
    assert_eq!(server.requests("/a.tar").len(), 4);

    let mut whole = Vec::new();
    shard.reader(0).unwrap().read_to_end(&mut whole).unwrap();
    assert!(whole == expected);
    assert_eq!(
        server.requests("/a.tar").len(),
        6,
        "all six blocks, each once"
    );
    open(&servers, &server.url("/a.tar"));
    assert_eq!(
        server.requests("/a.tar").len(),
        6,
        "opened again without asking"
    );
}

#[test]
fn a_server_that_cuts_off_is_asked_again() {
    let body = noise(BLOCK as usize / 2);
    let expected = body.clone();
    let server = Server::start(move |request| {
        let reply = Reply::file(request, &body, "\"1\"");
        if request.before == 0 {
            reply.cut_after(1000)
        } else {
            reply
        }
    });
    let shard = open(&Arc::new(Servers::new(&settings())), &server.url("/a.tar"));
    assert!(shard.read(0, BLOCK).unwrap() == expected);
    assert_eq!(server.requests("/a.tar").len(), 2);
}

#[test]
fn a_server_without_ranges_and_a_shard_that_changes_are_errors() {
    let body = noise(3 * BLOCK as usize);
    let whole = body.clone();
    let plain = Server::start(move |_| Reply::ok(whole.clone()));
    let servers = Arc::new(Servers::new(&settings()));
    let refused = Servers::open(&servers, &plain.url("/a.tar")).err().unwrap();
    let refused = format!("{refused:#}");
    assert!(refused.contains("hands out no parts of files"), "{refused}");
    assert!(refused.contains("/a.tar"), "{refused}");

    let is_other = Arc::new(AtomicBool::new(false));
    let other = Arc::clone(&is_other);
    let server = Server::start(move |request| {
        let tag = if other.load(Ordering::SeqCst) {
            "\"2\""
        } else {
            "\"1\""
        };
        Reply::file(request, &body, tag)
    });
    let shard = open(&servers, &server.url("/a.tar"));
    is_other.store(true, Ordering::SeqCst);
    let changed = shard.read(2 * BLOCK, 1).unwrap_err().to_string();
    assert!(changed.contains("not what it was"), "{changed}");
}

#[test]
fn addresses_are_told_from_files() {
    for (path, expected) in [
        ("https://h/a.tar", true),
        ("HTTP://h/a.tar", true),
        ("http/a.tar", false),
        ("data/https://h", false),
    ] {
        assert_eq!(
            crate::fetch::is_address(Path::new(path)),
            expected,
            "{path}"
        );
    }
}

/// What a data set's splits hold, photos included.
fn contents(dataset: &Dataset) -> Vec<(String, Captions, Vec<u8>, u64)> {
    let photos = dataset.train.iter().chain(&dataset.dev);
    photos
        .map(|photo| {
            let bytes = dataset.photos.read(&photo.name).unwrap();
            let size = dataset.photos.size(&photo.name).unwrap();
            (photo.name.clone(), photo.captions.clone(), bytes, size)
        })
        .collect()
}

/// A server of the files in a folder.
fn serve(folder: &Path) -> Server {
    let root = folder.to_owned();
    Server::start(move |request| {
        let path = request.path.split('?').next().unwrap_or_default();
        match fs::read(root.join(path.trim_start_matches('/'))) {
            Ok(body) => Reply::file(request, &body, "\"1\""),
            Err(_) => Reply::new("404 Not Found", ""),
        }
    })
}

/// The data set of a folder's files, and the same files' at addresses that `list` names below a server's.
fn compare(folder: &Path, list: &str) {
    let server = serve(folder);
    let remote = TempDir::new().unwrap();
    let list: String = list
        .lines()
        .map(|line| server.url(&format!("/{line}\n")))
        .collect();
    fs::write(remote.path().join("shards.txt"), list).unwrap();
    let local = Dataset::open(folder, None).unwrap();
    let there = Dataset::open(remote.path(), None).unwrap();
    assert!(!local.train.is_empty() && !local.dev.is_empty());
    assert_eq!(contents(&there), contents(&local));
    let told = there.lines().join("\n");
    assert!(told.contains("told by shards.txt"), "{told}");
}

#[test]
fn a_list_that_cannot_be_understood_is_told_of() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("shards.txt"), "train-0.tar\n").unwrap();
    let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
    assert!(error.contains("line 1 of"), "{error}");
    assert!(
        error.contains("no http or https address: train-0.tar"),
        "{error}"
    );
}

#[test]
fn tables_at_addresses_are_read_as_files_are() {
    compare(
        Path::new("tests/fixtures/parquet"),
        "data/train-{00000..00001}-of-00002.parquet\ndata/validation-00000-of-00001.parquet",
    );
}

/// Archives of as many bytes as their photos have.
fn write_archives(folder: &Path, lengths: [usize; 2]) {
    for shard in ["train-0", "train-1", "val-0"] {
        let file = File::create(folder.join(shard).with_extension("tar")).unwrap();
        let mut tar = tar::Builder::new(file);
        for (index, length) in lengths.into_iter().enumerate() {
            let mut add = |ending: &str, content: &[u8]| {
                let mut header = tar::Header::new_gnu();
                header.set_size(content.len() as u64);
                header.set_cksum();
                let name = format!("{index}.{ending}");
                tar.append_data(&mut header, name, content).unwrap();
            };
            add("jpg", &noise(length));
            add("txt", format!("Photo {index} of {shard}.").as_bytes());
        }
        tar.finish().unwrap();
    }
}

#[test]
fn archives_at_addresses_are_read_as_files_are() {
    let folder = TempDir::new().unwrap();
    write_archives(folder.path(), [700_000, 900_000]);
    compare(folder.path(), "train-{0..1}.tar\nval-0.tar");
}

#[test]
fn archives_at_addresses_are_read_through_once() {
    let folder = TempDir::new().unwrap();
    // Together more than is kept in memory.
    let photo = 5 * BLOCK as usize;
    write_archives(folder.path(), [photo, photo]);
    let server = serve(folder.path());
    let remote = TempDir::new().unwrap();
    fs::write(
        remote.path().join("shards.txt"),
        server.url("/train-{0..1}.tar?key=1\n") + &server.url("/val-0.tar"),
    )
    .unwrap();
    let requests = || {
        let archives = ["/train-0.tar?key=1", "/train-1.tar?key=1", "/val-0.tar"];
        archives.map(|archive| server.requests(archive).len())
    };
    let read = contents(&Dataset::open(remote.path(), None).unwrap());
    let before = requests();
    let again = Dataset::open(remote.path(), None).unwrap();
    assert_eq!(requests(), before);
    assert_eq!(contents(&again), read);

    // What is kept may be broken, or not be there to be written.
    let kept = remote.path().join("shards.contents");
    for entry in fs::read_dir(&kept).unwrap() {
        fs::write(entry.unwrap().path(), "{").unwrap();
    }
    let before = requests();
    assert_eq!(contents(&Dataset::open(remote.path(), None).unwrap()), read);
    assert!(requests() > before);
    fs::remove_dir_all(&kept).unwrap();
    fs::write(&kept, "").unwrap();
    let dataset = Dataset::open(remote.path(), None).unwrap();
    assert_eq!(contents(&dataset), read);
    let told = dataset.lines().join("\n");
    assert!(told.contains("read through again"), "{told}");
}
