//! What can go wrong with judging.

use std::path::PathBuf;

use impasto_data::DataError;
use impasto_system::FileError;

use crate::config::ConfigError;
use crate::error::{Class, Classify, ErrorKind, Hint};
use crate::paint::PaintError;
use crate::run::RunError;
use crate::weights::WeightsError;

/// A set can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// Whoever watches has stopped it.
    #[error("stopped before all was measured; what was encoded is kept, and is not encoded again")]
    Cancelled,
    /// The pictures can't be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// LPIPS was asked for, and its weights are not here.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The run can't paint.
    #[error(transparent)]
    Paint(#[from] PaintError),
    /// The run folder is no good.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The settings of the run are no good.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no place for features that were computed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The pictures that a run was trained on are gone.
    #[error(
        "the pictures that `{}` was trained on cannot be opened ({source})",
        run.display()
    )]
    TrainedOn {
        /// The run.
        run: PathBuf,
        /// Why not.
        source: DataError,
    },
    /// Too few for any figure.
    #[error(
        "`{}` holds {count}: a set is judged by at least {least} pictures on each side, and figures settle from about \
         a thousand; add pictures, or look at them with your own eyes", path.display()
    )]
    TooFew {
        /// The set.
        path: PathBuf,
        /// How many there are, in words.
        count: String,
        /// How many there must be.
        least: usize,
    },
    /// There are no classes to count.
    #[error(
        "the pictures of `{}` have no labels, so there are no classes to count: put the pictures of each class into a \
         sub-folder of its own (`{0}/cats`, `{0}/dogs`), or give a labelled set such as mnist",
        path.display()
    )]
    NoClasses {
        /// The set.
        path: PathBuf,
    },
    /// A network has given something that is no number.
    #[error(
        "the features of `{}` are not finite; are the weights of {network} damaged?", path.display()
    )]
    NotFinite {
        /// The set.
        path: PathBuf,
        /// The network.
        network: String,
    },
}

impl Classify for JudgeError {
    fn class(&self) -> Class {
        match self {
            Self::Cancelled => ErrorKind::Cancelled.into(),
            Self::Data(error) => error.class(),
            Self::Weights(error) => error.class(),
            Self::Paint(error) => error.class(),
            Self::Run(error) => error.class(),
            Self::Config(error) => error.class(),
            Self::File(error) => error.class(),
            Self::TrainedOn { .. } => {
                ErrorKind::Missing.with([Hint::set("say where they are", "against", Some("FOLDER"))])
            }
            Self::TooFew { .. } => ErrorKind::Refused.into(),
            Self::NoClasses { .. } => {
                ErrorKind::Refused.with([Hint::unset("judge without classes", "classes")])
            }
            Self::NotFinite { .. } => {
                ErrorKind::Corrupt.with([Hint::set("judge by other features", "features", Some("builtin"))])
            }
        }
    }
}
