//! `impasto vary`: variations of pictures, recognisably made of them.

use std::path::PathBuf;

use clap::Args;
use impasto::collage::Join;
use impasto::error::Result;
use impasto::jobs::{Choice, Files, UseRun, Variation, VaryMethod, VaryReport, VaryRequest};
use impasto_data::Size;

use super::sample::one_or_more;
use crate::job::{self, OnDevice, choices, run_named};
use crate::voice::Voice;
use crate::words::{counted, info_of, named, short};

/// Make variations of pictures, with or without training
///
/// Three ways: patches of one picture, rearranged (`patches`, needs nothing but the picture): small strengths keep the layout and change
/// details, 0.9 arranges everything anew, and --size alone gives the same picture another shape; pieces of pictures pasted into
/// another one without an edge (`collage`); moves in what a trained run has learned (`latent`, needs --run). A run of the recipe
/// variations (train FOLDER --recipe variations) makes one picture of a collage: it changes what does not fit together, for
/// each seed in another way. Where no way is named it is the one that the run knows, collage with two or more pictures, else
/// patches. Each variation carries the names and checksums of its originals, and its seed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Vary {
    /// The originals; a folder stands for all pictures in it
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// How many variations [default: 4; 1 with patches at a strength of 0, where all would be alike]
    #[arg(long, value_name = "N", value_parser = one_or_more)]
    count: Option<usize>,
    /// How far they go from their originals: 0 not at all, 1 as far as the way leads [default: 0.5; 0 with patches and --size: the
    /// same picture in another shape]
    #[arg(long, value_name = "0..1", value_parser = share)]
    strength: Option<f64>,
    /// The folder for the variations; a single one may name a .png file
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which way
    #[arg(long, value_name = "METHOD", value_parser = choices::<VaryMethod>())]
    method: Option<VaryMethod>,
    /// How a collage's pieces are joined [default: poisson; hard with a run that
    /// makes one picture of them, as it has learned it]
    #[arg(long, value_name = "JOIN", value_parser = choices::<Join>())]
    join: Option<Join>,
    /// The size of the variations, such as 96x64 [default: the original's]; patches leave out or repeat parts of the picture and squeeze
    /// nothing, collages begin with the middle of the original
    #[arg(long, value_name = "WxH")]
    size: Option<Size>,
    /// Variations that show no seam when copies lie side by side (patches)
    #[arg(long)]
    tileable: bool,
    /// The seed of the first variation; the next ones count up from it
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// A trained run. One of variations: collages that it makes one picture of. Another one: latent variations; with --method
    /// collage the collages are painted again by it
    #[arg(long)]
    run: Option<PathBuf>,
    /// Steps of the search for the latents of pictures
    #[arg(long, default_value_t = 150, value_name = "N", value_parser = one_or_more)]
    steps: usize,
    /// Use this checkpoint: best, last, or a name such as 000010.240k [default: best; the last if none was judged]
    #[arg(long, value_name = "NAME", requires = "run")]
    checkpoint: Option<String>,
    /// Write a sheet too, of the variations after the originals that they are made of: sheet.png
    #[arg(long)]
    sheet: bool,
    /// Overwrite files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    device: OnDevice,
}

const EXAMPLES: &str = "\
Examples:
  impasto vary photo.jpg --count 6 --strength 0.3 --out variations --sheet
  impasto vary photo.jpg --size 900x300 --out wide.png
  impasto vary bricks.png --tileable --strength 0.9 --count 1 --out tile.png
  impasto vary cat.jpg coffee.jpg --strength 0.4 --out collages
  impasto vary face.png other.png --run runs/mine --strength 0.3 --out variations
  impasto vary a.png b.png --run runs/mine --method collage --out repainted
  impasto train emoji --recipe variations --size 64 --out runs/variations
  impasto vary emoji --run runs/variations --count 16 --strength 0.5 --out variations --sheet";

const STOPPING: &str = "stopping: the variations that are done are kept; Ctrl-C once more leaves at once";

impl Vary {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let workshop = self.device.workshop()?;
        let report = job::done(&self.request(), &workshop, STOPPING, voice)?;
        voice.result(&report, &in_words(&report))
    }

    fn request(&self) -> VaryRequest {
        let run = |path: &PathBuf| UseRun { path: run_named(path), checkpoint: self.checkpoint.clone() };
        VaryRequest {
            files: Files { pictures: self.pictures.clone(), out: self.out.clone(), force: self.force },
            count: self.count,
            strength: self.strength,
            method: self.method,
            join: self.join,
            size: self.size,
            tileable: self.tileable,
            seed: self.seed,
            run: self.run.as_ref().map(run),
            steps: self.steps,
            sheet: self.sheet,
        }
    }
}

fn in_words(report: &VaryReport) -> String {
    let paths = match &report.outputs[..] {
        [] => return "nothing was made".to_owned(),
        [one] => named(&one.path),
        [first, .., last] => format!("{} to {}", named(&first.path), named(&last.path)),
    };
    let variations = counted(report.outputs.len(), "variation", "variations");
    let close = report.closeness.map_or_else(String::new, |far| format!("{} from the original", short(far)));
    let apart = report.diversity.map_or_else(String::new, |far| format!(", {} from each other", short(far)));
    let sheet = report.sheet.as_ref().map_or_else(String::new, |sheet| format!("\nsheet: {}", named(sheet)));
    let worst =
        |of: fn(&Variation) -> Option<f64>| report.outputs.iter().filter_map(of).max_by(f64::total_cmp);
    let jump = worst(|one| one.jump).map_or_else(String::new, |jump| {
        format!("\njump of gradients along joins: {jump:.2} at most (1: no edge)")
    });
    let seam = worst(|one| one.seam).map_or_else(String::new, |seam| {
        format!("\nseam between copies: {seam:.2} at most (about 1: not seen)")
    });
    format!(
        "{variations} by {} ({}): {paths}\n{close}{apart} in {} features{jump}{seam}{sheet}\n\nthe originals of one: {}",
        report.method.name(),
        report.why,
        report.metric,
        info_of(&report.outputs[0].path)
    )
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("it must be a number from 0 to 1".into()),
    }
}
