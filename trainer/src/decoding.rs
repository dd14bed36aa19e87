//! The options of decoding on the command line, the same wherever captions are made.

use anyhow::{Error, Result, bail, ensure};
use clap::Args;
use model_export::{Captioner, GenerateOptions, Sampling, Strategy};

/// How captions are chosen. Flattened into a command's arguments.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Decoding")]
pub struct DecodingArguments {
    /// Write in this one of the model's styles, the manner of a data set that it learned from [default:
    /// the plain one]
    #[arg(long, value_name = "NAME")]
    style: Option<String>,
    /// Beginnings of a caption that beam search keeps after each word; 1 takes the likeliest word
    /// each time [default: 5]
    #[arg(long, value_name = "N", conflicts_with = "sample")]
    beams: Option<usize>,
    /// Captions are ranked by their log-probability divided by this power of their length: 0 favours
    /// short ones, 1 compares the mean per word [default: 0.75]
    #[arg(long, value_name = "POWER")]
    length_penalty: Option<f64>,
    /// Also give this many runners-up per photo [default: 0]
    #[arg(long, value_name = "N")]
    alternatives: Option<usize>,
    /// Let no sequence of this many words stand twice in a caption; 0 allows all [default: 0]
    #[arg(long, value_name = "N")]
    repeat_block: Option<usize>,
    /// Let a word that says what is shown stand twice in a caption, too [default: once, in captions in English]
    #[arg(long)]
    repeat_words: bool,
    /// Most words of a caption [default: 30]
    #[arg(long, value_name = "N")]
    max_words: Option<usize>,
    /// Draw words at random by their probabilities instead of searching for the likeliest caption
    #[arg(long)]
    sample: bool,
    /// With --sample: below 1 favours likely words, above 1 unlikely ones [default: 1]
    #[arg(long, value_name = "T")]
    temperature: Option<f32>,
    /// With --sample: draw among this many likeliest words; 0 allows all [default: 0]
    #[arg(long, value_name = "K")]
    top_k: Option<usize>,
    /// With --sample: draw among the fewest likeliest words that have this probability together
    /// [default: 1]
    #[arg(long, value_name = "P")]
    top_p: Option<f32>,
    /// With --sample: where the random numbers begin; the same seed gives the same captions
    /// [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl DecodingArguments {
    /// The options that these arguments stand for.
    ///
    /// # Errors
    /// A sentence that names an argument out of its range, or two that do not go together.
    pub fn options(&self) -> Result<GenerateOptions> {
        let default = GenerateOptions::default();
        let captions = match self.alternatives {
            Some(alternatives) => alternatives.saturating_add(1),
            None => default.captions,
        };
        let strategy = if self.sample {
            let default = Sampling::default();
            Strategy::Sample(Sampling {
                temperature: self.temperature.unwrap_or(default.temperature),
                top_k: self.top_k.unwrap_or(default.top_k),
                top_p: self.top_p.unwrap_or(default.top_p),
                seed: self.seed.unwrap_or(default.seed),
            })
        } else {
            for (name, given) in [
                ("--temperature", self.temperature.is_some()),
                ("--top-k", self.top_k.is_some()),
                ("--top-p", self.top_p.is_some()),
                ("--seed", self.seed.is_some()),
            ] {
                ensure!(
                    !given,
                    "{name} is about drawing words at random: it needs --sample"
                );
            }
            self.beam_search(captions, &default.strategy)?
        };
        let options = GenerateOptions {
            start: default.start,
            max_words: self.max_words.unwrap_or(default.max_words),
            repeat_block: self.repeat_block.unwrap_or(default.repeat_block),
            said_once: default.said_once,
            length_penalty: self.length_penalty.unwrap_or(default.length_penalty),
            captions,
            strategy,
        };
        options.validate()?;
        Ok(options)
    }

    /// The same for a model: in its style that is asked for, and saying its content words but once.
    ///
    /// # Errors
    /// As [`Self::options`], and when the model has no such style.
    pub fn options_for(&self, captioner: &Captioner) -> Result<GenerateOptions> {
        let start = captioner.manifest().vocabulary.start(self.style.as_deref());
        Ok(GenerateOptions {
            start: start.map_err(Error::msg)?,
            said_once: captioner.content_words().unless(self.repeat_words),
            ..self.options()?
        })
    }

    /// As many beams as asked for; without a number the default's, or more where more captions are
    /// wanted than that.
    fn beam_search(&self, captions: usize, default: &Strategy) -> Result<Strategy> {
        let width = match (self.beams, default) {
            (Some(width), _) => width,
            (None, Strategy::Beam { width }) => (*width).max(captions),
            (None, Strategy::Sample(_)) => captions,
        };
        if width > 0 && captions > width {
            bail!(
                "--alternatives {} needs --beams {captions} or more, not {width}",
                captions - 1
            );
        }
        Ok(Strategy::Beam { width })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use model_export::content_words::ContentWords;
    use model_export::vocabulary::START;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        decoding: DecodingArguments,
    }

    fn options(arguments: &[&str]) -> Result<GenerateOptions> {
        let arguments = std::iter::once("glimpse").chain(arguments.iter().copied());
        Cli::try_parse_from(arguments)?.decoding.options()
    }

    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(options(&[]).unwrap(), GenerateOptions::default());
    }

    /// The help names the defaults, which are defined elsewhere.
    #[test]
    fn the_help_tells_the_truth() {
        let default = GenerateOptions::default();
        let Strategy::Beam { width } = default.strategy else {
            panic!("the help says that the default is beam search");
        };
        let sampling = Sampling::default();
        let mut command = <Cli as clap::CommandFactory>::command();
        let help = command.render_long_help().to_string();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for (name, value) in [
            ("--beams", width.to_string()),
            ("--length-penalty", default.length_penalty.to_string()),
            ("--alternatives", (default.captions - 1).to_string()),
            ("--repeat-block", default.repeat_block.to_string()),
            ("--max-words", default.max_words.to_string()),
            ("--temperature", sampling.temperature.to_string()),
            ("--top-k", sampling.top_k.to_string()),
            ("--top-p", sampling.top_p.to_string()),
            ("--seed", sampling.seed.to_string()),
        ] {
            let (_, after) = help.split_once(&format!("{name} <")).unwrap();
            let (_, after) = after.split_once("[default: ").unwrap();
            let (stated, _) = after.split_once(']').unwrap();
            assert_eq!(stated, value, "{name}");
        }
    }

    #[test]
    fn everything_said_is_taken() {
        let found = options(&[
            "--beams=6",
            "--length-penalty=0.5",
            "--alternatives=2",
            "--repeat-block=3",
            "--max-words=20",
        ]);
        let expected = GenerateOptions {
            start: START,
            max_words: 20,
            repeat_block: 3,
            said_once: ContentWords::default(),
            length_penalty: 0.5,
            captions: 3,
            strategy: Strategy::Beam { width: 6 },
        };
        assert_eq!(found.unwrap(), expected);
        let found = options(&[
            "--sample",
            "--temperature=0.8",
            "--top-k=40",
            "--top-p=0.9",
            "--seed=7",
        ]);
        let expected = Strategy::Sample(Sampling {
            temperature: 0.8,
            top_k: 40,
            top_p: 0.9,
            seed: 7,
        });
        assert_eq!(found.unwrap().strategy, expected);
    }

    #[test]
    fn runners_up_get_their_beams_unless_the_number_is_said() {
        let found = options(&["--alternatives=9"]).unwrap();
        assert_eq!(found.strategy, Strategy::Beam { width: 10 });
        let refusal = options(&["--alternatives=3", "--beams=3"]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "--alternatives 3 needs --beams 4 or more, not 3"
        );
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for (arguments, says) in [
            (&["--seed=1"][..], "--seed is about drawing"),
            (&["--top-k=5", "--beams=2"], "needs --sample"),
            (&["--sample", "--beams=2"], "cannot be used with"),
            (&["--sample", "--temperature=0"], "temperature is 0"),
            (&["--sample", "--top-p=1.5"], "top-p is 1.5"),
            (&["--beams=0"], "beams is 0"),
            (&["--length-penalty=-1"], "length penalty is -1"),
            (&["--max-words=0"], "most words is 0"),
        ] {
            let refusal = options(arguments).unwrap_err().to_string();
            assert!(refusal.contains(says), "{arguments:?}: {refusal}");
        }
    }
}
