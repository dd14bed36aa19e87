//! A run's curves and sample captions as TensorBoard reads them: records of TFRecord files, each an `Event`.
//!
//! Numbers of fields are those of TensorFlow's `event.proto`, `summary.proto` and `tensor.proto`
//! (<https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core>).

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use prost::Message;

/// What TensorBoard looks for in a file's name.
const PREFIX: &str = "events.out.tfevents";
const FILE_VERSION: &str = "brain.Event:2";
/// `SessionLog.START`: what an earlier file has of this step or later ones is to be forgotten.
const START: i32 = 1;
/// `DT_STRING`.
const STRING: i32 = 7;

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "3, 5, 7")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
}

#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    #[prost(int32, tag = "1")]
    status: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
    #[prost(message, optional, tag = "8")]
    tensor: Option<Tensor>,
    #[prost(message, optional, tag = "9")]
    metadata: Option<Metadata>,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int32, tag = "1")]
    dtype: i32,
    #[prost(message, optional, tag = "2")]
    tensor_shape: Option<Shape>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    string_val: Vec<Vec<u8>>,
}

/// Without a dimension: a single value.
#[derive(Clone, PartialEq, Message)]
struct Shape {}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(message, optional, tag = "1")]
    plugin_data: Option<Plugin>,
}

#[derive(Clone, PartialEq, Message)]
struct Plugin {
    #[prost(string, tag = "1")]
    plugin_name: String,
}

/// A file of events.
pub(crate) struct TensorBoard {
    path: PathBuf,
    file: File,
}

impl TensorBoard {
    /// A new file in a folder, for what comes after `step`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn create(folder: &Path, step: u64) -> Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let seconds = now() as u64;
        let name = |number: u32| folder.join(format!("{PREFIX}.{seconds}.{number}.glimpse"));
        // A run may be resumed twice within a second.
        let path = (0..).map(name).find(|path| !path.exists());
        let path = path.context("no name is left for another file of events")?;
        let file = OpenOptions::new().create_new(true).append(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        let mut this = Self { path, file };
        this.write(0, What::FileVersion(FILE_VERSION.to_owned()))?;
        // Rows of steps after the last checkpoint are written again.
        let session = SessionLog { status: START };
        this.write(step + 1, What::SessionLog(session))?;
        Ok(this)
    }

    /// Adds values after a step, each by its tag.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn scalars(&mut self, step: u64, values: &[(&str, f64)]) -> Result<()> {
        let value = |&(tag, value): &(&str, f64)| Value {
            tag: tag.to_owned(),
            simple_value: Some(value as f32),
            ..Value::default()
        };
        let value = values.iter().map(value).collect();
        self.write(step, What::Summary(Summary { value }))
    }

    /// Adds a text, shown as Markdown.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn text(&mut self, step: u64, tag: &str, text: &str) -> Result<()> {
        let value = Value {
            tag: tag.to_owned(),
            tensor: Some(Tensor {
                dtype: STRING,
                tensor_shape: Some(Shape {}),
                string_val: vec![text.as_bytes().to_vec()],
            }),
            metadata: Some(Metadata {
                plugin_data: Some(Plugin {
                    plugin_name: "text".to_owned(),
                }),
            }),
            ..Value::default()
        };
        self.write(step, What::Summary(Summary { value: vec![value] }))
    }

    fn write(&mut self, step: u64, what: What) -> Result<()> {
        let event = Event {
            wall_time: now(),
            step: step as i64,
            what: Some(what),
        };
        let record = record(&event.encode_to_vec());
        self.file
            .write_all(&record)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |time| time.as_secs_f64())
}

/// A record of a TFRecord file: length and data, each followed by its masked CRC-32C.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let sum = |bytes| masked(crc32c::crc32c(bytes)).to_le_bytes();
    [&length[..], &sum(&length), data, &sum(data)].concat()
}

/// TFRecord's mask: sums of data that holds sums would be weak without it.
fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    /// Every event of a file, each sum checked.
    fn events(path: &Path) -> Vec<Event> {
        let bytes = fs::read(path).unwrap();
        let mut rest = bytes.as_slice();
        let mut events = Vec::new();
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            let data = &rest[12..12 + length];
            assert_eq!(record(data), rest[..16 + length]);
            events.push(Event::decode(data).unwrap());
            rest = &rest[16 + length..];
        }
        events
    }

    /// TensorBoard's own writer begins a file with these bytes, but for the time: sums by the CRC-32C of its package, 2.21.
    #[test]
    fn the_first_record_is_tensorboards() {
        let event = Event {
            wall_time: 0.0,
            step: 0,
            what: Some(What::FileVersion(FILE_VERSION.to_owned())),
        };
        let data = event.encode_to_vec();
        assert_eq!(data, b"\x1a\rbrain.Event:2");
        let record = record(&data);
        assert_eq!(record[8..12], [109, 83, 43, 9]);
        assert_eq!(record[12 + data.len()..], [252, 152, 81, 41]);
    }

    #[test]
    fn a_resumed_run_has_a_second_file_that_begins_after_the_checkpoint() {
        let folder = TempDir::new().unwrap();
        let mut first = TensorBoard::create(folder.path(), 0).unwrap();
        first.scalars(1, &[("loss", 2.5), ("reward", 0.5)]).unwrap();
        first.text(1, "samples", "a dog").unwrap();
        let second = TensorBoard::create(folder.path(), 7).unwrap();
        assert_ne!(first.path, second.path);
        let [version, start, values, text] = &events(&first.path)[..] else {
            panic!("four events");
        };
        assert_eq!(
            version.what,
            Some(What::FileVersion(FILE_VERSION.to_owned()))
        );
        assert_eq!(start.step, 1);
        let Some(What::Summary(values)) = &values.what else {
            panic!("{values:?}");
        };
        let values: Vec<_> = values
            .value
            .iter()
            .map(|value| (value.tag.as_str(), value.simple_value))
            .collect();
        assert_eq!(values, [("loss", Some(2.5)), ("reward", Some(0.5))]);
        assert!(text.encode_to_vec().windows(5).any(|part| part == b"a dog"));
        assert_eq!(events(&second.path)[1].step, 8);
    }
}
