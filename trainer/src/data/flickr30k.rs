//! Flickr30k as it is passed around: a table of captions and one folder of photos.
//!
//! - `flickr_annotations_30k.csv` (Hugging Face): a line per photo with Karpathy's split;
//! - `results.csv` (Kaggle): `image_name| comment_number| comment`, a line per caption;
//! - `results_20130124.token` (the original): as Flickr8k's.
//!
//! The last two have no splits of their own; `train.txt`, `val.txt` and `test.txt`, as Flickr30k Entities has them, may
//! lie beside: a photo per line, its name or its number.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, bail};

use super::builder::{Builder, Opened};
use super::captions_by_photo::CaptionsByPhoto;
use super::split::TestSplit;
use super::table::{Columns, Table, names_a_photo};
use super::{Split, image_folder, json, text};

const KAGGLE: &str = "results.csv";
const HUGGING_FACE: &str = "flickr_annotations_30k.csv";
const ORIGINAL: &str = "results_20130124.token";
/// The files that tell this layout, the one with splits first.
const FILES: [&str; 3] = [HUGGING_FACE, KAGGLE, ORIGINAL];
/// Lists of the splits' photos. A photo of two is of the later one.
const LISTS: [(&str, Split); 3] = [
    ("train.txt", Split::Train),
    ("val.txt", Split::Dev),
    ("test.txt", Split::Test),
];
const LAYOUT: &str = "Flickr30k's layout";

/// The file that tells this layout.
pub(super) fn evidence(folder: &Path) -> Option<String> {
    let file = FILES.into_iter().find(|file| folder.join(file).is_file());
    file.map(str::to_owned)
}

pub(super) fn open(folder: &Path, test: TestSplit) -> Result<Opened> {
    let Some(file) = FILES.into_iter().find(|file| folder.join(file).exists()) else {
        bail!("{} holds none of {}", folder.display(), FILES.join(", "));
    };
    let path = folder.join(file);
    let mut builder = Builder::new("Flickr30k", folder, test);
    if file == HUGGING_FACE {
        read_rows(&path, &mut builder)?;
        return builder.finish();
    }
    let captions = match file {
        KAGGLE => {
            let text = text::read(&path, &mut builder.journal)?;
            let first = text.lines().find(|line| !line.trim().is_empty());
            if !first.is_some_and(|line| line.contains('|')) {
                // A spreadsheet has written it anew.
                image_folder::read_table(&path, "", Split::Train, &mut builder)?;
                return builder.finish();
            }
            comments(&text, &path, &mut builder)
        }
        _ => CaptionsByPhoto::parse(&path, LAYOUT, &mut builder)?,
    };
    let splits = splits(folder, &mut builder)?;
    let has_train = splits.values().any(|split| *split == Split::Train);
    for (name, captions) in captions.into_photos() {
        let captions = captions.iter();
        match splits.get(without_ending(&name)) {
            Some(split) => {
                builder.add_written(&name, &[""], captions, *split);
            }
            None if has_train => builder.add_without_split(&name),
            None => {
                builder.add_written(&name, &[""], captions, Split::Train);
            }
        }
    }
    builder.finish()
}

/// The split of each photo that a list has, by its name without an ending.
fn splits(folder: &Path, builder: &mut Builder) -> Result<HashMap<String, Split>> {
    let mut splits = HashMap::new();
    for (list, split) in LISTS {
        let path = folder.join(list);
        if path.is_file() {
            let text = text::read(&path, &mut builder.journal)?;
            let names = text.lines().map(|line| without_ending(line.trim()));
            splits.extend(names.map(|name| (name.to_owned(), split)));
        }
    }
    Ok(splits)
}

fn without_ending(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(before, _)| before)
}

fn read_rows(path: &Path, builder: &mut Builder) -> Result<()> {
    const COLUMNS: [&str; 3] = ["filename", "split", "raw"];
    let text = text::read(path, &mut builder.journal)?;
    let place_of = |cells: &[String], name: &str| {
        cells
            .iter()
            .position(|cell| cell.eq_ignore_ascii_case(name))
    };
    let table = Table::new(&text, |cells| {
        COLUMNS.iter().all(|name| place_of(cells, name).is_some())
    });
    let header = table.first();
    let [Some(photo), Some(split), Some(raw)] = COLUMNS.map(|name| place_of(&header, name)) else {
        bail!(
            "{}: its first line must have the columns {}",
            path.display(),
            COLUMNS.join(", ")
        );
    };
    let columns = Columns {
        count: header.len(),
        photo,
        last_is_caption: false,
        headless: false,
    };
    table.rows(&columns, |line, cells| {
        let read = || {
            let cells = cells?;
            let captions: Vec<String> = json::from_str(&cells[raw])
                .map_err(|_| "the column raw is no JSON list of captions".to_owned())?;
            let split = match cells[split].trim() {
                "train" => Split::Train,
                "val" => Split::Dev,
                "test" => Split::Test,
                other => return Err(format!("unknown split {other:?}")),
            };
            Ok((cells[photo].clone(), captions, split))
        };
        let place = || format!("{}, line {line}", path.display());
        if let Some((name, captions, split)) = builder.journal.take(read(), place) {
            let captions = captions.iter().map(String::as_str);
            builder.add_written(&name, &[""], captions, split);
        }
    });
    Ok(())
}

/// Lines of a photo, a number and a caption between bars, of which captions may have some too. The first
/// line may be one of names.
fn comments(text: &str, path: &Path, builder: &mut Builder) -> CaptionsByPhoto {
    let mut captions = CaptionsByPhoto::default();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((photo, rest)) = line.split_once('|') else {
            if !line.trim().is_empty() {
                builder.journal.bad(format!(
                    "{}, line {number}: expected a photo, a number and a caption between bars",
                    path.display()
                ));
            }
            continue;
        };
        if number == 1 && !names_a_photo(photo) {
            continue;
        }
        let is_number = |part: &str| part.trim().bytes().all(|byte| byte.is_ascii_digit());
        let caption = match rest.split_once('|') {
            Some((number, caption)) if is_number(number) => caption,
            // One line of the published file lacks a bar: the number stands before the caption.
            _ => without_number(rest),
        };
        builder.journal.good(1);
        captions.add(photo, [caption]);
    }
    captions
}

/// A caption without a number and white space in front of it.
fn without_number(caption: &str) -> &str {
    let caption = caption.trim_start();
    let rest = caption.trim_start_matches(|character: char| character.is_ascii_digit());
    if rest.starts_with(char::is_whitespace) {
        rest.trim_start()
    } else {
        caption
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;
    use crate::data::Dataset;

    fn dataset(file: &str, text: &str) -> Dataset {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("flickr30k_images")).unwrap();
        for photo in ["a.jpg", "b.jpg"] {
            fs::write(folder.path().join("flickr30k_images").join(photo), "").unwrap();
        }
        // The feature cache and what systems leave are no folders of photos.
        for other in ["__MACOSX", "features"] {
            fs::create_dir(folder.path().join(other)).unwrap();
        }
        fs::write(folder.path().join(file), text).unwrap();
        Dataset::open(folder.path(), None).unwrap()
    }

    #[test]
    fn all_three_tables_say_the_same() {
        let kaggle = "image_name| comment_number| comment\na.jpg| 0| A \"dog\" , here .\na.jpg| 1| Two .\n\
                      b.jpg| 0   A cat .\n";
        let original = "a.jpg#0\tA \"dog\" , here .\na.jpg#1\tTwo .\nb.jpg#0\tA cat .\n";
        for (file, text) in [(KAGGLE, kaggle), (ORIGINAL, original)] {
            let mut dataset = dataset(file, text);
            assert_eq!(dataset.train[0].captions, ["A \"dog\" , here .", "Two ."]);
            assert_eq!(dataset.train[1].captions, ["A cat ."], "{file}");
            assert_eq!(dataset.train.len(), 2, "{file}");
            dataset.hold_out(crate::data::HOLD_OUT);
            assert_eq!(dataset.train.len() + dataset.dev.len(), 2);
        }
        let rows = "raw,sentids,split,filename,img_id\n\
                    \"[\"\"A \\\"\"dog\\\"\" , here .\"\", \"\"Two .\"\"]\",\"[0, 1]\",train,a.jpg,0\n\
                    \"[\"\"A cat .\"\"]\",[2],val,b.jpg,1\n";
        let dataset = dataset(HUGGING_FACE, rows);
        assert_eq!(dataset.train[0].captions, ["A \"dog\" , here .", "Two ."]);
        assert_eq!(dataset.dev[0].name, "flickr30k_images/b.jpg");
    }

    #[test]
    fn captions_are_whole_and_none_is_lost() {
        for text in [
            "image_name| comment_number| comment\na.jpg| 0| A \" red | ball\nb.jpg| 0| B\n",
            "a.jpg| 0| A \" red | ball\nb.jpg| 0| B\n",
            "image_name,comment_number,comment\na.jpg,0,\"A \"\" red | ball\"\nb.jpg,0,B\n",
        ] {
            let dataset = dataset(KAGGLE, text);
            assert_eq!(dataset.train[0].captions, ["A \" red | ball"], "{text}");
            assert_eq!(dataset.train.len(), 2);
        }
    }
}
