//! `impasto sample`: new pictures from a run, one for each seed; or one that was painted before, once more.

mod again;
mod paper;

use std::path::{Path, PathBuf};

use clap::Args;
use impasto::error::{Error, Result};
use impasto::paint::{Painter, Point, Taste};
use impasto::picture::{PictureRecipe, is_png, most_on_a_sheet, square_columns};
use impasto::shell::typed_path;
use impasto::steer::Source;
use serde::Serialize;

use crate::painting::{self, Brush};
use crate::steering::{Class, Steering, Way};
use crate::voice::Voice;
use crate::words::{count, counted, info_of, named};

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
    steering: Steering,
    /// Below 1: safer pictures, less variety (of seeds alone: latents are painted as they are)
    #[arg(long, default_value_t = 1.0, value_name = "T", value_parser = truncation)]
    truncation: f64,
    /// Where seeds are drawn from: what the recipe has found to be best, or the plain normal distribution
    #[arg(long, default_value = "fitted", value_parser = ["fitted", "plain"])]
    prior: String,
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
    #[arg(long, default_value = "runs", value_name = "FOLDER")]
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

/// What is to be painted: everything that was asked for, or found in a picture's recipe.
struct Order {
    /// What each picture begins at; one at least.
    sources: Vec<Source>,
    how: How,
    /// Their points, where they are known before anything is painted: those of files. Empty for seeds.
    held: Vec<Point>,
    /// A sheet with so many columns.
    sheet: Option<usize>,
}

/// How pictures come from what they begin at.
enum How {
    /// As it was asked for.
    Turned(Way),
    /// From points that a picture carries, under the same recipe.
    Again(Box<PictureRecipe>),
}

/// What was painted.
#[derive(Debug, Serialize)]
struct Painted {
    run: String,
    checkpoint: String,
    files: Vec<File>,
}

/// One file that was written.
#[derive(Debug, Serialize)]
struct File {
    path: String,
    seed: u64,
    /// The latent that it was painted from, where it was no seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    class: Option<String>,
    /// How many pictures are in it.
    pictures: usize,
}

impl Sample {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let (painter, order) = match &self.like {
            Some(picture) => {
                again::find(picture, self.run.as_deref(), &self.runs, &self.brush.device()?, voice)?
            }
            None => self.order(voice)?,
        };
        let files = paper::Paper {
            painter: &painter,
            order: &order,
            class: self.class.as_deref(),
            force: self.force,
            voice,
        }
        .write(&self.target(&painter, &order)?)?;
        let painted = Painted {
            run: painter.run().path().display().to_string(),
            checkpoint: painter.weights_hash().to_owned(),
            files,
        };
        voice.result(&painted, &told(&painted))
    }

    fn order(&self, voice: &Voice) -> Result<(Painter, Order)> {
        let run = self.run.as_deref().unwrap_or(Path::new(""));
        let painter = self.brush.open(run, voice)?;
        let class = Class::of(self.class.as_deref(), &painter)?;
        let taste = Taste { truncation: self.truncation, prior: painting::prior(&self.prior) };
        let count = if self.latent.is_empty() { self.count } else { self.latent.len() };
        let columns = self.columns.unwrap_or_else(|| square_columns(count));
        if self.sheet {
            refuse_too_many(&painter, count, self.columns)?;
        }
        let sources: Vec<Source> = match &self.latent[..] {
            [] => painting::seeds(self.seed, self.count).map(Source::Seed).collect(),
            files => files.iter().cloned().map(Source::File).collect(),
        };
        let way = Way::new(&painter, class, taste, self.steering.wish(), voice)?;
        way.check_taste(&sources, voice)?;
        // All files are read before anything is made.
        let files = if self.latent.is_empty() { &[] } else { &sources[..] };
        let held = files.iter().map(|file| way.point(file, &painter, voice)).collect::<Result<_>>()?;
        let how = How::Turned(way);
        Ok((painter, Order { sources, how, held, sheet: self.sheet.then_some(columns) }))
    }

    /// The folder to paint into, or the one file.
    fn target(&self, painter: &Painter, order: &Order) -> Result<PathBuf> {
        let Some(out) = &self.out else { return Ok(Path::new("painted").join(painter.run().name())) };
        if is_png(out) && order.sheet.is_none() && order.sources.len() > 1 {
            let folder = typed_path(out.with_extension(""));
            return Err(Error::usage(format!(
                "{} pictures don't fit into the one file {}: add --sheet, or give a folder: --out {folder}",
                order.sources.len(),
                out.display()
            )));
        }
        Ok(out.clone())
    }
}

fn told(painted: &Painted) -> String {
    match &painted.files[..] {
        [] => "nothing was painted".to_owned(),
        [one] => format!("{}\n\nits recipe: {}", named(&one.path), info_of(&one.path)),
        [first, .., last] => format!(
            "{}: {} to {}\n\nthe recipe of one: {}",
            counted(painted.files.len(), "picture", "pictures"),
            named(&first.path),
            named(&last.path),
            info_of(&first.path)
        ),
    }
}

/// Refuses a sheet that no program would read again.
fn refuse_too_many(painter: &Painter, number: usize, columns: Option<usize>) -> Result<()> {
    let ([width, height], most) = (size(painter), most(painter, columns));
    if number <= most {
        return Ok(());
    }
    let [number, most] = [number, most].map(count);
    Err(Error::usage(format!(
        "{number} pictures of {width} x {height} don't fit onto one sheet: {most} are the most; paint fewer, or leave out \
         --sheet for a file each"
    )))
}

/// How many pictures of a run a sheet can hold.
fn most(painter: &Painter, columns: Option<usize>) -> usize {
    most_on_a_sheet(size(painter), painter.config().preparation().channels.count(), columns)
}

/// Width and height of what a run paints.
fn size(painter: &Painter) -> [usize; 2] {
    let preparation = painter.config().preparation();
    [preparation.width, preparation.height]
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
