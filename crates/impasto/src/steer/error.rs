//! What can go wrong with steering, in sentences that say what to do.

use std::path::PathBuf;

use crate::error::{Action, Class, Classify, ErrorKind, Hint};
use crate::paint::PaintError;
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
        "`{}` gives no latent ({why}); give a seed, a .latent file, or a picture of this run",
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
        "`{}` is of the run with the id {theirs}, and this run's is {ours}: another model paints something else \
         there", path.display()
    )]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// Its run.
        theirs: String,
        /// The run to paint from.
        ours: String,
        /// Its folder.
        run: PathBuf,
    },
    /// No axes were looked for.
    #[error("no axes are known in run {}", run.display())]
    NoDirections {
        /// The run.
        run: PathBuf,
    },
    /// The stored axes can't be used.
    #[error("`{}` cannot be used: {why}", path.display())]
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
         up"
    )]
    NothingFound {
        /// How they were looked for.
        method: &'static str,
    },
    /// What the weights paint can't be compared with anything.
    #[error(
        "this checkpoint ({weights}, after {images} pictures) paints no numbers: the training has blown up"
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
        1 => "only one, where all of the latent enters".to_owned(),
        count => format!("{count} of them"),
    }
}

impl Classify for SteerError {
    fn class(&self) -> Class {
        let earlier = || Hint::set("take an earlier checkpoint", "checkpoint", Some("NAME"));
        match self {
            Self::Paint(error) => error.class(),
            Self::File(error) => error.class(),
            Self::NoSuchLevels { count: 1, .. } => {
                ErrorKind::Usage.with([Hint::set("mix by shares", "mix", Some("17:0.3"))])
            }
            Self::NotALatent { .. } => ErrorKind::Unreadable.into(),
            Self::OtherRun { run, .. } => ErrorKind::Refused.with([Hint::run(
                "find the latent of the picture in this run",
                "invert",
                run,
            )]),
            Self::NoDirections { run } => ErrorKind::Usage.with([Hint::run("find them", "directions", run)]),
            Self::BadDirections { path, .. } => {
                let run = path.parent().unwrap_or(path).to_path_buf();
                ErrorKind::Corrupt.with([Hint::new("find them again", Action::FindDirections { run })])
            }
            Self::NothingFound { .. } | Self::NoNumbers { .. } => ErrorKind::Refused.with([earlier()]),
            Self::NoSuchLevels { .. }
            | Self::UnknownAxis { .. }
            | Self::BadName { .. }
            | Self::NoAxes { .. } => ErrorKind::Usage.into(),
        }
    }
}
