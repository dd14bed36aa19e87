//! `glimpse presets`: what the program can be told to train.

use anyhow::Result;
use clap::Args;

use trainer::output::print;
use trainer::train::recipe::{CARRIED, Preset, explain};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Print the TOML of this preset, to begin one of your own with.
    name: Option<String>,
    /// Print it with what each key means, and the option that changes it.
    #[arg(long, requires = "name")]
    explain: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if let Some(name) = &arguments.name {
        let preset = Preset::open(name)?;
        if arguments.explain {
            return print(&explain(&preset)?);
        }
        return match CARRIED.iter().find(|(carried, _)| carried == name) {
            Some((_, text)) => print(text),
            None => print(&toml::to_string(&preset)?),
        };
    }
    let mut text = String::new();
    for (name, _) in CARRIED {
        let preset = Preset::open(name)?;
        text += &format!(
            "{name}\n  {}\n  {} ({}), {}, {} words at most; {}\n",
            preset.title,
            preset.image.architecture.name(),
            preset.image.feature_layer.name(),
            preset.decoder.kind(),
            preset.text.vocabulary,
            preset.source
        );
    }
    print(&text)
}
