//! Options that have defaults of their own, and which of them the command line says.

use anyhow::{Context, Result};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A group of options: its values, and the fields that the command line says.
#[derive(Clone, Debug)]
pub struct Chosen<T> {
    /// What the command line says, and the defaults of all else.
    pub values: T,
    said: Vec<String>,
}

impl<T: Clone + Serialize + DeserializeOwned> Chosen<T> {
    /// Other values, with what the command line says in the place of theirs.
    ///
    /// # Errors
    /// When a path is no Unicode.
    pub fn over(&self, base: &T) -> Result<T> {
        let context = "an option cannot be recorded";
        let mut merged = serde_json::to_value(base).context(context)?;
        let values = serde_json::to_value(&self.values).context(context)?;
        for field in &self.said {
            merged[field] = values[field].clone();
        }
        Ok(serde_json::from_value(merged)?)
    }
}

impl<T: Args> Args for Chosen<T> {
    fn augment_args(command: Command) -> Command {
        T::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        T::augment_args_for_update(command)
    }
}

impl<T: Args> FromArgMatches for Chosen<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let own = T::augment_args(Command::new(""));
        let said = own
            .get_arguments()
            .map(|argument| argument.get_id().as_str())
            .filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine))
            .map(str::to_owned)
            .collect();
        Ok(Self {
            values: T::from_arg_matches(matches)?,
            said,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;
    use serde_json::Value;

    use super::*;
    use crate::train::recipe::{Learning, Sources};

    #[derive(Parser)]
    struct CommandLine {
        #[command(flatten)]
        sources: Chosen<Sources>,
        #[command(flatten)]
        learning: Chosen<Learning>,
    }

    fn parse(line: &str) -> CommandLine {
        CommandLine::parse_from(std::iter::once("").chain(line.split_whitespace()))
    }

    #[test]
    fn what_is_said_takes_the_place_of_a_recipes_values_and_defaults_do_not() {
        let base = parse("--mirror --crops 3 --features OTHER --seed 9 --draws 7 --from RUN");
        let line = parse("--crops 2 --draws 4");
        let sources = line.sources.over(&base.sources.values).unwrap();
        assert_eq!(sources.features, Path::new("OTHER"));
        assert_eq!(sources.views.options(), " --mirror --crops 2");
        let learning = line.learning.over(&base.learning.values).unwrap();
        assert_eq!((learning.seed, learning.draws), (9, 4));
        assert_eq!(learning.from, [Path::new("RUN")]);
    }

    #[test]
    fn every_option_is_a_field() {
        let line = parse("");
        let sources = serde_json::to_value(&line.sources.values).unwrap();
        let learning = serde_json::to_value(&line.learning.values).unwrap();
        let lacks = |command: Command, fields: &Value| {
            command
                .get_arguments()
                .map(|argument| argument.get_id().to_string())
                .find(|id| fields.get(id).is_none())
        };
        let own = Command::new("");
        assert_eq!(lacks(Sources::augment_args(own.clone()), &sources), None);
        assert_eq!(lacks(Learning::augment_args(own), &learning), None);
    }
}
