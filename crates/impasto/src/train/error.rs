//! What can go wrong with a training.

use std::path::{Path, PathBuf};

use impasto_data::DataError;

use crate::config::ConfigError;
use crate::error::{Class, Classify, ErrorKind, Hint};
use crate::picture::PictureError;
use crate::run::RunError;
use crate::settings::NoBf16;
use crate::style::StyleError;
use crate::weights::WeightsError;
use impasto_system::FileError;

/// A training can't begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The settings are no good.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The pictures are no good.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The run folder is no good.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file can't be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A picture can't be written.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Classes were asked for and there are none.
    #[error("the pictures have no classes to learn: put them into sub-folders, one for each class")]
    NoClasses,
    /// The run to start from is of another model.
    #[error(
        "only {taken} of the {all} tensors of this recipe come from `{run}`, which is of another: start from a run of the same recipe and preset (its settings are taken, \
         unless a configuration or a recipe is named beside it)"
    )]
    NothingFits {
        /// The run.
        run: String,
        /// So many tensors fit,
        taken: usize,
        /// of so many.
        all: usize,
    },
    /// A recipe learns one style, and none is named.
    #[error("this recipe learns one style, and nothing says which: give a picture in it")]
    NoStyle,
    /// The picture of the style is no good.
    #[error("the style `{}` can't be read: {why}; {remedy}", path.display())]
    BadStyle {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        why: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The style can't be learned.
    #[error(transparent)]
    Style(#[from] StyleError),
    /// The network that looks at a style is missing.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The processor has no bf16.
    #[error("{0}; a run that was trained with it goes on only on such a processor")]
    NoBf16(#[from] NoBf16),
    /// Resumed with other pictures.
    #[error(
        "the pictures in `{data}` are not those that `{}` has learned so far; put them back as they were, or start a \
         new run", run.display()
    )]
    OtherData {
        /// The run.
        run: PathBuf,
        /// Where its pictures are.
        data: String,
    },
    /// The checkpoint is of another model.
    #[error("the checkpoint in `{}` does not fit its config.toml: {why}; was the file changed by hand?", run.display())]
    OtherModel {
        /// The run.
        run: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// A loss is not a number any more, or huge, and going back was not asked for or does not help.
    #[error(
        "training has blown up: \"{name}\" is {value} at step {step}; {}, and {remedy}",
        last_good(good.as_deref())
    )]
    Diverged {
        /// When.
        step: u64,
        /// Which figure.
        name: &'static str,
        /// What it is.
        value: f64,
        /// The last checkpoint.
        good: Option<PathBuf>,
        /// What to do.
        remedy: String,
    },
}

fn last_good(good: Option<&Path>) -> String {
    match good {
        Some(good) => format!("the last good checkpoint is {}", good.display()),
        None => "there is no checkpoint".to_owned(),
    }
}

impl Classify for TrainError {
    fn class(&self) -> Class {
        match self {
            Self::Config(error) => error.class(),
            Self::Data(error) => error.class(),
            Self::Run(error) => error.class(),
            Self::File(error) => error.class(),
            Self::Picture(error) => error.class(),
            Self::Style(error) => error.class(),
            Self::Weights(error) => error.class(),
            Self::NoBf16(error) => error.class(),
            Self::NoClasses => ErrorKind::Refused.with([Hint::unset("learn them without", "conditional")]),
            Self::NoStyle => ErrorKind::Usage.with([Hint::set("give one", "style", Some("PICTURE"))]),
            Self::BadStyle { .. } => ErrorKind::Unreadable.into(),
            Self::OtherModel { .. } => ErrorKind::Corrupt.into(),
            Self::NothingFits { .. } | Self::OtherData { .. } | Self::Diverged { .. } => {
                ErrorKind::Refused.into()
            }
        }
    }
}
