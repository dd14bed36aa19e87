//! Whatever stands in the files of a data set, the steps of reading it hold together. The readers as wholes are tried in
//! `tests/outside_bytes`.

#[path = "../../../tests/outside_bytes/config.rs"]
mod config;

use std::fs;

use proptest::prelude::*;
use temp_dir::TempDir;

use self::config::config;
use super::names::Names;
use super::table::{Columns, Table};
use super::{Dataset, Format, Journal, json, text};

const TABLE: &[u8] =
    include_bytes!("../../tests/fixtures/parquet/data/train-00000-of-00002.parquet");

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_text_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let length = bytes.len();
        if let Ok(text) = text::decode(bytes, "a.csv", &mut Journal::default()) {
            prop_assert!(text.len() <= 3 * length);
            let _ = json::from_str::<serde_json::Value>(&text);
        }
    }

    #[test]
    fn every_line_of_a_table_is_a_row_or_told(text in "([a-c;,|\t\"\n]|\\.jpg){0,60}") {
        let table = Table::new(&text, |_| false);
        let count = table.first().len().max(1);
        for last_is_caption in [false, true] {
            let columns = Columns { count, photo: 0, last_is_caption, headless: true };
            let mut last = 0;
            table.rows(&columns, |line, row| {
                assert!(line > last, "line {line} after {last} of {text:?}");
                last = line;
                assert!(row.is_err() || row.is_ok_and(|cells| cells.len() == count));
            });
        }
    }

    #[test]
    fn a_name_stays_below_its_folder(name in "([a-z./\\\\: \"\u{FEFF}]|\\.\\./|/etc/){0,30}") {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.child("a")).unwrap();
        fs::write(folder.child("a/b.jpg"), "").unwrap();
        let names = Names::new(folder.path());
        if let Ok(found) = names.find(&name, &["", "a"]) {
            prop_assert_eq!(found, "a/b.jpg");
        }
    }

    #[test]
    fn photos_of_a_damaged_table_are_bytes_or_an_error(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let folder = TempDir::new().unwrap();
        let path = folder.child("0.parquet");
        fs::write(&path, TABLE).unwrap();
        let whole = Dataset::open(folder.path(), Some(Format::Parquet)).unwrap();
        let mut bytes = TABLE.to_vec();
        for (place, value) in changes {
            *place.get_mut(&mut bytes) = value;
        }
        fs::write(&path, bytes).unwrap();
        let damaged = Dataset::open(folder.path(), Some(Format::Parquet));
        for dataset in damaged.iter().chain([&whole]) {
            for photo in &dataset.train {
                let _ = dataset.photos.read(&photo.name);
            }
        }
    }
}
