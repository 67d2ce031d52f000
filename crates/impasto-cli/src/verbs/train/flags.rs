//! The flags of `impasto train`, and the settings that they stand for.

use clap::Args;
use impasto::error::Result;
use impasto::jobs::LIMITS;
use impasto::shell::Command;
use impasto_data::Size;
use toml::{Table, Value};

/// When to stop, counted from the beginning of the run; the first limit that is reached counts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits, counted from the beginning of the run (none: an hour)")]
pub(super) struct Limits {
    /// Stop after this many steps
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    steps: Option<i64>,
    /// Stop after this many pictures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    images: Option<i64>,
    /// Stop after this many minutes of training
    #[arg(long, value_name = "M", value_parser = positive)]
    minutes: Option<f64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(in crate::verbs) struct Settings {
    /// What kind of model (`impasto recipes` lists them)
    #[arg(long, value_name = "NAME")]
    recipe: Option<String>,
    /// Named settings of the recipe
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Size of the pictures in pixels: 64, or 96x64 (across, then down)
    #[arg(long, value_name = "N|WxH")]
    size: Option<Size>,
    /// Colours
    #[arg(long, value_parser = ["grey", "rgb", "rgba"])]
    channels: Option<String>,
    /// Learn and paint transparency too: the same as --channels rgba
    #[arg(long, conflicts_with = "channels")]
    alpha: bool,
    /// Paint tiles, which can be laid side by side without a seam: of textures and patterns. Learns random windows of the
    /// pictures (--crop random) unless another --crop is given; recipe painter
    #[arg(long)]
    tileable: bool,
    /// How pictures of other shapes are brought to that size
    #[arg(long, value_parser = ["center", "fit", "random"])]
    crop: Option<String>,
    /// Mirror half of the pictures left to right
    #[arg(long)]
    flip: bool,
    /// The colour behind transparent pictures; with --alpha only in films that can't be transparent
    #[arg(long, value_name = "RRGGBB", value_parser = colour)]
    background: Option<Colour>,
    /// Learn the classes (sub-folders), so that they can be painted by name
    #[arg(long)]
    conditional: bool,
    /// Pictures in a step
    #[arg(long, value_name = "N")]
    batch: Option<i64>,
    /// What is multiplied: bf16 needs AVX-512 with bf16, is quicker on some of these processors (AMD's; a
    /// plan measures it), and rounds more
    #[arg(long, value_parser = ["f32", "bf16"])]
    precision: Option<String>,
    /// Do what alarms advise: halve the rate of the side that is too strong, go back when training blows up, augment
    /// more when paintings are copies
    #[arg(long)]
    auto_remedy: bool,
    /// Everything random depends on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    seed: Option<i64>,
    /// Paint a sheet every so many steps
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    sample_every: Option<i64>,
    /// Save a checkpoint every so many steps
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    checkpoint_every: Option<i64>,
}

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour([u8; 3]);

impl Limits {
    pub(super) fn table(&self) -> Table {
        let Self { steps, images, minutes } = self;
        let values = [steps.map(Value::from), images.map(Value::from), minutes.map(Value::from)];
        collected(LIMITS.into_iter().zip(values))
    }

    /// A command with them, as they were typed.
    pub(super) fn typed(&self, command: Command) -> Command {
        let table = self.table();
        table.iter().fold(command, |command, (key, value)| command.with(&format!("--{key}"), value))
    }
}

impl Settings {
    pub(in crate::verbs) fn table(&self) -> Table {
        let word = |value: &Option<String>| value.clone().map(Value::from);
        let yes = |is: bool| is.then_some(Value::Boolean(true));
        let colour = |parts: [u8; 3]| Value::Array(parts.map(|part| Value::Integer(part.into())).to_vec());
        collected([
            ("recipe", word(&self.recipe)),
            ("preset", word(&self.preset)),
            ("size", self.size.map(|size| size.to_string().into())),
            ("channels", if self.alpha { Some("rgba".into()) } else { word(&self.channels) }),
            ("tileable", yes(self.tileable)),
            ("crop", word(&self.crop).or(self.tileable.then(|| "random".into()))),
            ("flip", yes(self.flip)),
            ("background", self.background.map(|background| colour(background.0))),
            ("conditional", yes(self.conditional)),
            ("batch", self.batch.map(Value::from)),
            ("precision", word(&self.precision)),
            ("auto_remedy", yes(self.auto_remedy)),
            ("seed", self.seed.map(Value::from)),
            ("sample_every", self.sample_every.map(Value::from)),
            ("checkpoint_every", self.checkpoint_every.map(Value::from)),
        ])
    }

    /// The first setting that was given, as it was typed.
    pub(super) fn first_given(&self) -> Option<&'static str> {
        let given = [
            ("--recipe", self.recipe.is_some()),
            ("--preset", self.preset.is_some()),
            ("--size", self.size.is_some()),
            ("--channels", self.channels.is_some()),
            ("--alpha", self.alpha),
            ("--tileable", self.tileable),
            ("--crop", self.crop.is_some()),
            ("--flip", self.flip),
            ("--background", self.background.is_some()),
            ("--conditional", self.conditional),
            ("--batch", self.batch.is_some()),
            ("--precision", self.precision.is_some()),
            ("--auto-remedy", self.auto_remedy),
            ("--seed", self.seed.is_some()),
            ("--sample-every", self.sample_every.is_some()),
            ("--checkpoint-every", self.checkpoint_every.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }
}

pub(in crate::verbs) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("it must be a number above 0".into()),
    }
}

fn colour(text: &str) -> Result<Colour, String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let is_hexadecimal = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal);
    let [_, red, green, blue] =
        number.ok_or("it must be six hexadecimal digits, such as ffffff")?.to_be_bytes();
    Ok(Colour([red, green, blue]))
}

fn collected(pairs: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Table {
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_six_hexadecimal_digits() {
        assert_eq!(colour("ff8000"), Ok(Colour([255, 128, 0])));
        assert_eq!(colour("#00FF01"), Ok(Colour([0, 255, 1])));
        for wrong in ["", "fff", "gggggg", "+12345", "1234567"] {
            assert!(colour(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_are_above_nothing() {
        assert_eq!(positive("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "nan", "inf", "soon"] {
            assert!(positive(wrong).is_err(), "{wrong}");
        }
    }
}
