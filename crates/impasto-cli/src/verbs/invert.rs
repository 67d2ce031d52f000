//! `impasto invert`: the latents that repaint pictures.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{Files, InvertRequest, InvertedPicture, MetricChoice};
use impasto::shell::Command;

use super::sample::one_or_more;
use crate::job::{self, choices};
use crate::painting::Brush;
use crate::voice::Voice;
use crate::words::{counted, named, short};

/// Find the latents that repaint pictures, so that they can be mixed, moved and walked through
///
/// It begins at what the recipe's encoder says, where it has one, and at the best of many random latents, and walks from
/// there; Ctrl-C keeps the best so far. How near it comes depends on what the run has learned: what it could never paint
/// it won't repaint. A .latent file stands wherever a seed does: see the examples.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Invert {
    /// The pictures; a folder stands for all that are in it
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// The run that is to repaint them
    #[arg(long)]
    run: PathBuf,
    /// One picture: a file that ends in .latent; several: a folder for them
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// Steps of the walk
    #[arg(long, default_value_t = 300, value_name = "N", value_parser = one_or_more)]
    steps: usize,
    /// Random latents that are tried before it
    #[arg(long, default_value_t = 256, value_name = "N", value_parser = one_or_more)]
    starts: usize,
    /// The seed of those
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The class of the pictures, or a mixture (else the nearest one is taken)
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// What says how near it comes [default: lpips where it was added, else builtin]
    #[arg(long, alias = "eye", value_name = "METRIC", value_parser = choices::<MetricChoice>())]
    metric: Option<MetricChoice>,
    /// Overwrite files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto invert face.jpg --run runs/mine --out face.latent
  impasto invert *.jpg --run runs/mine --out latents --steps 600
  impasto sample runs/mine --latent face.latent --out again.png
  impasto sample runs/mine --latent face.latent --move smile=+2 --out smiling.png
  impasto walk runs/mine --through face.latent,7 --out walk.gif";

const STOPPING: &str = "stopping: the best so far is kept; Ctrl-C once more leaves at once, without it";

/// What stands for infinity.
const MOST: f64 = 999.0;

impl Invert {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &self.brush.workshop()?, STOPPING, voice)?;
        let next = report.outputs.first().map(|first| {
            let sample = Command::new("sample").path(&self.run).with_path("--latent", &first.path);
            format!("look at it: {}", sample.with("--out", "again.png"))
        });
        job::show_and(&report, in_words, next, voice)
    }

    fn request(&self) -> InvertRequest {
        InvertRequest {
            files: Files { pictures: self.pictures.clone(), out: self.out.clone(), force: self.force },
            run: self.brush.request(&self.run),
            steps: self.steps,
            starts: self.starts,
            seed: self.seed,
            class: self.class.clone(),
            metric: self.metric,
        }
    }
}

fn in_words(one: &InvertedPicture) -> String {
    let psnr = one.psnr.unwrap_or(MOST);
    let class = one.class.as_ref().map_or_else(String::new, |class| format!(", class {}", named(class)));
    format!(
        "{}: {}, {psnr:.1} dB and {} apart in {} features after {}{class} (the best start: {:.1} dB and {})",
        named(&one.path),
        nearness(psnr),
        short(one.distance),
        one.metric,
        counted(one.steps, "step", "steps"),
        one.start_psnr,
        short(one.start_distance),
    )
}

/// A PSNR in a word or two.
fn nearness(psnr: f64) -> &'static str {
    match psnr {
        psnr if psnr >= 35.0 => "the same to the eye",
        psnr if psnr >= 25.0 => "close",
        psnr if psnr >= 18.0 => "alike",
        _ => "only remotely alike",
    }
}
