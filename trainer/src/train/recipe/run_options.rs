//! The knobs of a run. As with a preset's, a field is all there is of one: the option, and the record of it in the
//! run's configuration.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::precision::ComputePrecision;
use crate::data::{Format, Serving};
use crate::features::Views;

/// What a run reads beside its first data set.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
pub struct Sources {
    /// The data set's layout; told by its files where not given.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Refuse a data set if anything of it would be left out.
    #[arg(long)]
    #[serde(default)]
    pub strict: bool,
    /// More captioned photos, in any of the layouts; may be given several times. Every set's validation
    /// photos are scored by themselves, and the best epoch is that of the best mean.
    #[arg(long, value_name = "FOLDER[,style=NAME][,share=N][,format=NAME]")]
    pub more_data: Vec<Serving>,
    /// Captions without photos, which teach the decoder the language: a JSON object that lists the
    /// captions of each photo by its name; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub text: Vec<PathBuf>,
    /// Folder of the feature cache; what it lacks is computed first.
    #[arg(long, default_value = "features")]
    pub features: PathBuf,
    /// How training photos are seen.
    #[command(flatten)]
    #[serde(flatten)]
    pub views: Views,
}

/// How a run learns.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
pub struct Learning {
    /// Start the word embedding with these vectors, in GloVe's text format.
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub word_vectors: Option<PathBuf>,
    /// Begin with the weights and the vocabulary of a model file, or of another run at its best; `shipped` is the model that comes
    /// along. Given several times, with the mean of their weights, which helps where they began with the same ones. The architecture
    /// must be the same, but for the image network's blocks and classes that this run has and they have not.
    #[arg(long, value_name = "RUN|MODEL")]
    pub from: Vec<PathBuf>,
    /// Self-critical training: the share of the loss that rewards drawn captions by their CIDEr-D; the
    /// rest is cross-entropy. Start from a trained run, with a smaller learning rate.
    #[arg(long, value_name = "SHARE", requires = "from")]
    pub self_critical: Option<f64>,
    /// Captions of a photo that a step reads, drawn anew each time it is shown; all of them where not given.
    /// With fewer, photos come by more often in the same time.
    #[arg(long, value_name = "N")]
    #[serde(default)]
    pub captions_per_photo: Option<usize>,
    /// Parts of a step's photos that each thread computes one after the other, their gradients summed: less memory for the
    /// same step. Twice the parts in half of the threads give the same run.
    #[arg(long, value_name = "PARTS", default_value_t = 1)]
    #[serde(default = "one")]
    pub accumulate: usize,
    /// The numbers that a Transformer computes with; weights, optimiser and loss are f32 whatever they are. f16 and bf16 are for
    /// devices that have them (`glimpse devices`): what its layers compute takes half of the memory.
    #[arg(long, value_enum, default_value_t)]
    #[serde(default)]
    pub precision: ComputePrecision,
    /// Self-critical training: what a drawn caption earns besides for the share of its content words that a
    /// reference has, in units of CIDEr-D; 0.5 is half of what a CIDEr-D of 100 earns.
    #[arg(
        long,
        value_name = "WEIGHT",
        default_value_t = 0.0,
        requires = "self_critical"
    )]
    #[serde(default)]
    pub truth_reward: f64,
    /// Captions drawn per photo in self-critical training.
    #[arg(long, default_value_t = 5)]
    pub draws: usize,
    /// Steps between two checkpoints within an epoch.
    #[arg(long, default_value_t = 100)]
    pub checkpoint_every: u64,
    /// Steps between two rows of the log.
    #[arg(long, default_value_t = 20)]
    pub log_every: u64,
    /// Seed of initial weights, data order and dropout.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

fn one() -> usize {
    1
}
