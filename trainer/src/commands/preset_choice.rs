//! Which preset is meant where none is named.

use anyhow::Result;
use clap::Args;
use trainer::train::recipe::Preset;

use super::given_names::GivenNames;

/// Options that say what a captioner is made of. The shipped model is what it is: with one of these another one is meant.
const PARTS: [&str; 14] = [
    "encoder",
    "encoder_weights",
    "feature_layer",
    "photo_size",
    "layers",
    "units",
    "heads",
    "feed_forward_units",
    "untied_output",
    "image_classes",
    "rules",
    "vocabulary",
    "from",
    "word_vectors",
];

/// Flattened into a command's arguments.
#[derive(Args)]
pub(crate) struct PresetChoice {
    /// The captioner's parts and its training: one that `glimpse presets` lists, or a .toml file. Where not given, it is
    /// `shipped` for fewer than 3000 training photos, which goes on from the model that comes along, and `glimpse` for
    /// more, or where options say what the captioner is made of.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
}

impl PresetChoice {
    /// The preset's name; the data set's training photos are counted only if they decide.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub(super) fn settle(
        &self,
        given: &GivenNames,
        photos: impl FnOnce() -> Result<usize>,
    ) -> Result<String> {
        if let Some(name) = &self.preset {
            return Ok(name.clone());
        }
        if given.0.iter().any(|name| PARTS.contains(&name.as_str())) {
            return Ok(Preset::DEFAULT.to_owned());
        }
        let photos = photos()?;
        let name = Preset::for_photos(photos);
        eprintln!("{photos} training photos: --preset {name}");
        Ok(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::commands::{features, train};

    #[derive(Parser)]
    struct Train {
        #[command(flatten)]
        arguments: train::Arguments,
    }

    #[derive(Parser)]
    struct Features {
        #[command(flatten)]
        _arguments: features::Arguments,
    }

    fn settled(line: &str) -> String {
        let line = std::iter::once("train").chain(line.split_whitespace());
        let arguments = Train::parse_from(line).arguments;
        let settled = arguments.preset.settle(&arguments.given, || Ok(400));
        settled.unwrap()
    }

    #[test]
    fn few_photos_go_on_from_the_shipped_model_unless_another_one_is_meant() {
        assert_eq!(settled("--data DATA"), "shipped");
        assert_eq!(settled("--data DATA --epochs 2 --mirror"), "shipped");
        assert_eq!(settled("--data DATA --units 128"), "glimpse");
        assert_eq!(settled("--data DATA --from RUN"), "glimpse");
        assert_eq!(settled("--data DATA --preset merge-lstm"), "merge-lstm");
    }

    #[test]
    fn every_part_is_an_option() {
        let command = Train::command();
        let ids: Vec<_> = command
            .get_arguments()
            .map(|option| option.get_id().as_str())
            .collect();
        assert!(PARTS.iter().all(|part| ids.contains(part)), "{ids:?}");
    }

    /// The help names the number, which is defined elsewhere.
    #[test]
    fn the_help_tells_the_truth() {
        assert_eq!(Preset::for_photos(2999), "shipped");
        assert_eq!(Preset::for_photos(3000), "glimpse");
        for mut command in [Train::command(), Features::command()] {
            let help = command.render_long_help().to_string();
            assert!(help.contains("fewer than 3000 training photos"), "{help}");
        }
    }
}
