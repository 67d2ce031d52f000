//! Labelled synthetic sets: pictures that a run paints by class, into a sub-folder for each, to train classifiers on.
//!
//! Copies of training pictures and pictures that repeat each other are refused ([`Originals`]); the next seed that paints
//! the same class takes their place. What was done stands in a note beside the pictures, which is brought up to date
//! after each portion, so that it is true whenever the work is stopped.

mod choose;
mod folder;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use impasto_data::{DataError, Dataset, Picture, Preparation, WriteError};
use serde::{Deserialize, Serialize};

pub use choose::{Candidate, Ended, PATIENCE, Refused};
pub use folder::NOTE;

use crate::error::{Class, Classify, ErrorKind, Hint};
use crate::judge::{Compared, JudgeError, Originals};
use crate::paint::{PaintError, Painter, Taste};
use crate::picture::{Kind, PictureError, PictureRecipe, write_paintings, write_png};
use choose::{Wanted, choose};
use folder::Folder;
use impasto_system::{Existing, FileError, Monitor, Stage, Unit, Warning, WarningKind};

/// Real pictures that are in memory at once.
const PORTION: usize = 256;

/// What is to be painted.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The folder, which is made.
    pub out: PathBuf,
    /// How many pictures.
    pub count: usize,
    /// Whether so many of each class are meant, and not of all together.
    pub per_class: bool,
    /// The first seed.
    pub seed: u64,
    /// How they are drawn.
    pub taste: Taste,
    /// Real pictures that are copied in.
    pub with: Option<PathBuf>,
    /// Whether a set that was written here before is replaced.
    pub force: bool,
    /// Where features are kept; none: where the judge keeps them.
    pub cache: Option<PathBuf>,
}

/// What was painted, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Set {
    /// The version of Impasto.
    pub version: &'static str,
    /// The run's id.
    pub run: String,
    /// The hash of the weights.
    pub checkpoint: String,
    /// Below 1: nearer to the middle.
    pub truncation: f64,
    /// Where latents came from.
    pub prior: &'static str,
    /// How it ended.
    pub ended: Ended,
    /// Pictures that were asked for.
    pub asked: usize,
    /// Pictures that were painted and kept.
    pub pictures: usize,
    /// Real pictures that were copied in.
    pub real: usize,
    /// Where they came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// The first seed that was tried.
    pub first_seed: u64,
    /// The first one that was not: another set that begins here has other pictures.
    pub next_seed: u64,
    /// Pictures that were refused.
    pub refused: Refused,
    /// What they were compared with.
    pub compared: Compared,
    /// What each class has; one without a name for a run without classes.
    pub classes: Vec<OfClass>,
}

/// What a class has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OfClass {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// Pictures that were painted.
    pub pictures: usize,
    /// Real pictures.
    pub real: usize,
}

/// A set could not be painted.
#[derive(Debug, thiserror::Error)]
pub enum SyntheticError {
    /// The training pictures can't be looked at.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The run can't paint.
    #[error(transparent)]
    Paint(#[from] PaintError),
    /// The real pictures can't be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The folder can't be made.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file can't be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A picture can't be written.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The training pictures are gone.
    #[error(
        "the pictures that `{}` was trained on cannot be opened ({source}), so copies of them could not be refused: put them \
         back where they were", run.display()
    )]
    TrainedOn {
        /// The run.
        run: PathBuf,
        /// Why not.
        source: DataError,
    },
    /// There is such a set already.
    #[error(
        "`{}` holds a set that was painted before: choose another folder",
        path.display()
    )]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// Real pictures without labels beside painted ones with labels.
    #[error(
        "the pictures in `{}` have no labels, and those that are painted do: give a labelled set, such as a \
         folder with a sub-folder for each class", path.display()
    )]
    NoLabels {
        /// The set.
        path: PathBuf,
    },
}

impl Classify for SyntheticError {
    fn class(&self) -> Class {
        match self {
            Self::Judge(error) => error.class(),
            Self::Paint(error) => error.class(),
            Self::Data(error) => error.class(),
            Self::Write(error) => error.class(),
            Self::File(error) => error.class(),
            Self::Picture(error) => error.class(),
            Self::TrainedOn { .. } => ErrorKind::Missing.into(),
            Self::Exists { .. } => ErrorKind::Refused.with([Hint::set("replace that set", "force", None)]),
            Self::NoLabels { .. } => {
                ErrorKind::Usage.with([Hint::unset("leave the real pictures out", "with")])
            }
        }
    }
}

/// Paints a set, and says what it did. Where it is stopped, it ends after the portion that is being painted.
pub fn paint_set(
    order: &Order,
    painter: &Painter,
    device: &Device,
    monitor: &mut dyn Monitor,
) -> Result<Set, SyntheticError> {
    // Whatever can be refused is refused before anything is computed or written.
    Folder::check(&order.out, order.force)?;
    let real = order.with.as_deref().map(|path| real(path, painter, monitor)).transpose()?;
    let (mut originals, compared, warnings) =
        Originals::of_run(painter.run().path(), device, order.cache.as_deref(), monitor)
            .map_err(in_our_words)?;
    for sentence in warnings {
        monitor.warn(&Warning::new(WarningKind::Uncertain, sentence));
    }
    if painter.classes().is_empty() && real.as_ref().is_some_and(|real| !real.classes().is_empty()) {
        let sentence =
            "the real pictures have labels and the painted ones have none: they are copied in without them";
        monitor.warn(&Warning::new(WarningKind::Ignored, sentence));
    }
    let mut wanted = Wanted::new(order.seed, order.count, order.per_class, painter.classes().len());
    let mut folder = Folder::make(&order.out, painter.classes(), &wanted, order.force)?;
    let mut set = begun(order, painter, &wanted, compared);
    if let Some(real) = &real {
        copy_in(real, &mut folder, &mut set, monitor)?;
    }
    // The clock of this stage starts here.
    monitor.count(Stage::Sampling, Unit::Pictures, 0, set.asked);
    let paint = &mut |candidates: &[Candidate]| painted(painter, candidates, order.taste);
    let keep = &mut |kept: &[(Candidate, Picture)], wanted: &Wanted| {
        write(painter, order.taste, kept, &mut folder)?;
        set.count(wanted);
        folder.note(&set)?;
        Ok::<_, SyntheticError>(monitor.count(Stage::Sampling, Unit::Pictures, set.pictures, set.asked))
    };
    let ended = choose(&mut wanted, &mut originals, paint, keep)?;
    set.ended = ended;
    set.classes = folder.classes().to_vec();
    folder.note(&set)?;
    folder.finish()?;
    Ok(set)
}

/// The judge's advice, to name another folder, is none here.
fn in_our_words(error: JudgeError) -> SyntheticError {
    match error {
        JudgeError::TrainedOn { run, source } => SyntheticError::TrainedOn { run, source },
        other => other.into(),
    }
}

fn begun(order: &Order, painter: &Painter, wanted: &Wanted, compared: Compared) -> Set {
    Set {
        version: env!("CARGO_PKG_VERSION"),
        run: painter.run().about().id.clone(),
        checkpoint: painter.weights_hash().to_owned(),
        truncation: order.taste.truncation,
        prior: order.taste.prior.name(),
        ended: Ended::Stopped,
        asked: wanted.missing(),
        pictures: 0,
        real: 0,
        with: order.with.as_ref().map(|path| path.display().to_string()),
        first_seed: order.seed,
        next_seed: order.seed,
        refused: Refused::default(),
        compared,
        classes: Vec::new(),
    }
}

impl Set {
    fn count(&mut self, wanted: &Wanted) {
        self.pictures = self.asked - wanted.missing();
        self.next_seed = wanted.next_seed();
        self.refused = wanted.refused();
    }
}

fn painted(
    painter: &Painter,
    candidates: &[Candidate],
    taste: Taste,
) -> Result<Vec<Picture>, SyntheticError> {
    let point = |one: &Candidate| painter.point(one.seed, one.class, taste);
    Ok(painter.paint(&candidates.iter().map(point).collect::<Result<Vec<_>, _>>()?)?)
}

/// Writes pictures into the folders of their classes.
fn write(
    painter: &Painter,
    taste: Taste,
    kept: &[(Candidate, Picture)],
    folder: &mut Folder,
) -> Result<(), SyntheticError> {
    let mut of_class: BTreeMap<Option<usize>, Vec<&(Candidate, Picture)>> = BTreeMap::new();
    kept.iter().for_each(|one| of_class.entry(one.0.class).or_default().push(one));
    for (class, some) in of_class {
        let name = |one: &Candidate| format!("{:06}.png", one.seed);
        let paths: Vec<PathBuf> = some.iter().map(|(one, _)| folder.path(class, &name(one))).collect();
        let recipe = |one: &Candidate| painter.picture_recipe(Kind::Sample, one.seed, one.class, taste);
        let recipes: Vec<PictureRecipe> = some.iter().map(|(one, _)| recipe(one)).collect();
        let paintings: Vec<(&Path, &Picture, &PictureRecipe)> =
            (0..some.len()).map(|at| (paths[at].as_path(), &some[at].1, &recipes[at])).collect();
        write_paintings(&paintings, Existing::Keep)?;
        some.iter().for_each(|(one, _)| folder.add(class, &name(one), false));
    }
    Ok(())
}

/// Real pictures, prepared as the run's own are.
fn real(path: &Path, painter: &Painter, monitor: &mut dyn Monitor) -> Result<Dataset, SyntheticError> {
    let preparation = Preparation { flip: false, ..painter.config().preparation() };
    let data = Dataset::open(path, &preparation, monitor)?;
    match data.labels().is_empty() && !painter.classes().is_empty() {
        true => Err(SyntheticError::NoLabels { path: path.into() }),
        false => Ok(data),
    }
}

fn copy_in(
    real: &Dataset,
    folder: &mut Folder,
    set: &mut Set,
    monitor: &mut dyn Monitor,
) -> Result<(), SyntheticError> {
    let classes = folder.real_classes(real.classes())?;
    let all: Vec<u32> = (0..real.len() as u32).collect();
    for some in all.chunks(PORTION) {
        let batch = real.plain(some)?;
        for (at, number) in some.iter().enumerate() {
            let class = batch.labels.get(at).and_then(|&label| classes[label as usize]);
            let name = format!("real-{number:06}.png");
            write_png(&folder.path(class, &name), &batch.picture(at), &[], Existing::Keep)?;
            folder.add(class, &name, true);
            set.real += 1;
        }
        if !monitor.count(Stage::Writing, Unit::Pictures, set.real, real.len()) {
            return Err(DataError::Cancelled.into());
        }
    }
    Ok(folder.note(set)?)
}
