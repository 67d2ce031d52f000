//! What can go wrong with a run folder, in sentences that say what to do.

use std::fmt;
use std::path::PathBuf;

use crate::error::{Action, Class, Classify, ErrorKind, Hint};
use impasto_system::FileError;

/// Something is wrong with a run folder.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A new run can't begin in a folder that holds files.
    #[error(
        "`{}` already holds files, and a new run needs a folder of its own", path.display()
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The folder isn't a run.
    #[error("`{}` is not a run folder ({why})", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// How that was seen.
        why: String,
    },
    /// Another process trains in this folder.
    #[error(
        "`{}` is being trained by another process at this moment; wait until it ends, or stop it and try again",
        path.display()
    )]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// One checkpoint can't be used.
    #[error("{0}; use another checkpoint of the same run")]
    Damaged(Damaged),
    /// No checkpoint can be used.
    #[error(
        "`{}` has no checkpoint that reads back whole{}", path.display(), tell(damaged)
    )]
    NoCheckpoint {
        /// The run folder.
        path: PathBuf,
        /// Those that were tried.
        damaged: Vec<Damaged>,
    },
    /// The contents can't be written as a checkpoint.
    #[error("the checkpoint `{}` can't be written ({why}); please report this", path.display())]
    CannotStore {
        /// The checkpoint's folder.
        path: PathBuf,
        /// What the format said.
        why: String,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A checkpoint that doesn't read back whole. It is passed over and never deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The checkpoint's folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Damaged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the checkpoint `{}` can't be used: {}", self.path.display(), self.why)
    }
}

fn tell(damaged: &[Damaged]) -> String {
    damaged.iter().map(|one| format!("; {one}")).collect()
}

impl Classify for RunError {
    fn class(&self) -> Class {
        match self {
            Self::NotEmpty { path } => ErrorKind::Refused.with([
                Hint::set("begin another one", "out", Some("FOLDER")),
                Hint::new("go on with the run that is there", Action::ResumeRun { run: path.clone() }),
            ]),
            Self::NotARun { .. } => {
                ErrorKind::Unreadable.with([Hint::new("see what has been trained", Action::ListRuns)])
            }
            Self::Busy { .. } => ErrorKind::Refused.into(),
            Self::Damaged(_) => ErrorKind::Corrupt.into(),
            Self::NoCheckpoint { path, .. } => ErrorKind::Corrupt.with([Hint::new(
                "train again with the same settings in another folder",
                Action::RepeatRun { run: path.clone() },
            )]),
            Self::CannotStore { .. } => ErrorKind::Internal.into(),
            Self::File(error) => error.class(),
        }
    }
}
