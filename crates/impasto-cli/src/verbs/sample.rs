//! `impasto sample`: new pictures from a run, one for each seed; or one that was painted before, once more.

use std::path::{Path, PathBuf};

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{RepaintRequest, SampleReport, SampleRequest};
use impasto::recipe::Prior;
use impasto::run::RUNS;

use crate::job::{self, STOPPING, choices};
use crate::painting::Brush;
use crate::steering::SteeringFlags;
use crate::voice::Voice;
use crate::words::{counted, info_of, named};

/// Paint new pictures
///
/// Each seed is a picture: the same run and seed give the same picture again. Every file carries its recipe (see
/// `impasto info PICTURE`) and the mark that a machine made it. Nothing is overwritten without --force.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sample {
    /// The run to paint from
    #[arg(required_unless_present = "like")]
    run: Option<PathBuf>,
    /// How many pictures
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = one_or_more)]
    count: usize,
    /// The seed of the first picture; the next ones count up from it
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The folder to paint into [default: painted/RUN]; one picture or sheet may name a .png file
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Paint these latents instead of seeds: .latent files of `impasto invert`, or pictures painted from this run
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["count", "seed"])]
    latent: Vec<PathBuf>,
    /// Paint only this class (the run must know classes; else they take turns), or a mixture: rose:0.7,daisy:0.3
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    #[command(flatten)]
    steering: SteeringFlags,
    /// Below 1: safer pictures, less variety (of seeds alone: latents are painted as they are)
    #[arg(long, default_value_t = 1.0, value_name = "T", value_parser = truncation)]
    truncation: f64,
    /// What seeds are drawn from
    #[arg(long, value_name = "PRIOR", default_value = "fitted", value_parser = choices::<Prior>())]
    prior: Prior,
    /// One sheet with all pictures, instead of a file for each
    #[arg(long)]
    sheet: bool,
    /// Pictures in a row of the sheet [default: about square]
    #[arg(long, value_name = "N", requires = "sheet", value_parser = one_or_more)]
    columns: Option<usize>,
    /// Paint the picture or sheet in this file again, pixel for pixel
    #[arg(
        long,
        value_name = "PICTURE",
        conflicts_with_all = [
            "count", "seed", "latent", "class", "mixes", "moves", "truncation", "prior", "sheet", "columns", "checkpoint"
        ]
    )]
    like: Option<PathBuf>,
    /// Where --like looks for the run when none is named
    #[arg(long, default_value = RUNS, value_name = "FOLDER")]
    runs: PathBuf,
    /// Overwrite files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto sample runs/mine --count 64 --sheet --out sheet.png
  impasto sample runs/mine --count 100 --seed 1000 --out new-pictures
  impasto sample runs/mine --class sunflower --truncation 0.8
  impasto sample runs/mine --class rose:0.6,daisy:0.4 --mix 17:0.3
  impasto sample runs/mine --seed 3 --count 1 --move axis3=+2,smile=-1 --out turned.png
  impasto sample runs/mine --latent face.latent --move smile=+2 --out smiling.png
  impasto sample --like painted/mine/000007.png --out again.png";

impl Sample {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let workshop = self.brush.workshop()?;
        let report = match &self.like {
            Some(picture) => job::done(&self.repaint(picture), &workshop, STOPPING, voice),
            None => job::done(&self.request(), &workshop, STOPPING, voice),
        }?;
        voice.result(&report, &in_words(&report))
    }

    fn request(&self) -> SampleRequest {
        SampleRequest {
            run: self.brush.request(self.run.as_deref().unwrap_or(Path::new(""))),
            count: self.count,
            seed: self.seed,
            latent: self.latent.clone(),
            steering: self.steering.request(self.class.as_deref(), self.truncation, self.prior),
            sheet: self.sheet,
            columns: self.columns,
            out: self.out.clone(),
            force: self.force,
        }
    }

    fn repaint(&self, picture: &Path) -> RepaintRequest {
        RepaintRequest {
            picture: picture.to_path_buf(),
            run: self.run.clone(),
            runs: self.runs.clone(),
            out: self.out.clone(),
            force: self.force,
        }
    }
}

fn in_words(report: &SampleReport) -> String {
    match &report.outputs[..] {
        [] => "nothing was painted".to_owned(),
        [one] => format!("{}\n\nits recipe: {}", named(&one.path), info_of(&one.path)),
        [first, .., last] => format!(
            "{}: {} to {}\n\nthe recipe of one: {}",
            counted(report.outputs.len(), "picture", "pictures"),
            named(&first.path),
            named(&last.path),
            info_of(&first.path)
        ),
    }
}

/// A number of pictures, frames or columns.
pub(super) fn one_or_more(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=1_000_000).contains(&number) => Ok(number),
        _ => Err("it must be a whole number from 1 to 1,000,000".into()),
    }
}

/// How near to the middle.
pub(super) fn truncation(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=2.0).contains(&number) => Ok(number),
        _ => Err("it must be a number from 0 to 2".into()),
    }
}
