//! The decoder before the first step.

use anyhow::{Result, anyhow, ensure};
use burn::module::Module;
use burn::tensor::Device;
use model_export::decoder::{Decoder, DecoderConfig};
use model_export::vocabulary::Vocabulary;

use super::earlier::Origin;
use super::word_vectors::{WordVectors, word_vector_dimension};
use crate::train::input::Input;
use crate::train::learn::WeightAverage;
use crate::train::recipe::TrainConfig;

/// The vocabulary of what a run begins with: its words go with its weights. None where the weights are new.
///
/// # Errors
/// When it cannot be read, or several have different ones.
pub(crate) fn vocabulary(config: &TrainConfig) -> Result<Option<Vocabulary>> {
    let [first, others @ ..] = config.learning.from.as_slice() else {
        return Ok(None);
    };
    let vocabulary = Origin::open(first)?.vocabulary()?;
    for other in others {
        ensure!(
            Origin::open(other)?.vocabulary()? == vocabulary,
            "{} and {} have different vocabularies, so their weights have no mean",
            first.display(),
            other.display()
        );
    }
    Ok(Some(vocabulary))
}

/// Sets the width of a merge decoder's embedding to that of the vectors that it begins with.
///
/// # Errors
/// When these cannot be read.
pub(crate) fn settle_embedding(config: &mut TrainConfig) -> Result<()> {
    if let DecoderConfig::MergeLstm(decoder) = &mut config.recipe.decoder {
        match (&config.learning.word_vectors, config.learning.from.first()) {
            (Some(path), _) => decoder.embedding_units = word_vector_dimension(path)?,
            // The word vectors are among the weights that it begins with.
            (None, Some(origin)) => {
                if let DecoderConfig::MergeLstm(before) = Origin::open(origin)?.decoder_config() {
                    decoder.embedding_units = before.embedding_units;
                    decoder.frozen_embedding = before.frozen_embedding;
                }
            }
            // Random vectors are not worth keeping.
            (None, None) => decoder.frozen_embedding = false,
        }
    }
    Ok(())
}

/// The decoder that a run begins with.
///
/// # Errors
/// When what it begins with cannot be read, or has other sizes.
pub(crate) fn initial_decoder(
    config: &TrainConfig,
    input: &Input,
    device: &Device,
) -> Result<Decoder> {
    device.seed(config.learning.seed);
    if !config.learning.from.is_empty() {
        let new = pretrained_decoder(config, device)?.valid();
        let origins = config.learning.from.iter();
        let decoders = origins
            .map(|path| {
                let origin = Origin::open(path)?;
                let decoder = origin.decoder(&new, config.encoder(), device)?;
                // Blocks that it has not trained are the pretrained ones.
                Ok(WeightAverage::mean(&[decoder]).apply(new.clone()))
            })
            .collect::<Result<Vec<_>>>()?;
        let mean = WeightAverage::mean(&decoders).apply(new).train();
        return Ok(mean);
    }
    let bias = input.vocabulary.log_frequency_bias(input.captions());
    let mut decoder = pretrained_decoder(config, device)?.with_output_bias(bias);
    if let Some(path) = &config.learning.word_vectors {
        let vectors = WordVectors::read(path, &input.vocabulary)?;
        let embedding = decoder.token_embedding();
        let [_, units] = embedding.dims();
        let embedding = embedding
            .into_data()
            .try_into_vec()
            .map_err(|error| anyhow!("the device failed: {error:?}"))?;
        decoder = decoder.with_token_embedding(vectors.overwrite(embedding, units)?);
    }
    // Parameters draw their first values when they are first read: now and in their own order,
    // so that these do not depend on how a step is shared out.
    Ok(decoder.valid().train())
}

/// A decoder with random weights, but for the layers that it takes over from the image network.
///
/// # Errors
/// When the image network's weights cannot be read.
pub(crate) fn pretrained_decoder(config: &TrainConfig, device: &Device) -> Result<Decoder> {
    let decoder = Decoder::new(&config.recipe.decoder, device);
    let layer = config.encoder().feature_layer;
    if !layer.leaves_a_tail() {
        return Ok(decoder);
    }
    let weights = config.encoder_weights()?;
    let (_, mut tail) = weights.load(layer, &Device::flex())?;
    if config.recipe.decoder.image_classes().is_some() {
        tail.classifier = Some(weights.classifier(&Device::flex())?);
    }
    Ok(decoder.with_image_tail(tail))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use model_export::decoder::MergeLstmConfig;
    use temp_dir::TempDir;

    use super::*;
    use crate::features::Views;
    use crate::shipped_model::SHIPPED;
    use crate::train::recipe::{ComputePrecision, Learning, Preset, Sources};

    fn merge_lstm(config: &TrainConfig) -> &MergeLstmConfig {
        match &config.recipe.decoder {
            DecoderConfig::MergeLstm(decoder) => decoder,
            other => panic!("{other:?}"),
        }
    }

    /// A run of the merge decoder.
    fn config(word_vectors: Option<PathBuf>, from: Vec<PathBuf>) -> TrainConfig {
        let mut config = TrainConfig {
            data: "DATA".parse().unwrap(),
            sources: Sources {
                format: None,
                strict: false,
                more_data: Vec::new(),
                text: Vec::new(),
                features: PathBuf::from("features"),
                views: Views::default(),
            },
            encoder_weights: None,
            preset: "merge-lstm".to_owned(),
            recipe: Preset::open("merge-lstm").unwrap(),
            threads: 1,
            learning: Learning {
                word_vectors,
                from,
                captions_per_photo: None,
                self_critical: None,
                truth_reward: 0.0,
                accumulate: 1,
                precision: ComputePrecision::F32,
                draws: 5,
                checkpoint_every: 100,
                log_every: 20,
                seed: 1,
            },
        };
        config.check().unwrap();
        settle_embedding(&mut config).unwrap();
        config
    }

    /// Otherwise nobody could go on from it by its name.
    #[test]
    fn the_shipped_preset_is_made_for_the_shipped_model() {
        let origin = Origin::open(Path::new(SHIPPED)).unwrap();
        let vocabulary = origin.vocabulary().unwrap();
        let preset = Preset::open(SHIPPED).unwrap();
        let config = TrainConfig {
            preset: SHIPPED.to_owned(),
            recipe: preset,
            ..config(None, vec![PathBuf::from(SHIPPED)])
        };
        let config = config.with_vocabulary(&vocabulary).unwrap();
        let device = Device::flex();
        let new = pretrained_decoder(&config, &device).unwrap();
        origin.decoder(&new, config.encoder(), &device).unwrap();
    }

    #[test]
    fn a_run_that_goes_on_keeps_the_embedding_of_the_one_before() {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("glove.txt"), "dog 1 2 3\ncat 4 5 6\n").unwrap();
        let first = config(Some(path("glove.txt")), Vec::new());
        fs::write(path("config.json"), serde_json::to_string(&first).unwrap()).unwrap();
        let second = config(None, vec![folder.path().to_owned()]);
        assert_eq!(merge_lstm(&second).embedding_units, 3);
        assert!(merge_lstm(&second).frozen_embedding);
        let alone = config(None, Vec::new());
        assert!(!merge_lstm(&alone).frozen_embedding);
    }
}
