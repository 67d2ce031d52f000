//! `impasto walk`: a film that wanders through what a run has learned and ends where it began.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{WalkReport, WalkRequest};
use impasto::recipe::Prior;

use super::sample::{one_or_more, truncation};
use crate::job;
use crate::painting::Brush;
use crate::steering::{Sources, SteeringFlags};
use crate::voice::Voice;
use crate::words::{duration, named};

/// Paint a film: a walk from picture to picture, and back to the first
///
/// The film passes through K pictures, those of the seeds S, S+1, ...; between them it goes along a circle, where
/// all pictures are as likely. It ends where it began, so it can play for ever.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Walk {
    /// The run to paint from
    run: PathBuf,
    /// The film: .gif (shown everywhere), .png (animated, all colours, transparent where the pictures are) or .mp4 (needs
    /// ffmpeg); transparent pictures stand on the run's background in .gif and .mp4
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How many frames
    #[arg(long, default_value_t = 60, value_name = "N", value_parser = one_or_more)]
    frames: usize,
    /// How many pictures it passes through
    #[arg(long, default_value_t = 6, value_name = "K", value_parser = one_or_more)]
    keys: usize,
    /// The seed of the first picture
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Pass through these instead: seeds, .latent files of `impasto invert`, pictures painted from this run
    #[arg(long, value_name = "SEED|FILE,...", conflicts_with_all = ["keys", "seed"])]
    through: Vec<Sources>,
    /// Stay in this class (else classes take turns), or in a mixture: rose:0.7,daisy:0.3
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    #[command(flatten)]
    steering: SteeringFlags,
    /// Frames in a second
    #[arg(long, default_value_t = 20.0, value_name = "F", value_parser = speed)]
    fps: f64,
    /// Below 1: safer pictures, less variety (of seeds alone: latents are painted as they are)
    #[arg(long, default_value_t = 1.0, value_name = "T", value_parser = truncation)]
    truncation: f64,
    /// How large each pixel is shown [default: 1, more for tiny pictures]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    size_times: Option<u8>,
    /// Overwrite the file
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto walk runs/mine --out walk.gif
  impasto walk runs/mine --out walk.png --frames 240 --keys 12 --seed 7
  impasto walk runs/mine --out smiles.gif --through 7,face.latent,smiling.png
  impasto walk runs/mine --out turned.gif --move axis3=+2
  impasto walk runs/mine --out rose.mp4 --class rose --fps 30 --size-times 4";

const STOPPING: &str = "stopping: nothing is written; Ctrl-C once more leaves at once";

impl Walk {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &self.brush.workshop()?, STOPPING, voice)?;
        let WalkReport { path, frames, width, height, seconds, .. } = &report;
        let text = format!("{}: {frames} frames of {width} x {height}, {}", named(path), duration(*seconds));
        voice.result(&report, &text)
    }

    fn request(&self) -> WalkRequest {
        WalkRequest {
            run: self.brush.request(&self.run),
            out: self.out.clone(),
            frames: self.frames,
            keys: self.keys,
            seed: self.seed,
            through: self.through.iter().flat_map(|Sources(all)| all.clone()).collect(),
            steering: self.steering.request(self.class.as_deref(), self.truncation, Prior::default()),
            fps: self.fps,
            size_times: self.size_times.map(usize::from),
            force: self.force,
        }
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.1..=100.0).contains(&number) => Ok(number),
        _ => Err("it must be a number from 0.1 to 100".into()),
    }
}
