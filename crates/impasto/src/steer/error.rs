//! What can go wrong with steering, in sentences that say what to do.

use std::path::PathBuf;

use crate::paint::PaintError;
use crate::shell::Command;
use impasto_system::FileError;

/// Something can't be steered as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum SteerError {
    /// The run can't paint.
    #[error(transparent)]
    Paint(#[from] PaintError),
    /// A file can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The model has fewer levels.
    #[error("levels {levels} were asked for, and recipe {recipe} has {}", counted(*count))]
    NoSuchLevels {
        /// The recipe.
        recipe: String,
        /// What was asked for.
        levels: String,
        /// What there is.
        count: usize,
    },
    /// The file holds no latent.
    #[error(
        "`{}` gives no latent ({why}); give a seed, a .latent file of `impasto invert`, or a picture of `impasto sample`",
        path.display()
    )]
    NotALatent {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        why: String,
    },
    /// The latent belongs to another run.
    #[error(
        "`{}` is of the run with the id {theirs}, and this run's is {ours}: another model paints something else there; find \
         the latent of the picture in this run: impasto invert", path.display()
    )]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// Its run.
        theirs: String,
        /// The run to paint from.
        ours: String,
    },
    /// No axes were looked for.
    #[error("no axes are known in run {}; find them first: {}", run.display(), Command::new("directions").path(run))]
    NoDirections {
        /// The run.
        run: PathBuf,
    },
    /// The stored axes can't be used.
    #[error("`{}` cannot be used: {why}; find the axes anew: impasto directions RUN --anew", path.display())]
    BadDirections {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No such axis.
    #[error("there is no axis \"{name}\"; there are: {known}")]
    UnknownAxis {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// An axis can't be called that.
    #[error(
        "an axis cannot be called {name:?}: {why}; use letters, digits, - and _, for example axis3=smile"
    )]
    BadName {
        /// What was asked for.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// The recipe's model has no axes of this kind.
    #[error("recipe {recipe} has no axes by {method}: {why}")]
    NoAxes {
        /// The recipe.
        recipe: String,
        /// How they were looked for.
        method: &'static str,
        /// Why.
        why: &'static str,
    },
    /// The weights have no axes of this kind, though the recipe's models do.
    #[error(
        "no axes were found by {method}: in these weights latents do nothing that can be measured, or the training has blown \
         up; take an earlier checkpoint with --checkpoint"
    )]
    NothingFound {
        /// How they were looked for.
        method: &'static str,
    },
    /// What the weights paint can't be compared with anything.
    #[error(
        "this checkpoint ({weights}, after {images} pictures) paints no numbers: the training has blown up; take an earlier \
         one with --checkpoint"
    )]
    NoNumbers {
        /// The hash of the weights.
        weights: String,
        /// Pictures seen in training up to those.
        images: u64,
    },
}

fn counted(levels: usize) -> String {
    match levels {
        1 => "only one, where all of the latent enters; mix by shares: --mix 17:0.3".to_owned(),
        count => format!("{count} of them"),
    }
}
