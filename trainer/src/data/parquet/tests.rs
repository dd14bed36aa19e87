//! Tables as Hugging Face's `datasets` writes them, and as other tools do.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;
use temp_dir::TempDir;

use crate::data::split::TestSplit;
use crate::data::{CaptionedPhoto, Dataset, Format};

/// A leaf's values, definition levels and repetition levels.
type Leaf<'a> = (&'a [&'a str], &'a [i16], &'a [i16]);

const IMAGE: &str = "optional group image { optional binary bytes; optional binary path (UTF8); }";

/// Writes a table of groups of rows, a leaf after the other.
fn write(path: &Path, columns: &str, groups: &[&[Leaf]], properties: WriterProperties) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let schema = Arc::new(parse_message_type(&format!("message schema {{ {columns} }}")).unwrap());
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).unwrap();
    for leaves in groups {
        let mut group = writer.next_row_group().unwrap();
        for (values, definition, repetition) in *leaves {
            let mut column = group.next_column().unwrap().unwrap();
            let ColumnWriter::ByteArrayColumnWriter(leaf) = column.untyped() else {
                panic!("a leaf that is no bytes");
            };
            let values: Vec<_> = values.iter().map(|value| ByteArray::from(*value)).collect();
            let repetition = (!repetition.is_empty()).then_some(*repetition);
            leaf.write_batch(&values, Some(definition), repetition)
                .unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

/// A table of a photo and a caption.
pub(in crate::data) fn write_photo(path: &Path, caption: &str) {
    let leaves: [Leaf; 3] = [
        (&["PHOTO"], &[2], &[]),
        (&["0.jpg"], &[2], &[]),
        (&[caption], &[1], &[]),
    ];
    let columns = format!("{IMAGE} optional binary caption (UTF8);");
    write(path, &columns, &[&leaves], WriterProperties::default());
}

fn fixture() -> PathBuf {
    PathBuf::from("tests/fixtures/parquet")
}

fn refusal(folder: &TempDir) -> String {
    let error = Dataset::open(folder.path(), None).unwrap_err();
    format!("{error:#}")
}

fn of_photo(photo: &CaptionedPhoto) -> (&str, Vec<&str>) {
    (&photo.name, photo.captions.iter().collect())
}

#[test]
fn what_datasets_writes_is_read_as_datasets_reads_it() {
    let expected = fs::read(fixture().with_extension("json")).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let opened = super::open(&fixture(), TestSplit::Read).unwrap();
    let dataset = &opened.dataset;
    for (split, photos) in [
        ("train", &dataset.train),
        ("validation", &dataset.dev),
        ("test", &opened.test),
    ] {
        let rows = expected[split].as_array().unwrap();
        assert_eq!(photos.len(), rows.len(), "{split}");
        // From the last to the first as well: a photo is found wherever the one before it was.
        let pairs = photos.iter().zip(rows);
        for (photo, row) in pairs.clone().chain(pairs.rev()) {
            let bytes = dataset.photos.read(&photo.name).unwrap();
            assert_eq!(row["crc32"], crc32fast::hash(&bytes), "{}", photo.name);
            assert_eq!(
                row["captions"],
                Value::from(Vec::from_iter(photo.captions.iter()))
            );
        }
    }
    assert_eq!(dataset.name, "parquet");
    assert_eq!(dataset.train[3].name, "data/train-00001-of-00002/1");
    let dataset = Dataset::open(&fixture(), None).unwrap();
    let report = dataset.lines().join("\n");
    assert!(
        report.contains("read as parquet, told by data/test-00000"),
        "{report}"
    );
    assert!(report.contains("not read: the columns width"), "{report}");
}

#[test]
fn captions_are_found_however_they_are_nested() {
    let list = "optional group captions (LIST) { repeated group list { optional binary element (UTF8); } }";
    let structs = "optional group sentences (LIST) { repeated group list { optional group element {
        optional binary raw (UTF8); optional binary tokens (UTF8); } } }";
    let lists = "optional group sentences {
        optional group tokens (LIST) { repeated group list { optional binary element (UTF8); } }
        optional group raw (LIST) { repeated group list { optional binary element (UTF8); } } }";
    let photos: [Leaf; 2] = [(&["P", "Q"], &[2, 2], &[]), (&["p", "q"], &[2, 2], &[])];
    // The first photo has two captions and the second has one.
    let words: &[&str] = &["A dog", "Dogs", "A cat"];
    for (columns, captions) in [
        (list, vec![(words, &[3, 3, 3][..], &[0, 1, 0][..])]),
        (
            "optional binary caption_0 (UTF8); optional binary text; optional binary url;",
            vec![
                (&["A dog", "A cat"][..], &[1, 1][..], &[][..]),
                (&["Dogs"], &[1, 0], &[]),
                (&["http://x", "http://y"], &[1, 1], &[]),
            ],
        ),
        (
            structs,
            vec![
                (words, &[4, 4, 4], &[0, 1, 0]),
                (&["dog", "dogs", "cat"], &[4, 4, 4], &[0, 1, 0]),
            ],
        ),
        (
            lists,
            vec![
                (&["dog", "dogs", "cat"], &[4, 4, 4], &[0, 1, 0]),
                (words, &[4, 4, 4], &[0, 1, 0]),
            ],
        ),
    ] {
        let folder = TempDir::new().unwrap();
        let columns = format!("{IMAGE} {columns}");
        let leaves: Vec<Leaf> = photos.into_iter().chain(captions).collect();
        let path = folder.path().join("default/partial-train/0.parquet");
        write(&path, &columns, &[&leaves], WriterProperties::default());
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let read: Vec<_> = dataset.train.iter().map(of_photo).collect();
        assert_eq!(
            read,
            [
                ("default/partial-train/0/0/p", vec!["A dog", "Dogs"]),
                ("default/partial-train/0/1/q", vec!["A cat"])
            ],
            "{columns}"
        );
    }
}

#[test]
fn a_photo_is_in_its_row_or_beside_the_table() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    for (name, bytes) in [("data/beside.jpg", "BESIDE"), ("above.jpg", "ABOVE")] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let mut paths = vec![
        "a/x.jpg",
        "beside.jpg",
        "above.jpg",
        "no.jpg",
        "../../out.jpg",
    ];
    let mut captions = vec![
        "In its row",
        "Beside",
        "Above",
        "Missing",
        "Outside",
        "Nothing",
    ];
    // Enough good ones for one that has neither bytes nor a path.
    let (mut bytes, mut has_bytes, mut has_path) =
        (vec!["ROW"], vec![2, 1, 1, 1, 1, 0], vec![2; 5]);
    has_path.push(0);
    for _ in 0..10 {
        paths.push("x.jpg");
        captions.push("More");
        bytes.push("MORE");
        has_bytes.push(2);
        has_path.push(2);
    }
    let leaves: [Leaf; 3] = [
        (&bytes, &has_bytes, &[]),
        (&paths, &has_path, &[]),
        (&captions, &[1; 16], &[]),
    ];
    let columns = format!("{IMAGE} optional binary text (UTF8);");
    let path = folder.path().join("data/train.parquet");
    write(&path, &columns, &[&leaves], WriterProperties::default());
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(dataset.train.len(), 13);
    for (index, name, bytes) in [
        (0, "data/train/0/x.jpg", "ROW"),
        (1, "data/beside.jpg", "BESIDE"),
        (2, "above.jpg", "ABOVE"),
        (3, "data/train/6/x.jpg", "MORE"),
    ] {
        assert_eq!(dataset.train[index].name, name);
        assert_eq!(dataset.photos.read(name).unwrap(), bytes.as_bytes());
        assert_eq!(dataset.photos.size(name).unwrap(), bytes.len() as u64);
        let is_in_its_row = name.contains("train/");
        assert_ne!(dataset.photos.file(name).is_ok(), is_in_its_row);
    }
    let stamps = ["data/train/0/x.jpg", "data/train/6/x.jpg"];
    let stamps = stamps.map(|name| dataset.photos.stamp(name).unwrap());
    assert_ne!(stamps[0], stamps[1]);
    let report = dataset.lines().join("\n");
    for says in ["row 5: it has no photo", "9 rows of"] {
        assert!(report.contains(says), "{says}: {report}");
    }
    let missing = &dataset.defects.without_file;
    assert_eq!(missing[0], "data/no.jpg");
    assert!(
        missing[1].contains("leads out of the data folder"),
        "{missing:?}"
    );
}

#[test]
fn photos_are_read_in_any_order_from_any_pages() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
    ] {
        let folder = TempDir::new().unwrap();
        let photos: Vec<_> = (0..40)
            .map(|index| format!("photo {index}").repeat(50))
            .collect();
        let photos: Vec<_> = photos.iter().map(String::as_str).collect();
        let captions = vec!["A dog"; 10];
        let (there, is_one) = (vec![2; 10], vec![1; 10]);
        let parts: Vec<[Leaf; 3]> = photos
            .chunks(10)
            .map(|photos| -> [Leaf; 3] {
                [
                    (photos, &there, &[]),
                    (&[], &[1; 10], &[]),
                    (&captions, &is_one, &[]),
                ]
            })
            .collect();
        let groups: Vec<&[Leaf]> = parts.iter().map(|leaves| &leaves[..]).collect();
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_write_batch_size(3)
            .set_data_page_row_count_limit(3);
        let columns = format!("{IMAGE} optional binary text (UTF8);");
        let path = folder.path().join("0.parquet");
        write(&path, &columns, &groups, properties.build());
        let dataset = Dataset::open(folder.path(), None).unwrap();
        for step in [1, 7, 39] {
            for place in (0..40).map(|index| index * step % 40) {
                let bytes = dataset.photos.read(&format!("0/{place}")).unwrap();
                assert_eq!(bytes, photos[place].as_bytes(), "{compression:?}");
            }
        }
    }
}

#[test]
fn tables_that_cannot_be_read_say_why() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("train.parquet");
    let row: [Leaf; 3] = [
        (&["P"], &[2], &[]),
        (&["p"], &[2], &[]),
        (&["A"], &[1], &[]),
    ];
    let write = |columns: &str, leaves: &[Leaf], compression| {
        let properties = WriterProperties::builder().set_compression(compression);
        write(&path, columns, &[leaves], properties.build());
    };
    for (columns, says) in [
        (
            "optional group a { optional binary bytes; optional binary path; } optional binary url;",
            "no column of captions",
        ),
        (
            "optional group a { optional binary x; optional binary y; } optional binary text;",
            "no column of photos, a struct of `bytes` and `path`, but the columns a, text",
        ),
        (
            "optional group a { optional binary bytes; } optional group b { optional binary path; }
             optional binary text;",
            "[\"a\", \"b\"] may all be the photos",
        ),
        (
            "optional group a { optional binary path; } optional group text { optional binary de;
             optional binary en; }",
            "the captions may be any of text.de, text.en",
        ),
    ] {
        let leaves: [Leaf; 3] = [(&[], &[0], &[]), (&[], &[0], &[]), (&[], &[0], &[])];
        write(columns, &leaves, Compression::UNCOMPRESSED);
        let error = refusal(&folder);
        assert!(
            error.contains(says) && error.contains("train.parquet"),
            "{error}"
        );
    }

    let columns = format!("{IMAGE} optional binary text;");
    write(&columns, &row, Compression::UNCOMPRESSED);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = refusal(&folder);
    assert!(
        error.contains("train.parquet: it is no whole parquet file"),
        "{error}"
    );

    let mut encrypted = whole.clone();
    let end = encrypted.len();
    encrypted[end - 4..].copy_from_slice(b"PARE");
    fs::write(&path, encrypted).unwrap();
    let error = refusal(&folder);
    assert!(error.contains("encrypted"), "{error}");

    fs::copy(fixture().with_file_name("zstd.parquet"), &path).unwrap();
    let error = refusal(&folder);
    assert!(error.contains("compressed by zstd"), "{error}");

    fs::remove_file(&path).unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let error = format!(
        "{:#}",
        Dataset::open(folder.path(), Some(Format::Parquet)).unwrap_err()
    );
    assert!(error.contains("holds no .parquet file"), "{error}");
}
