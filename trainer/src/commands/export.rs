//! `glimpse export`: a run's best weights as one model file, or a captioner as ONNX.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{ArgGroup, Args, ValueEnum};
use model_export::model_file::Precision;
use trainer::export::{Export, Label, export, repository};
use trainer::files;
use trainer::onnx::onnx;

#[derive(Clone, Copy, ValueEnum)]
enum PrecisionChoice {
    F32,
    F16,
    Int8,
}

#[derive(Args)]
#[command(
    group(ArgGroup::new("source").required(true).args(["run", "model"])),
    group(ArgGroup::new("target").required(true).multiple(true).args(["output", "hub", "onnx"])),
)]
pub(crate) struct Arguments {
    /// Folder of the training run.
    #[arg(long)]
    run: Option<PathBuf>,
    /// A model file, to write as ONNX.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "hub", "precision", "name", "language", "licence", "commit"])]
    model: Option<PathBuf>,
    /// The model file to write.
    #[arg(long)]
    output: Option<PathBuf>,
    /// Folder to write a repository for Hugging Face's Hub to: the model file, and a card with the run's validation and
    /// the terms of its data. It needs --licence.
    #[arg(long, value_name = "FOLDER")]
    hub: Option<PathBuf>,
    /// Folder to write encoder.onnx, decoder.onnx and model.json to, for programs that run ONNX.
    #[arg(long, value_name = "FOLDER")]
    onnx: Option<PathBuf>,
    /// How matrices and kernels are stored.
    #[arg(long, value_enum, default_value = "int8")]
    precision: PrecisionChoice,
    /// A name for people.
    #[arg(long, default_value_t = Label::default().name)]
    name: String,
    /// Language of the captions, a tag of BCP 47 such as ko or zh-Hans: whose voice reads them aloud.
    #[arg(long, default_value_t = Label::default().language, value_parser = language_tag)]
    language: String,
    /// SPDX expression of the model's licence; without it, and without --hub, MIT OR Apache-2.0.
    #[arg(long)]
    licence: Option<String>,
    /// Source revision to record.
    #[arg(long)]
    commit: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(
        arguments.hub.is_none() || arguments.licence.is_some(),
        "--hub needs --licence: what others may do with the model is yours to say, within the terms of its data"
    );
    if let Some(output) = &arguments.output {
        files::check_writable(output)?;
    }
    let (model, export) = match (&arguments.model, &arguments.run) {
        (Some(model), _) => (files::read(model)?, None),
        (None, Some(run)) => {
            let export = of_run(arguments, run)?;
            (export.bytes.clone(), Some((run, export)))
        }
        (None, None) => unreachable!("clap asks for one of both"),
    };
    if let Some(output) = &arguments.output {
        files::write_whole(output, &model)?;
        eprintln!("{}: {} bytes", output.display(), model.len());
    }
    if let Some((folder, (run, export))) = arguments.hub.as_ref().zip(export) {
        write_all(folder, &repository(run, export)?)?;
    }
    match &arguments.onnx {
        Some(folder) => {
            let of = arguments.model.as_ref().or(arguments.run.as_ref());
            let of = of.map(|path| path.display().to_string());
            let onnx = onnx(&model).with_context(|| of.unwrap_or_default())?;
            let files = [
                ("encoder.onnx", onnx.encoder),
                ("decoder.onnx", onnx.decoder),
                ("model.json", onnx.description),
            ];
            write_all(folder, &files)
        }
        None => Ok(()),
    }
}

/// The model file of a run.
fn of_run(arguments: &Arguments, run: &Path) -> Result<Export> {
    let label = Label {
        name: arguments.name.clone(),
        language: arguments.language.clone(),
        licence: arguments
            .licence
            .clone()
            .unwrap_or(Label::default().licence),
        commit: arguments.commit.clone(),
    };
    let precision = match arguments.precision {
        PrecisionChoice::F32 => Precision::F32,
        PrecisionChoice::F16 => Precision::F16,
        PrecisionChoice::Int8 => Precision::Int8,
    };
    let export = export(run, label, precision)?;
    eprintln!(
        "{}: {} parameters of the decoder and {} of the encoder",
        run.display(),
        export.decoder_parameters,
        export.encoder_parameters
    );
    Ok(export)
}

/// Writes files into a folder, which is created if need be.
fn write_all(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        files::write_whole(&path, bytes)?;
        eprintln!("{}: {} bytes", path.display(), bytes.len());
    }
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
