//! `impasto train`: learns a folder of pictures, or goes on with a run.

mod request;
pub(super) mod session;

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use burn::tensor::Device;
use clap::Args;
use impasto::config::Config;
use impasto::run::{Run, RunError, next_run_path};
use impasto::train::{Summary, Training};

use crate::fault::usage;
use crate::voice::Voice;
use crate::words::{duration, table, typed};
use crate::{device, pictures, words};
use session::Watch;

/// Learn a folder of pictures
///
/// The run goes into a folder of its own: settings, events, sheets of samples and checkpoints. Ctrl-C finishes the
/// step, saves, says how to go on, and counts as success; a second Ctrl-C leaves at once. After a power cut or a
/// kill, `--resume` goes on from the last checkpoint as if nothing had happened.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Train {
    /// The pictures: a folder (sub-folders are classes), a .zip or .tar, an IDX file, or CIFAR-10's files
    folder: Option<PathBuf>,
    /// Where the run goes; left out: runs/NNNN-NAME-RECIPE-SIZE
    #[arg(long, value_name = "RUN")]
    out: Option<PathBuf>,
    /// Go on with this run; its settings stay, only a limit may be new
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    settings: Settings,
    /// Start from the settings of another run: the path of its config.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Any setting by name; may be given many times (`impasto recipes NAME` lists them)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where to compute: auto, cpu, gpu or gpu:1
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: String,
    /// Name every picture that is left out
    #[arg(long)]
    verbose: bool,
}

/// When to stop, counted from the beginning of the run; the first limit that is reached counts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits, counted from the beginning of the run (none: an hour)")]
struct Limits {
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
struct Settings {
    /// What kind of model (`impasto recipes` lists them)
    #[arg(long, value_name = "NAME")]
    recipe: Option<String>,
    /// Named settings of the recipe
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Side of the pictures in pixels
    #[arg(long, value_name = "N")]
    size: Option<i64>,
    /// Colours
    #[arg(long, value_parser = ["grey", "rgb"])]
    channels: Option<String>,
    /// How pictures of other shapes are made square
    #[arg(long, value_parser = ["center", "fit", "random"])]
    crop: Option<String>,
    /// Mirror half of the pictures left to right
    #[arg(long)]
    flip: bool,
    /// The colour behind transparent pictures
    #[arg(long, value_name = "RRGGBB", value_parser = colour)]
    background: Option<Colour>,
    /// Learn the classes (sub-folders), so that they can be painted by name
    #[arg(long)]
    conditional: bool,
    /// Pictures in a step
    #[arg(long, value_name = "N")]
    batch: Option<i64>,
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
struct Colour([u8; 3]);

const EXAMPLES: &str = "\
Examples:
  impasto train my-pictures --out runs/mine --minutes 30
  impasto train flowers --recipe vae --preset conv --size 64
  impasto train flowers --conditional --set rate=1e-4
  impasto train --resume runs/mine --minutes 60
  impasto train --config runs/mine/config.toml --seed 2 --out runs/again

With --json the last line is
  {\"run\",\"recipe\",\"steps\",\"images\",\"seconds\",\"step_ms_median\",\"images_per_second\",
   \"losses\":{},\"checkpoint\",\"interrupted\"}
in which \"interrupted\" is true when Ctrl-C stopped it before its limit.";

impl Train {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let device = device::named(&self.device)?;
        let summary = match &self.resume {
            Some(run) => self.go_on(run, &device, voice)?,
            None => self.begin(&device, voice)?,
        };
        voice.result(&summary, &self.told(&summary))
    }

    fn begin(&self, device: &Device, voice: &Voice) -> Result<Summary> {
        let config = Config::resolve(&self.request(voice)?)?;
        let folder = self.out_folder(&config)?;
        let data = pictures::open(&config, self.verbose, voice)?;
        let mut watch = Watch::new(voice, config.budget());
        let training = Training::start(config, data, &folder, device, &mut |event| watch.hear(event))?;
        voice.note(&format!("training in {}", folder.display()));
        session::complete(training, watch)
    }

    fn go_on(&self, path: &Path, device: &Device, voice: &Voice) -> Result<Summary> {
        self.refuse_settings(path)?;
        let run = Run::resume(path)?;
        let config = self.config_of(&run)?;
        let data = pictures::open(&config, self.verbose, voice)?;
        let mut watch = Watch::new(voice, config.budget());
        let warn = &mut |warning: &str| voice.warn(warning);
        let training = Training::resume(config, run, data, device, &mut |event| watch.hear(event), warn)?;
        let before = training.steps();
        voice.note(&format!("going on with {} from step {}", path.display(), words::count(before)));
        let summary = session::complete(training, watch)?;
        if summary.steps == before && !summary.interrupted {
            voice.note("its limit was reached before: give it a new one, such as --minutes 60");
        }
        Ok(summary)
    }

    /// The run's own settings, with a new limit if there is one.
    fn config_of(&self, run: &Run) -> Result<Config> {
        let unusable = |why: String| {
            anyhow!("the settings in {} cannot be used: {why}", run.path().join("config.toml").display())
        };
        let mut table: toml::Table = run.config()?.parse().map_err(|error| unusable(format!("{error}")))?;
        if self.limits.any() {
            table.extend(request::no_limits());
            table.extend(self.limits.table());
        }
        Config::from_table(table).map_err(|error| unusable(error.to_string()))
    }

    fn refuse_settings(&self, run: &Path) -> Result<()> {
        let folder = self.folder.is_some().then_some("another FOLDER");
        let out = self.out.is_some().then_some("--out");
        let config = self.config.is_some().then_some("--config");
        let set = (!self.set.is_empty()).then_some("--set");
        match folder.or(out).or(config).or(set).or(self.settings.first_given()) {
            None => Ok(()),
            Some(given) => Err(usage(format!(
                "a resumed run keeps its settings, so {given} can't go with --resume; for other settings start a new \
                 run: impasto train --config {} --out NEW ...",
                typed(run.join("config.toml"))
            ))),
        }
    }

    fn out_folder(&self, config: &Config) -> Result<PathBuf> {
        let name = Path::new(&config.common.data).file_stem().unwrap_or_default().to_string_lossy();
        let next = || next_run_path(Path::new("runs"), &name, &config.common.recipe, config.common.size);
        let folder = self.out.clone().map_or_else(next, Ok)?;
        // Asked again when the run is created; asked here because preparing the pictures may take long.
        match folder.join("run.json").exists() {
            true => Err(RunError::NotEmpty { path: folder }.into()),
            false => Ok(folder),
        }
    }

    fn told(&self, summary: &Summary) -> String {
        let Summary { run, steps, images, seconds, checkpoint, interrupted, .. } = summary;
        let head = format!(
            "{run}: {} after {} steps, {} pictures, {}",
            if *interrupted { "stopped" } else { "done" },
            words::count(*steps),
            words::count(*images),
            duration(*seconds)
        );
        let path = Path::new(run);
        let name = Path::new(checkpoint).file_name().unwrap_or_default();
        let sheet = path.join("samples").join(format!("{}.png", name.to_string_lossy()));
        let rows = [
            ["  last sheet", &sheet.display().to_string()],
            ["  checkpoint", &path.join(checkpoint).display().to_string()],
        ];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        format!("{head}\n{}\n\nnext:\n{}", table(&rows), self.next(path, *interrupted))
    }

    fn next(&self, run: &Path, interrupted: bool) -> String {
        let run = typed(run);
        let resume = match interrupted {
            true => format!("impasto train --resume {run}{}", self.limits.typed()),
            false => format!("impasto train --resume {run} --minutes 60"),
        };
        let sample = format!("impasto sample {run} --count 16 --sheet");
        let walk = format!("impasto walk {run} --out walk.gif");
        let rows = [(sample, "new pictures"), (walk, "a film"), (resume, "go on")];
        let rows = rows.map(|(command, what)| vec![command, what.to_owned()]);
        words::indented(&table(&rows))
    }
}

impl Settings {
    /// The first setting that was given, as it was typed.
    fn first_given(&self) -> Option<&'static str> {
        let given = [
            ("--recipe", self.recipe.is_some()),
            ("--preset", self.preset.is_some()),
            ("--size", self.size.is_some()),
            ("--channels", self.channels.is_some()),
            ("--crop", self.crop.is_some()),
            ("--flip", self.flip),
            ("--background", self.background.is_some()),
            ("--conditional", self.conditional),
            ("--batch", self.batch.is_some()),
            ("--seed", self.seed.is_some()),
            ("--sample-every", self.sample_every.is_some()),
            ("--checkpoint-every", self.checkpoint_every.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
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
