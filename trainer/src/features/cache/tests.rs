use std::fs::{self, OpenOptions};
use std::io::Write;

use model_export::encoder::Architecture;
use temp_dir::TempDir;

use super::*;
use crate::data::Dataset;
use crate::features::content::Content;
use crate::features::known_photos::{self, KnownPhotos};
use crate::features::row_key::RowKey;
use crate::features::view::View;

const ENCODER: EncoderConfig = EncoderConfig::whole(Architecture::EfficientNetLite0);

fn key() -> Key {
    Key::new(ENCODER, 7)
}

fn row(value: f32) -> Vec<f32> {
    vec![value; key().row_length()]
}

fn photo(name: &str) -> RowKey {
    RowKey::upright(Content::of(name.as_bytes()))
}

#[test]
fn rows_come_back_by_what_they_are_of() {
    let root = TempDir::new().unwrap();
    let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
    writer
        .append(&[photo("a"), photo("b")], &[row(1.0), row(2.0)].concat())
        .unwrap();
    drop(writer);
    let cache = FeatureCache::open(root.path(), &key(), false).unwrap();
    let mut values = Vec::new();
    assert!(cache.read(photo("b"), &mut values).unwrap());
    assert_eq!(values, row(2.0));
    assert!(!cache.read(photo("c"), &mut values).unwrap());
    assert!(!cache.holds(RowKey::default()));
}

#[test]
fn a_mirror_image_follows_the_photo_where_both_are_looked_at() {
    let root = TempDir::new().unwrap();
    let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
    writer
        .append(
            &[photo("a"), photo("b"), photo("a").seen(View::Mirrored)],
            &[row(1.0), row(2.0), row(3.0)].concat(),
        )
        .unwrap();
    drop(writer);
    let cache = FeatureCache::open(root.path(), &key(), true).unwrap();
    let alone = FeatureCache::open(root.path(), &key(), false).unwrap();
    let mut values = Vec::new();
    assert!(cache.read(photo("a"), &mut values).unwrap());
    assert_eq!(values, [row(1.0), row(3.0)].concat());
    let [positions, channels] = cache.shape();
    assert_eq!(values.len(), positions * channels);
    assert_eq!(positions, 2 * alone.shape()[0]);
    assert!(
        alone.holds(photo("b")) && !cache.holds(photo("b")),
        "b has no mirror image"
    );
}

#[test]
fn other_weights_are_another_cache() {
    let root = TempDir::new().unwrap();
    FeatureWriter::open(root.path(), &key()).unwrap();
    let other = Key::new(ENCODER, 8);
    assert!(FeatureCache::made(root.path(), &key()).unwrap());
    assert!(!FeatureCache::made(root.path(), &other).unwrap());
}

#[test]
fn what_a_kill_left_half_written_is_cut_off() {
    let root = TempDir::new().unwrap();
    let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
    writer.append(&[photo("a")], &row(1.0)).unwrap();
    let folder = writer.folder().to_owned();
    drop(writer);
    let append = |name: &str, bytes: &[u8]| {
        let mut file = OpenOptions::new()
            .append(true)
            .open(folder.join(name))
            .unwrap();
        file.write_all(bytes).unwrap();
    };
    append(ROWS, &[1, 2, 3]);
    append(INDEX, b"1 half-a-ke");

    let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
    assert!(writer.holds(photo("a")) && writer.rows() == 1);
    writer.append(&[photo("b")], &row(2.0)).unwrap();
    drop(writer);
    let cache = FeatureCache::open(root.path(), &key(), false).unwrap();
    let mut values = Vec::new();
    for name in ["a", "b"] {
        assert!(cache.read(photo(name), &mut values).unwrap());
    }
    assert_eq!(values, [row(1.0), row(2.0)].concat());
}

#[test]
fn what_no_data_set_has_is_dropped_and_its_row_used_again() {
    let root = TempDir::new().unwrap();
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("b.jpg"), "b").unwrap();
    let mut dataset = Dataset::made_up(data.path(), &["b.jpg"], &[]);
    let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
    writer
        .append(&[photo("a"), photo("b")], &[row(1.0), row(2.0)].concat())
        .unwrap();
    let known = KnownPhotos::open(writer.folder(), &dataset).unwrap();
    let stamp = dataset.photos.stamp("b.jpg").unwrap();
    let mut list = known.replacement().unwrap();
    let line = known_photos::line("b.jpg", stamp, Content::of(b"b"));
    list.write(line.as_bytes()).unwrap();
    list.finish().unwrap();
    assert_eq!(writer.finish().unwrap(), 1);

    let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
    assert!(!writer.holds(photo("a")) && writer.holds(photo("b")));
    writer
        .append(&[photo("c"), photo("d")], &[row(3.0), row(4.0)].concat())
        .unwrap();
    let length = fs::metadata(writer.folder().join(ROWS)).unwrap().len();
    assert_eq!(length, 3 * key().row_bytes());
    drop(writer);
    let cache = FeatureCache::open(root.path(), &key(), false).unwrap();
    let mut values = Vec::new();
    for name in ["b", "c", "d"] {
        assert!(cache.read(photo(name), &mut values).unwrap());
    }
    assert_eq!(values, [row(2.0), row(3.0), row(4.0)].concat());

    // A photo under the name that another had.
    cache.identify(&mut dataset).unwrap();
    assert!(cache.holds(RowKey::upright(dataset.train[0].content)));
    fs::write(data.path().join("b.jpg"), "other").unwrap();
    cache.identify(&mut dataset).unwrap();
    assert_eq!(dataset.train[0].content, Content::of(b"other"));
    assert!(!cache.holds(RowKey::upright(dataset.train[0].content)));
}

#[test]
fn one_writer_at_a_time_and_none_beside_a_reader() {
    let root = TempDir::new().unwrap();
    let writer = FeatureWriter::open(root.path(), &key()).unwrap();
    let error = FeatureWriter::open(root.path(), &key()).err().unwrap();
    assert!(error.to_string().contains("another `glimpse features`"));
    let error = FeatureCache::open(root.path(), &key(), false);
    assert!(error.err().unwrap().to_string().contains("is writing to"));
    drop(writer);
    let readers = [false, true].map(|view| FeatureCache::open(root.path(), &key(), view));
    assert!(readers.iter().all(Result::is_ok));
    assert!(FeatureWriter::open(root.path(), &key()).is_err());
    drop(readers);
    assert!(FeatureWriter::open(root.path(), &key()).is_ok());
}

#[test]
fn a_cache_that_does_not_say_what_photos_held_is_not_believed() {
    let root = TempDir::new().unwrap();
    let folder = key().folder(root.path()).unwrap();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(NAMES), "a.jpg\n").unwrap();
    fs::write(folder.join(ROWS), vec![0; key().row_bytes() as usize]).unwrap();
    assert!(!FeatureCache::made(root.path(), &key()).unwrap());
    let writer = FeatureWriter::open(root.path(), &key()).unwrap();
    assert_eq!(writer.rows(), 0);
    assert!(!folder.join(NAMES).exists());
}

#[test]
fn rows_that_did_not_reach_the_disk_are_refused_and_computed_anew() {
    let root = TempDir::new().unwrap();
    let photos = ["a", "b", "c"].map(photo);
    let all = [row(1.0), row(2.0), row(3.0)].concat();
    let length = key().row_bytes() as usize;
    for is_shorter in [true, false] {
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        let lacking: Vec<_> = photos
            .into_iter()
            .filter(|&key| !writer.holds(key))
            .collect();
        let start = (photos.len() - lacking.len()) * key().row_length();
        writer.append(&lacking, &all[start..]).unwrap();
        let path = writer.folder().join(ROWS);
        drop(writer);
        let mut file = fs::read(&path).unwrap();
        if is_shorter {
            file.truncate(3 * length - 10);
        } else {
            file[2 * length..].fill(0);
        }
        fs::write(&path, file).unwrap();
        let read = || {
            let cache = FeatureCache::open(root.path(), &key(), false)?;
            cache.read(photos[2], &mut Vec::new())
        };
        let error = read().unwrap_err().to_string();
        assert!(error.contains("features.f16 is "), "{error}");
        let writer = FeatureWriter::open(root.path(), &key()).unwrap();
        assert_eq!(photos.map(|key| writer.holds(key)), [true, true, false]);
        drop(writer);
        assert!(!read().unwrap());
    }
}

#[test]
fn a_row_that_is_not_as_it_was_written_is_told_where_it_is_read() {
    let root = TempDir::new().unwrap();
    let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
    let photos = ["a", "b"].map(photo);
    writer
        .append(&photos, &[row(1.0), row(2.0)].concat())
        .unwrap();
    let folder = writer.folder().to_owned();
    drop(writer);
    let [rows, index] = [ROWS, INDEX].map(|name| folder.join(name));
    let whole = fs::read(&rows).unwrap();
    let read = |photo| {
        let cache = FeatureCache::open(root.path(), &key(), false).unwrap();
        cache.read(photo, &mut Vec::new())
    };
    let length = key().row_bytes() as usize;
    for place in [0, length / 2, length - 1] {
        let mut changed = whole.clone();
        changed[length + place] ^= 1;
        fs::write(&rows, changed).unwrap();
        assert!(read(photos[0]).unwrap());
        let error = read(photos[1]).unwrap_err().to_string();
        assert!(
            error.contains("features.f16 is damaged: its row 1"),
            "{error}"
        );
    }
    // Another photo's row.
    fs::write(&rows, [&whole[..length], &whole[..length]].concat()).unwrap();
    assert!(read(photos[1]).is_err());
    fs::write(&rows, &whole).unwrap();

    // Earlier versions noted no checksums: their rows are read as ever, with others beside them.
    let list = fs::read_to_string(&index).unwrap();
    let earlier = list.lines().map(|line| line.rsplit_once(' ').unwrap().0);
    fs::write(
        &index,
        earlier.map(|line| format!("{line}\n")).collect::<String>(),
    )
    .unwrap();
    assert!(read(photos[1]).unwrap());
    let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
    writer.append(&[photo("c")], &row(3.0)).unwrap();
    drop(writer);
    assert!(read(photos[0]).unwrap() && read(photo("c")).unwrap());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_says_where() {
    let root = TempDir::new().unwrap();
    let writer = FeatureWriter::open(root.path(), &key()).unwrap();
    let folder = writer.folder().to_owned();
    drop(writer);
    // /dev/full answers every write with "no space left on device".
    fs::remove_file(folder.join(ROWS)).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.join(ROWS)).unwrap();
    let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
    let error = format!("{:#}", writer.append(&[photo("a")], &row(1.0)).unwrap_err());
    assert!(
        error.contains("No space left") && error.contains(&*folder.to_string_lossy()),
        "{error}"
    );
    assert!(!writer.holds(photo("a")));
}
