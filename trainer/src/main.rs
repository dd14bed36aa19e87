//! `glimpse`: caches features, trains, evaluates and exports captioners.
#![deny(
    clippy::print_stdout,
    reason = "a pipe that is closed or a disk that is full is no reason to panic: output::print"
)]

// Its macros have the standard library's names and are for all others.
#[macro_use]
mod output;

mod arguments;
mod calibrate;
mod caption;
mod data;
mod decoding;
mod device;
mod encoder_weights;
mod evaluate;
mod export;
mod features;
mod fetch;
mod files;
mod image_classes;
mod lock;
mod memory;
mod picture;
mod preset;
mod progress;
mod score;
mod score_command;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Trains image captioners that run in the browser, and captions photos.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch a data set, or published weights of an image network, from the web.
    #[command(subcommand)]
    Fetch(fetch::Command),
    /// Show what is read of a data set, and ten of its photos with their captions.
    Data(data::Arguments),
    /// Compute the image features of a data set once, for training.
    Features(features::Arguments),
    /// Train a caption decoder on cached features.
    Train(Box<train::Arguments>),
    /// List the captioners that can be trained, or print one of them as TOML.
    Presets(preset::ListArguments),
    /// Write a trained model to one file, for the browser and for `caption`.
    Export(export::Arguments),
    /// Measure a model file on a split: cross-entropy, accuracy, and scores of its captions.
    Evaluate(evaluate::Arguments),
    /// Score a COCO results file: BLEU, METEOR, ROUGE-L, CIDEr.
    Score(score_command::Arguments),
    /// Fit how sure a model's captions are, and store it in the model file.
    Calibrate(calibrate::Arguments),
    /// Time training steps on made-up data; prints JSON.
    Benchmark(train::BenchmarkArguments),
    /// Caption photos.
    Caption(caption::Arguments),
    /// Handle the weights of pretrained image networks.
    #[command(subcommand)]
    Encoder(encoder_weights::Command),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return output::usage(&message),
    };
    let result = match cli.command {
        Command::Fetch(command) => fetch::run(&command),
        Command::Data(arguments) => data::run(&arguments),
        Command::Features(arguments) => features::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Presets(arguments) => preset::list(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Score(arguments) => score_command::run(&arguments),
        Command::Calibrate(arguments) => calibrate::run(&arguments),
        Command::Benchmark(arguments) => train::benchmark(&arguments),
        Command::Caption(arguments) => caption::run(&arguments),
        Command::Encoder(command) => encoder_weights::run(&command),
    };
    output::exit(result)
}
