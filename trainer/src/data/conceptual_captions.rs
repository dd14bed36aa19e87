//! Conceptual Captions: a `.tsv` file with a caption, a tab and a link per line, and `photos/` with the
//! photos that could be fetched, named by the line's number in nine digits (from 0) and any ending. A
//! file whose name has "val" in it is for validation.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::builder::Builder;
use super::photos::{PhotoSource, entries, files_ending, read_text};
use super::{Dataset, Split};

/// The folder of the photos; of several tables, each has one of its own name below it.
const PHOTOS: &str = "photos";
const LAYOUT: &str = "the layout of Conceptual Captions";

pub(super) fn open(folder: &Path) -> Result<Dataset> {
    let tables = files_ending(folder, "tsv")?;
    let mut builder = Builder::new("Conceptual Captions", PhotoSource::tree(folder));
    for table in &tables {
        let stem = table.file_stem().unwrap_or_default().to_string_lossy();
        let (split, photos) = match tables.len() {
            1 => (Split::Train, PHOTOS.to_owned()),
            _ => (Split::of_file(&stem), format!("{PHOTOS}/{stem}")),
        };
        let files = by_stem(&folder.join(&photos))?;
        for (number, line) in read_text(table, LAYOUT)?.lines().enumerate() {
            let Some((caption, _)) = line.split_once('\t') else {
                bail!(
                    "{}, line {}: expected a caption, a tab and a link",
                    table.display(),
                    number + 1
                );
            };
            let stem = format!("{number:09}");
            let name = files.get(&stem).unwrap_or(&stem);
            builder.add(&format!("{photos}/{name}"), [caption], split);
        }
    }
    Ok(builder.finish())
}

/// The file of each name without its ending.
fn by_stem(folder: &Path) -> Result<HashMap<String, String>> {
    let files = entries(folder).with_context(|| {
        format!(
            "there are no photos in {}: fetch them first",
            folder.display()
        )
    })?;
    Ok(files
        .iter()
        .filter_map(|path| {
            let stem = path.file_stem()?.to_str()?.to_owned();
            Some((stem, path.file_name()?.to_str()?.to_owned()))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn photos_are_found_by_their_lines_number() {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("cc.tsv"), "a dog\thttp://x/1\na cat\thttp://x/2\n").unwrap();
        let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
        assert!(error.contains("fetch them first"), "{error}");
        fs::create_dir(path("photos")).unwrap();
        fs::write(path("photos/000000001.webp"), "").unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.train[0].name, "photos/000000001.webp");
        assert_eq!(dataset.train[0].captions, ["a cat"]);
        assert_eq!(dataset.defects.without_file, ["photos/000000000"]);

        fs::write(path("cc.tsv"), "a dog http://x/1\n").unwrap();
        let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
        assert!(error.contains("line 1"), "{error}");
    }
}
