//! New pictures from a run, one for each seed; or one that was painted before, once more ([`RepaintRequest`]).

mod again;
mod write;

use std::path::{Path, PathBuf};

use impasto_system::Monitor;
use serde::{Deserialize, Serialize};

use super::steering::{Steered, Steering, seeds};
use super::{Job, RunUsed, UseRun, Workshop};
use crate::error::{Error, Hint, Result};
use crate::format;
use crate::paint::{Painter, Point};
use crate::picture::{PictureRecipe, is_picture_file, most_on_a_sheet, square_columns};
use crate::run::RUNS;
use crate::steer::Source;
use write::Writer;

/// Paint new pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleRequest {
    /// The run to paint from.
    pub run: UseRun,
    /// How many pictures.
    #[serde(default = "count")]
    pub count: usize,
    /// The seed of the first picture; the next ones count up from it.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// Latents that are painted instead of seeds: `.latent` files, or pictures that were painted from this run.
    #[serde(default)]
    pub latent: Vec<PathBuf>,
    /// How they are steered.
    #[serde(default)]
    pub steering: Steering,
    /// Whether all pictures go onto one sheet.
    #[serde(default)]
    pub sheet: bool,
    /// Pictures in a row of the sheet; by itself about square.
    #[serde(default)]
    pub columns: Option<usize>,
    /// The folder to paint into, or a PNG file for one picture or sheet; by itself `painted/RUN`.
    #[serde(default)]
    pub out: Option<PathBuf>,
    /// Whether files may be overwritten.
    #[serde(default)]
    pub force: bool,
}

/// Paint a picture or sheet again, pixel for pixel, from what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepaintRequest {
    /// The picture.
    pub picture: PathBuf,
    /// The run that painted it; by itself it is looked for.
    #[serde(default)]
    pub run: Option<PathBuf>,
    /// Where it is looked for.
    #[serde(default = "runs")]
    pub runs: PathBuf,
    /// The folder to paint into, or a PNG file; by itself `painted/RUN`.
    #[serde(default)]
    pub out: Option<PathBuf>,
    /// Whether files may be overwritten.
    #[serde(default)]
    pub force: bool,
}

/// What was painted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleReport {
    /// From which run.
    #[serde(flatten)]
    pub run: RunUsed,
    /// What was written.
    pub outputs: Vec<SampledFile>,
    /// How many pictures were left when the work was stopped.
    pub left: usize,
}

/// A file that was painted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampledFile {
    /// Where it is.
    pub path: String,
    /// Its seed.
    pub seed: u64,
    /// The latent that it was painted from, where it was no seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its class.
    pub class: Option<String>,
    /// How many pictures are in it.
    pub pictures: usize,
}

/// No more pictures are painted at once.
const MOST: usize = 1_000_000;

fn count() -> usize {
    16
}

fn runs() -> PathBuf {
    RUNS.into()
}

/// What is to be painted.
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
    Steered(Steered),
    /// From points that a picture carries, under the same recipe.
    Again(Box<PictureRecipe>),
}

impl Job for SampleRequest {
    const NAME: &'static str = "sample";
    type Report = SampleReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let painter = self.run.open(workshop, monitor)?;
        let order = self.order(&painter, monitor)?;
        let class = self.steering.class.as_deref();
        let target = target(self.out.as_deref(), &painter, &order)?;
        Writer { painter: &painter, order: &order, class, force: self.force }.write(&target, monitor)
    }
}

impl Job for RepaintRequest {
    const NAME: &'static str = "repaint";
    type Report = SampleReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let (painter, order) = self.find(workshop, monitor)?;
        let target = target(self.out.as_deref(), &painter, &order)?;
        Writer { painter: &painter, order: &order, class: None, force: self.force }.write(&target, monitor)
    }
}

impl SampleRequest {
    fn order(&self, painter: &Painter, monitor: &mut dyn Monitor) -> Result<Order> {
        let count = if self.latent.is_empty() { self.count } else { self.latent.len() };
        if !(1..=MOST).contains(&count) || self.columns == Some(0) {
            return Err(Error::usage(format!(
                "count is {count}: it must be from 1 to {MOST}, on a sheet of at least one column"
            )));
        }
        let columns = self.columns.unwrap_or_else(|| square_columns(count));
        if self.sheet {
            refuse_too_many(painter, count, self.columns)?;
        }
        let sources: Vec<Source> = match &self.latent[..] {
            [] => seeds(self.seed, self.count).collect(),
            files => files.iter().cloned().map(Source::File).collect(),
        };
        let steered = self.steering.open(painter, monitor)?;
        steered.check_taste(&sources, monitor)?;
        // All files are read before anything is made.
        let files = if self.latent.is_empty() { &[] } else { &sources[..] };
        let point = |file| steered.point(file, painter, monitor);
        let held = files.iter().map(point).collect::<Result<_>>()?;
        Ok(Order { sources, how: How::Steered(steered), held, sheet: self.sheet.then_some(columns) })
    }
}

/// The folder to paint into, or the one file.
fn target(out: Option<&Path>, painter: &Painter, order: &Order) -> Result<PathBuf> {
    let Some(out) = out else { return Ok(Path::new("painted").join(painter.run().name())) };
    if is_picture_file(out) && order.sheet.is_none() && order.sources.len() > 1 {
        let sentence =
            format!("{} pictures don't fit into the one file {}", order.sources.len(), out.display());
        let folder = out.with_extension("").display().to_string();
        return Err(Error::usage(sentence)
            .hint(Hint::set("put them onto a sheet", "sheet", None))
            .hint(Hint::set("put them into a folder", "out", Some(&folder))));
    }
    Ok(out.to_path_buf())
}

/// Refuses a sheet that no program would read again.
fn refuse_too_many(painter: &Painter, number: usize, columns: Option<usize>) -> Result<()> {
    let ([width, height], most) = (size(painter), most(painter, columns));
    if number <= most {
        return Ok(());
    }
    let [number, most] = [number, most].map(format::count);
    let sentence = format!(
        "{number} pictures of {width} x {height} don't fit onto one sheet: {most} are the most; paint fewer"
    );
    Err(Error::usage(sentence).hint(Hint::unset("have a file each", "sheet")))
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
