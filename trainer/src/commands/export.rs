//! `glimpse export`: a run's best weights as one model file.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use model_export::model_file::Precision;
use trainer::export::{Export, Label, export};
use trainer::files;

#[derive(Clone, Copy, ValueEnum)]
enum PrecisionChoice {
    F32,
    F16,
    Int8,
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder of the training run.
    #[arg(long)]
    run: PathBuf,
    /// The model file to write.
    #[arg(long)]
    output: PathBuf,
    /// How matrices and kernels are stored.
    #[arg(long, value_enum, default_value = "int8")]
    precision: PrecisionChoice,
    /// A name for people.
    #[arg(long, default_value = "Glimpse")]
    name: String,
    /// Language of the captions, a tag of BCP 47 such as ko or zh-Hans: whose voice reads them aloud.
    #[arg(long, default_value = "en", value_parser = language_tag)]
    language: String,
    /// SPDX expression of the model's licence.
    #[arg(long, default_value = "MIT OR Apache-2.0")]
    licence: String,
    /// Source revision to record.
    #[arg(long)]
    commit: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    files::check_writable(&arguments.output)?;
    let label = Label {
        name: arguments.name.clone(),
        language: arguments.language.clone(),
        licence: arguments.licence.clone(),
        commit: arguments.commit.clone(),
    };
    let precision = match arguments.precision {
        PrecisionChoice::F32 => Precision::F32,
        PrecisionChoice::F16 => Precision::F16,
        PrecisionChoice::Int8 => Precision::Int8,
    };
    let Export {
        bytes,
        decoder_parameters,
        encoder_parameters,
    } = export(&arguments.run, label, precision)?;
    files::write_whole(&arguments.output, &bytes)?;
    eprintln!(
        "{}: {} bytes, {decoder_parameters} parameters of the decoder and {encoder_parameters} of the encoder",
        arguments.output.display(),
        bytes.len(),
    );
    Ok(())
}

/// A tag as HTML's `lang` and systems' voices have it: subtags of letters and digits between hyphens.
fn language_tag(text: &str) -> Result<String, String> {
    let is_subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let primary = text.split('-').next().unwrap_or_default();
    if (2..=3).contains(&primary.len()) && text.split('-').all(is_subtag) {
        Ok(text.to_owned())
    } else {
        Err("not a language tag such as en, ko or zh-Hans".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_told_from_names() {
        for tag in ["en", "ko", "zh-Hans", "de-CH-1996", "yue"] {
            assert_eq!(language_tag(tag).unwrap(), tag);
        }
        for name in ["", "Korean", "한국어", "en_GB", "en-", "x; rm"] {
            assert!(language_tag(name).is_err(), "{name}");
        }
    }
}
