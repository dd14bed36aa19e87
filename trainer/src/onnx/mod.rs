//! A captioner as ONNX (<https://onnx.ai>), for programs that run models but not this one.
//!
//! | module | what it does |
//! |---|---|
//! | `proto` | the file format's messages |
//! | `graph` | a graph as it grows |
//! | `layers` | dense layers, norms, convolutions |
//! | `weights` | a model's parameters by name |
//! | `network` | image networks |
//! | `decoder` | caption decoders |
//!
//! A captioner becomes two graphs. The encoder is run once for a photo:
//!
//! | encoder | | |
//! |---|---|---|
//! | input | `photos` | `[photos, size, size, 3]`, unsigned bytes: red, green, blue, squashed to the model's size |
//! | outputs | `image.…` | what the decoder reads of the photo |
//!
//! The decoder is run once for each word, with what it gave for the words before:
//!
//! | decoder | | |
//! |---|---|---|
//! | inputs | `token` | `[rows, 1]`, the newest token of each hypothesis |
//! | | `image.…` | the encoder's outputs: of one photo for all rows, or of as many as there are rows |
//! | | `past.…` | the last step's `present.…`; before the first word as [`Memory::begins`] says |
//! | outputs | `logits` | `[rows, vocabulary]` |
//! | | `attention` | `[rows, positions]`, where the decoder has attention: a map over the image's positions that sums to 1 |
//! | | `present.…` | what the next step is given |
//!
//! How words are chosen from the logits is not part of it: [`model_export::generate`] says how Glimpse does.

mod decoder;
mod graph;
mod layers;
mod network;
mod proto;
mod weights;

use anyhow::Result;
use burn::tensor::Device;
use model_export::encoder::FeatureLayer;
use model_export::model_file::{Manifest, ModelFile};
use serde::Serialize;

pub use self::decoder::Memory;

use self::decoder::Features;
use self::graph::{Element, Graph, Size, Value};
use self::weights::Weights;

/// A captioner's files.
pub struct Onnx {
    /// The image network, and what the decoder does once for a photo.
    pub encoder: Vec<u8>,
    /// What the decoder does for each word.
    pub decoder: Vec<u8>,
    /// How to use both, as JSON.
    pub description: Vec<u8>,
}

/// What a program has to know to run the two graphs.
#[derive(Serialize)]
struct Description<'a> {
    /// What the model file says: size of photos, vocabulary, licence.
    manifest: &'a Manifest,
    /// What is handed from step to step.
    memory: &'a [Memory],
}

/// The ONNX files of a model file's bytes. Weights are f32, as they are computed with.
///
/// # Errors
/// When the model file is refused.
pub fn onnx(model: &[u8]) -> Result<Onnx> {
    let device = Device::flex();
    let file = ModelFile::parse(model)?;
    let manifest = file.manifest();
    let (encoder, decoder) = file.load(&device)?;
    let encoder = Weights::of(&encoder)?;
    let decoder = Weights::of(&decoder)?;

    let mut graph = Graph::new("encoder");
    let photos = prepared(&mut graph, manifest);
    let map = network::feature_map(&mut graph, &encoder, manifest.encoder, &photos)?;
    let features = Features {
        map: &map,
        views: views(manifest),
        pooled: manifest.encoder.feature_layer == FeatureLayer::Pooled,
    };
    let halves = decoder::read_image(&mut graph, &decoder, &manifest.decoder, &features)?;
    let encoder_file = graph.into_file(&told(manifest, "the encoder"));

    let mut graph = Graph::new("decoder");
    decoder::step(&mut graph, &decoder, &manifest.decoder, &halves)?;
    Ok(Onnx {
        encoder: encoder_file,
        decoder: graph.into_file(&told(manifest, "the decoder")),
        description: serde_json::to_vec_pretty(&Description {
            manifest,
            memory: &halves.memory,
        })?,
    })
}

/// How many pictures of a photo the image network reads.
fn views(manifest: &Manifest) -> usize {
    if manifest.mirrored_view { 2 } else { 1 }
}

/// What the image network reads `[photos · views, 3, size, size]`: all photos, then all mirror images.
fn prepared(graph: &mut Graph, manifest: &Manifest) -> Value {
    let preparation = &manifest.preparation;
    let size = Size::Fixed(preparation.size as usize);
    let shape = [Size::Any("photos"), size, size, Size::Fixed(3)];
    let photos = graph.input("photos", Element::U8, &shape);
    // ONNX's "Cast" to f32.
    let to_f32 = vec![graph::integer("to", Element::F32 as i64)];
    let mut values = graph.node("Cast", &[&photos], to_f32);
    if manifest.mirrored_view {
        let mirrored = graph.slice(&values, 2, -1, i64::MIN + 1, -1);
        values = graph.concat(&[&values, &mirrored], 0);
    }
    let mean = graph.floats(&[3], &preparation.mean);
    let deviation = graph.floats(&[3], &preparation.deviation);
    let centred = graph.binary("Sub", &values, &mean);
    let scaled = graph.binary("Div", &centred, &deviation);
    graph.transpose(&scaled, &[0, 3, 1, 2])
}

/// What a file says of itself.
fn told(manifest: &Manifest, part: &str) -> String {
    let attribution = manifest.attribution.join("\n");
    format!(
        "{}: {part} of an image captioner.\nLicence: {}\n{attribution}",
        manifest.name, manifest.licence
    )
}
