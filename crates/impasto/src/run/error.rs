//! What can go wrong with a run folder, in sentences that say what to do.

use std::fmt;
use std::path::PathBuf;

use crate::shell::Command;
use impasto_system::FileError;

/// Something is wrong with a run folder.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A new run can't begin in a folder that holds files.
    #[error(
        "`{}` already holds files, and a new run needs a folder of its own; choose another --out, or go on with \
         the run that is there: {}", path.display(), Command::new("train").with_path("--resume", path)
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The folder isn't a run.
    #[error("`{}` is not a run folder ({why}); give a folder that `impasto train` made", path.display())]
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
        "`{}` has no checkpoint that reads back whole{}; start the training again in another folder with the \
         same config: {}", path.display(), tell(damaged), Command::new("train").with_path("--config", path.join("config.toml"))
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
