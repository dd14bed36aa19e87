//! The command that is recorded in a model file.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::config::TrainConfig;
use super::overrides;
use super::precision::ComputePrecision;
use crate::shipped_model::SHIPPED;

/// The command that makes such a run, with paths left to the reader.
///
/// # Errors
/// None that is known.
pub(crate) fn command(config: &TrainConfig) -> Result<String> {
    let file = |name: &str, path: &Option<PathBuf>| match path {
        Some(_) => format!(" --{name} FILE"),
        None => String::new(),
    };
    Ok([
        format!(
            "glimpse train --data DATA{} --output RUN",
            config.data.suffix()
        ),
        config
            .sources
            .more_data
            .iter()
            .map(|serving| format!(" --more-data DATA{}", serving.suffix()))
            .collect(),
        " --text FILE".repeat(config.sources.text.len()),
        file("encoder-weights", &config.encoder_weights),
        config.sources.views.options(),
        format!(" --preset {}", config.preset),
        overrides::recorded(&config.recipe)?,
        file("word-vectors", &config.learning.word_vectors),
        format!(" --threads {}", config.threads),
        match config.learning.accumulate {
            1 => String::new(),
            parts => format!(" --accumulate {parts}"),
        },
        match config.learning.precision {
            ComputePrecision::F32 => String::new(),
            other => format!(" --precision {}", other.name()),
        },
        config
            .learning
            .from
            .iter()
            .map(|origin| match origin == Path::new(SHIPPED) {
                true => format!(" --from {SHIPPED}"),
                false => " --from RUN_BEFORE".to_owned(),
            })
            .collect(),
        config
            .learning
            .captions_per_photo
            .map(|count| format!(" --captions-per-photo {count}"))
            .unwrap_or_default(),
        match config.learning.self_critical {
            Some(share) => {
                let truth = match config.learning.truth_reward {
                    0.0 => String::new(),
                    weight => format!(" --truth-reward {weight}"),
                };
                format!(
                    " --self-critical {share}{truth} --draws {}",
                    config.learning.draws
                )
            }
            None => String::new(),
        },
        format!(" --seed {}", config.learning.seed),
    ]
    .concat())
}
