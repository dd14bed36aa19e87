//! Options that take the place of a recipe's values: the recipe's own struct says which there are.

use std::marker::PhantomData;

use anyhow::Result;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde::Serialize;
use serde_json::Value;

/// What the command line says of the values of a `T`; none of them must be said.
pub(super) struct Given<T> {
    matches: ArgMatches,
    of: PhantomData<T>,
}

impl<T: Args> Given<T> {
    /// Puts the values that were said into a recipe.
    ///
    /// # Errors
    /// None that clap has not told before.
    pub(super) fn apply(&self, recipe: &mut T) -> Result<()> {
        Ok(recipe.update_from_arg_matches(&self.matches)?)
    }
}

impl<T: Args> Args for Given<T> {
    fn augment_args(command: Command) -> Command {
        T::augment_args_for_update(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        T::augment_args_for_update(command)
    }
}

impl<T: Args> FromArgMatches for Given<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            matches: matches.clone(),
            of: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.matches = matches.clone();
        Ok(())
    }
}

/// The options that give a recipe's values, in the order of its fields: those that are `without_effect` are left
/// out, and so are those that are not set.
///
/// # Errors
/// None that is known.
pub(super) fn recorded<T: Args + Serialize>(
    recipe: &T,
    without_effect: &[(&str, f64)],
) -> Result<String> {
    let values = serde_json::to_value(recipe)?;
    let command = T::augment_args_for_update(Command::new(""));
    let options = command.get_arguments().filter_map(|argument| {
        let field = argument.get_id().as_str();
        let value = &values[field];
        let number = value.as_f64();
        if number.is_some_and(|number| without_effect.contains(&(field, number))) {
            return None;
        }
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            // Without an exponent, as Rust writes it.
            Value::Number(number) if number.is_f64() => number.as_f64()?.to_string(),
            other => other.to_string(),
        };
        Some(format!(" --{} {text}", argument.get_long()?))
    });
    Ok(options.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use clap::Parser;

    use super::*;
    use crate::train::recipe::parts::{DataRecipe, TextRecipe, TrainingRecipe};
    use crate::train::recipe::preset::Preset;

    #[derive(Parser)]
    struct CommandLine {
        #[command(flatten)]
        text: Given<TextRecipe>,
        #[command(flatten)]
        data: Given<DataRecipe>,
        #[command(flatten)]
        training: Given<TrainingRecipe>,
    }

    /// The preset with what a command line gives.
    fn apply(line: &str, mut preset: Preset) -> Preset {
        let line = CommandLine::parse_from(std::iter::once("").chain(line.split_whitespace()));
        line.text.apply(&mut preset.text).unwrap();
        line.data.apply(&mut preset.data).unwrap();
        line.training.apply(&mut preset.training).unwrap();
        preset
    }

    fn fields(recipe: &impl Serialize) -> HashSet<String> {
        let Value::Object(fields) = serde_json::to_value(recipe).unwrap() else {
            panic!("a recipe is a table");
        };
        fields.into_iter().map(|(field, _)| field).collect()
    }

    fn options<T: Args>() -> HashSet<String> {
        let command = T::augment_args_for_update(Command::new(""));
        let ids = command.get_arguments().map(|argument| argument.get_id());
        ids.map(|id| id.as_str().to_owned()).collect()
    }

    #[test]
    fn only_what_is_said_is_changed() {
        let before = Preset::open("glimpse").unwrap();
        let after = apply(
            "--epochs 3 --captions 9 --text-rules clean-descriptions",
            before.clone(),
        );
        assert_eq!(after.training.epochs, 3);
        assert_eq!(after.data.captions, Some(9));
        assert_eq!(after.text.rules.name(), "clean-descriptions");
        let restored = apply("--epochs 10 --text-rules tf-tutorial", after);
        let value = |preset: &Preset| serde_json::to_value(preset).unwrap();
        assert_eq!(value(&restored)["training"], value(&before)["training"]);
        assert_eq!(value(&restored)["text"], value(&before)["text"]);
    }

    #[test]
    fn every_field_is_an_option() {
        let Preset {
            text,
            data,
            training,
            ..
        } = Preset::open("glimpse").unwrap();
        assert_eq!(fields(&text), options::<TextRecipe>());
        assert_eq!(fields(&data), options::<DataRecipe>());
        assert_eq!(fields(&training), options::<TrainingRecipe>());
    }

    #[test]
    fn what_is_recorded_gives_the_recipe_again() {
        let mut preset = Preset::open("glimpse").unwrap();
        preset.data.captions = Some(30_000);
        preset.training.epoch_steps = Some(7);
        preset.training.block_learning_rate = 0.5;
        preset.training.doubly_stochastic = 0.25;
        preset.training.epsilon = 1e-8;
        let line = [
            recorded(&preset.text, &[]).unwrap(),
            recorded(&preset.data, &[]).unwrap(),
            recorded(&preset.training, &TrainingRecipe::WITHOUT_EFFECT).unwrap(),
        ]
        .concat();
        assert!(line.contains(" --epsilon 0.00000001 "), "{line}");
        let again = apply(&line, Preset::open("show-attend-tell").unwrap());
        let value = |preset: &Preset| serde_json::to_value(preset).unwrap();
        for part in ["text", "data", "training"] {
            assert_eq!(value(&again)[part], value(&preset)[part], "{line}");
        }
        preset.training.block_learning_rate = 1.0;
        preset.training.doubly_stochastic = 0.0;
        let line = recorded(&preset.training, &TrainingRecipe::WITHOUT_EFFECT).unwrap();
        assert!(
            !line.contains("block") && !line.contains("doubly"),
            "{line}"
        );
    }
}
