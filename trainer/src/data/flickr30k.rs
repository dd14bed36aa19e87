//! Flickr30k as it is passed around: a table of captions and one folder of photos.
//!
//! - `results.csv` (Kaggle): `image_name| comment_number| comment`, a line per caption;
//! - `flickr_annotations_30k.csv` (Hugging Face): a line per photo with Karpathy's split;
//! - `results_20130124.token` (the original): as Flickr8k's.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::builder::Builder;
use super::captions::CaptionsByPhoto;
use super::photos::{PhotoSource, only_folder};
use super::{Dataset, Split};

const KAGGLE: &str = "results.csv";
const HUGGING_FACE: &str = "flickr_annotations_30k.csv";
const ORIGINAL: &str = "results_20130124.token";
/// The files that tell this layout, the one with splits first.
pub(super) const FILES: [&str; 3] = [HUGGING_FACE, KAGGLE, ORIGINAL];
const LAYOUT: &str = "Flickr30k's layout";

/// A line of [`HUGGING_FACE`], as far as it is needed.
#[derive(Deserialize)]
struct Row {
    /// A JSON list of captions.
    raw: String,
    split: String,
    filename: String,
}

pub(super) fn open(folder: &Path) -> Result<Dataset> {
    let Some(file) = FILES.into_iter().find(|file| folder.join(file).exists()) else {
        bail!("{} holds none of {}", folder.display(), FILES.join(", "));
    };
    let path = folder.join(file);
    let photos = PhotoSource::folders(&[only_folder(folder)?])?;
    let mut builder = Builder::new("Flickr30k", photos);
    if file == HUGGING_FACE {
        read_rows(&path, &mut builder)?;
    } else {
        let captions = match file {
            KAGGLE => read_comments(&path)?,
            _ => CaptionsByPhoto::parse(&path, LAYOUT)?,
        };
        for name in captions.photos() {
            builder.add(name, captions.of(name), Split::Train);
        }
    }
    Ok(builder.finish())
}

fn read_rows(path: &Path, builder: &mut Builder) -> Result<()> {
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    for (number, row) in reader.deserialize::<Row>().enumerate() {
        // The first line has the columns' names.
        let place = || format!("{}, row {}", path.display(), number + 2);
        let row = row.with_context(place)?;
        let captions: Vec<String> = serde_json::from_str(&row.raw).with_context(place)?;
        let split = match row.split.as_str() {
            "train" => Split::Train,
            "val" => Split::Dev,
            "test" => continue,
            other => bail!("{}: unknown split {other:?}", place()),
        };
        builder.add(&row.filename, captions.iter().map(String::as_str), split);
    }
    Ok(())
}

fn read_comments(path: &Path) -> Result<CaptionsByPhoto> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'|')
        .quoting(false)
        // One line of the published file lacks a bar.
        .flexible(true)
        .from_path(path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let mut captions = CaptionsByPhoto::default();
    for (number, row) in reader.records().enumerate() {
        let row = row.with_context(|| format!("{}, row {}", path.display(), number + 2))?;
        let (Some(name), Some(caption)) = (row.get(0), row.iter().next_back()) else {
            continue;
        };
        // Without its bar the number stands before the caption.
        let caption = match row.len() {
            2 => without_number(caption),
            _ => caption,
        };
        captions.add(name.trim(), [caption.to_owned()]);
    }
    Ok(captions)
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

    fn dataset(file: &str, text: &str) -> Dataset {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("flickr30k_images")).unwrap();
        for photo in ["a.jpg", "b.jpg"] {
            fs::write(folder.path().join("flickr30k_images").join(photo), "").unwrap();
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
        assert_eq!(dataset.dev[0].name, "b.jpg");
    }
}
