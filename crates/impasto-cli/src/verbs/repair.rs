//! `impasto repair`: holes in pictures, filled.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{Files, FilledBy, Hole, RepairMethod, RepairRequest, RepairedPicture};

use crate::job::{self, ByRun, by_run, choices};
use crate::voice::Voice;
use crate::words::{count, named};

/// Fill holes in pictures: scratches, captions, things that should not be there
///
/// What is thin of the hole is continued smoothly by what lies around it; what is wide (more than 14 pixels) is filled with patches
/// of the rest of the picture, from coarse to fine. No training is needed. That continues textures, edges and lines; it knows
/// nothing of what a face or a car is. With --run a run of recipe repair fills it, with what it has learned of such pictures. Pixels
/// outside of the hole keep every bit, either way. Ctrl-C keeps the pictures that are done.
///
/// --json says of each picture by which method it was filled: smooth, patches, smooth+patches or run.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Repair {
    /// The pictures; a folder stands for all that are in it
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// What is to be filled: a picture of the same size, white where the hole is; or a folder with one for each picture, of the
    /// same name
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "rectangle")]
    mask: Option<PathBuf>,
    /// What is to be filled: a rectangle, by its left upper corner, width and height in pixels
    #[arg(long = "box", value_name = "X,Y,W,H", conflicts_with = "mask", value_parser = rectangle)]
    rectangle: Option<Rectangle>,
    /// One picture: a file that ends in .png; several: a folder for them
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    #[command(flatten)]
    by: ByRun,
    /// How the hole is filled without a run
    #[arg(long, default_value = "auto", value_name = "METHOD", conflicts_with = "run", value_parser = choices::<RepairMethod>())]
    method: RepairMethod,
    /// Another seed fills in another way; a run, and what is continued smoothly, draw nothing
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Overwrite files
    #[arg(long)]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  impasto repair photo.jpg --box 120,80,60,40 --out whole.png
  impasto repair photo.jpg --mask scratches.png --out whole.png
  impasto repair photos --mask masks --out whole
  impasto repair wall.jpg --box 10,20,12,200 --method patches --out whole.png
  impasto train photos --recipe repair --out runs/repair
  impasto repair photo.jpg --box 120,80,60,40 --run runs/repair --out whole.png";

/// Left, top, width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rectangle([usize; 4]);

impl Repair {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &self.by.workshop()?, self.by.stopping(), voice)?;
        job::show(&report, in_words, voice)
    }

    fn request(&self) -> RepairRequest {
        let mask = || Hole::Mask(self.mask.clone().unwrap_or_default());
        RepairRequest {
            files: Files { pictures: self.pictures.clone(), out: self.out.clone(), force: self.force },
            hole: self.rectangle.map_or_else(mask, |Rectangle(sides)| Hole::Box(sides)),
            method: self.method,
            seed: self.seed,
            run: self.by.request(),
        }
    }
}

fn in_words(one: &RepairedPicture) -> String {
    let share = 100.0 * one.filled as f64 / one.pixels as f64;
    let how = match (&one.run, one.method) {
        (Some(run), _) => by_run(run),
        (None, FilledBy::Patches) => "with patches of the rest, without training".to_owned(),
        (None, FilledBy::Both) => {
            "smoothly where it is thin and with patches of the rest where it is wide, without training"
                .to_owned()
        }
        (None, FilledBy::Smooth | FilledBy::Run) => "smoothly by what is around, without training".to_owned(),
    };
    format!("{}: {} pixels ({share:.1} %) filled {how}", named(&one.path), count(one.filled as u64))
}

/// Four numbers, as they are typed.
fn rectangle(text: &str) -> Result<Rectangle, String> {
    let numbers: Result<Vec<usize>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    match numbers.as_deref() {
        Ok(&[x, y, width, height])
            if width > 0 && height > 0 && x.max(y).max(width).max(height) < 1 << 20 =>
        {
            Ok(Rectangle([x, y, width, height]))
        }
        _ => Err("it must be four whole numbers, x,y,width,height, such as 120,80,60,40".into()),
    }
}
