//! `impasto translate`: pictures made of pictures by a run that has learned it.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{Files, TranslateRequest, TranslatedPicture};

use crate::job::{self, STOPPING_AFTER};
use crate::painting::Brush;
use crate::voice::Voice;
use crate::words::{info_of, named};

/// Translate pictures with a run that has learned it: grey to colour, edges to pictures, small to large, pictures with
/// holes to whole ones, whatever its pairs were, or one kind of pictures to another
///
/// Pictures of any size are taken, in overlapping tiles where they are large. Train such a run with --recipe paired, repair,
/// enlarge or, without pairs, unpaired; `impasto info RUN` says what it translates from, and other pictures are refused. With --make that is made of
/// ordinary pictures first: see what a run makes of the grey version of a photograph. Ctrl-C keeps those that are done.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TranslateVerb {
    /// The pictures, or folders of them
    #[arg(required = true, value_name = "PICTURE|FOLDER")]
    pictures: Vec<PathBuf>,
    /// The run that translates
    #[arg(long)]
    run: PathBuf,
    /// One picture: a file that ends in .png; several: a folder for them
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// First make of each picture what the run translates from: its grey version, its edges, a smaller one, holes at random
    #[arg(long)]
    make: bool,
    /// For runs that fill holes: a picture of the same size that is white where holes are
    #[arg(long, value_name = "FILE", conflicts_with = "make")]
    mask: Option<PathBuf>,
    /// What is random (--make with holes or pieces; variations) depends on it
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Show what was given, to the left of what was made of it
    #[arg(long)]
    beside: bool,
    /// Overwrite files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto train flowers --recipe paired --out runs/colours
  impasto translate old-photograph.jpg --run runs/colours --out coloured.png
  impasto translate photographs --run runs/colours --make --beside --out seen
  impasto train flowers --recipe repair --out runs/repair
  impasto translate torn.png --mask holes.png --run runs/repair --out whole.png
  impasto train flowers --recipe enlarge --preset four --out runs/enlarge
  impasto translate small.png --run runs/enlarge --out large.png
  impasto train pictures --recipe unpaired --out runs/paintings     (in pictures: the folders photos and paintings)
  impasto translate photo.jpg --run runs/paintings --out painting.png";

impl TranslateVerb {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &self.brush.workshop()?, STOPPING_AFTER, voice)?;
        let next = report.outputs.first().map(|first| info_of(&first.path).to_string());
        job::show_and(&report, in_words, next.map(|info| format!("its recipe: {info}")), voice)
    }

    fn request(&self) -> TranslateRequest {
        TranslateRequest {
            files: Files { pictures: self.pictures.clone(), out: self.out.clone(), force: self.force },
            run: self.brush.request(&self.run),
            make: self.make,
            mask: self.mask.clone(),
            seed: self.seed,
            beside: self.beside,
        }
    }
}

fn in_words(one: &TranslatedPicture) -> String {
    let (path, picture) = (named(&one.path), named(&one.picture));
    format!("{path}: {} x {}, from {picture}", one.width, one.height)
}
