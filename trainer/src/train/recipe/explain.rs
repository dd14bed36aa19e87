//! A preset with what each of its keys means: that is said once, by the option that changes it.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use clap::{Args, Command};
use toml::{Table, Value};

use super::decoder_options::DecoderOptions;
use super::parts::{DataRecipe, TextRecipe, TrainingRecipe};
use super::preset::Preset;
use crate::encoder_weights::EncoderOptions;

/// Columns of a comment.
const WIDTH: usize = 100;

/// A preset as TOML, each key below its option and what that means. Keys that have no value are there as comments.
///
/// # Errors
/// When a number is too large for TOML.
pub fn explain(preset: &Preset) -> Result<String> {
    let table = Table::try_from(preset).context("the preset cannot be written as TOML")?;
    let mut text = String::new();
    for key in ["title", "source", "from"] {
        if let Some(value) = table.get(key) {
            text += &format!("{key} = {value}\n");
        }
    }
    for (name, command) in [
        ("image", EncoderOptions::augment_args(Command::new(""))),
        ("decoder", DecoderOptions::augment_args(Command::new(""))),
        (
            "text",
            TextRecipe::augment_args_for_update(Command::new("")),
        ),
        (
            "data",
            DataRecipe::augment_args_for_update(Command::new("")),
        ),
        (
            "training",
            TrainingRecipe::augment_args_for_update(Command::new("")),
        ),
    ] {
        if let Some(Value::Table(part)) = table.get(name) {
            section(&mut text, name, part, &command)?;
        }
    }
    Ok(text)
}

/// A table, its keys in the order of the options, then those that have none.
fn section(text: &mut String, name: &str, table: &Table, command: &Command) -> Result<()> {
    writeln!(text, "\n[{name}]")?;
    // Recipes are options through and through; of image network and decoder only some values are.
    let is_recipe = !matches!(name, "image" | "decoder");
    let mut explained = Vec::new();
    for argument in command.get_arguments() {
        let key = argument.get_id().as_str();
        let value = table.get(key).filter(|value| !value.is_table());
        if value.is_none() && !is_recipe {
            continue;
        }
        let option = argument
            .get_long()
            .map_or(String::new(), |long| format!("--{long}: "));
        let help = argument.get_long_help().or(argument.get_help());
        let help = help.map_or(String::new(), ToString::to_string);
        comment(text, &format!("{option}{help}"))?;
        match value {
            Some(value) => writeln!(text, "{key} = {value}")?,
            None => writeln!(text, "# {key} = (not set)")?,
        }
        explained.push(key);
    }
    for (key, value) in table {
        if !value.is_table() && !explained.contains(&key.as_str()) {
            writeln!(text, "{key} = {value}")?;
        }
    }
    for (key, value) in table {
        if let Value::Table(below) = value {
            section(text, &format!("{name}.{key}"), below, &Command::new(""))?;
        }
    }
    Ok(())
}

fn comment(text: &mut String, words: &str) -> Result<()> {
    let mut line = "#".to_owned();
    for word in words.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(text, "{line}")?;
            line = "#".to_owned();
        }
        line += " ";
        line += word;
    }
    writeln!(text, "{line}")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::recipe::CARRIED;

    #[test]
    fn an_explained_preset_is_the_preset() {
        for (name, _) in CARRIED {
            let preset = Preset::open(name).unwrap();
            let explained = explain(&preset).unwrap();
            let again: Table = toml::from_str(&explained).unwrap();
            assert_eq!(again, Table::try_from(&preset).unwrap(), "{explained}");
            assert!(
                explained
                    .contains("# --warm-up: Steps over which the learning rate rises from 0\n"),
                "{explained}"
            );
            assert!(
                explained.contains("# captions = (not set)\n") == preset.data.captions.is_none(),
                "{explained}"
            );
            assert!(
                explained
                    .lines()
                    .all(|line| !line.starts_with('#') || line.len() <= WIDTH)
            );
        }
    }
}
