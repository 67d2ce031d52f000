//! What can go wrong with painting.

use std::path::PathBuf;

use crate::error::{Class, Classify, ErrorKind, Hint};
use crate::run::RunError;

/// Why nothing is painted.
#[derive(Debug, thiserror::Error)]
pub enum PaintError {
    /// The run folder is no good.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its settings are no good.
    #[error(
        "the settings in `{}` cannot be used: {why}; was the file changed by hand?", path.join("config.toml").display()
    )]
    BadConfig {
        /// The run.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The checkpoint is of another model than the settings say.
    #[error(
        "the checkpoint in `{}` does not fit its config.toml: {why}; was the file changed by hand?", path.display()
    )]
    OtherModel {
        /// The run.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// No such checkpoint.
    #[error("there is no checkpoint \"{name}\"; there are: last, best, {known}")]
    NoSuchCheckpoint {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The model has no classes.
    #[error("run {run} has no classes to choose from")]
    NoClasses {
        /// The run.
        run: String,
    },
    /// No such class.
    #[error("there is no class \"{name}\"; there are: {known}")]
    UnknownClass {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The classes that are to be mixed cannot be.
    #[error("the classes \"{text}\": {why}; for example rose:0.7,daisy:0.3")]
    BadClasses {
        /// What was asked for.
        text: String,
        /// Why.
        why: &'static str,
    },
    /// The model makes pictures of pictures.
    #[error(
        "`{}` translates pictures and does not paint from seeds",
        run.display(),
    )]
    Translates {
        /// The run.
        run: PathBuf,
    },
    /// The model does not paint from latents.
    #[error("recipe {recipe} does not paint from seeds")]
    CannotPaint {
        /// The recipe.
        recipe: String,
    },
}

impl Classify for PaintError {
    fn class(&self) -> Class {
        match self {
            Self::Run(error) => error.class(),
            Self::BadConfig { .. } | Self::OtherModel { .. } => ErrorKind::Corrupt.into(),
            Self::NoClasses { .. } => ErrorKind::Usage.with([Hint::recipe(
                "train one that has, with a folder for each class",
                None,
                &[("conditional", "true")],
            )]),
            Self::Translates { run } => {
                ErrorKind::Usage.with([Hint::run("translate a picture with it", "translate", run)])
            }
            Self::CannotPaint { .. } => ErrorKind::Refused.into(),
            Self::NoSuchCheckpoint { .. } | Self::UnknownClass { .. } | Self::BadClasses { .. } => {
                ErrorKind::Usage.into()
            }
        }
    }
}
