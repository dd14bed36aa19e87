//! Which options a command line has.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The names of the options that a command line has. Flattened into a command's arguments, before all others.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenNames(pub(super) Vec<String>);

impl FromArgMatches for GivenNames {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = matches.ids().map(|id| id.as_str()).filter(|id| {
            // The parser's groups have the names of types.
            id.starts_with(char::is_lowercase)
                && matches.value_source(id) == Some(ValueSource::CommandLine)
        });
        Ok(Self(given.map(str::to_owned).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for GivenNames {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
