//! What can go wrong with networks that the user adds.

use std::path::PathBuf;

use impasto_data::get::GetError;

use super::ReadError;
use crate::error::{Action, Class, Classify, ErrorKind, Hint};
use impasto_system::FileError;

/// A network can't be added or used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// No network has this name.
    #[error("there is no network called `{name}`{nearest}; there are: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// `, did you mean ...?` or nothing.
        nearest: String,
        /// All names.
        known: String,
    },
    /// It was not added yet.
    #[error("the network `{name}` is not here")]
    Absent {
        /// The network.
        name: &'static str,
        /// What fetches it.
        source_name: &'static str,
        /// How much is fetched.
        megabytes: u64,
    },
    /// It is there, and would be written over.
    #[error("the network `{name}` is already there, in {}", path.display())]
    Present {
        /// The network.
        name: &'static str,
        /// Its folder.
        path: PathBuf,
    },
    /// A file can't be understood.
    #[error("no weights can be read from {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: ReadError,
    },
    /// A file holds something else.
    #[error("{} does not hold the network `{name}`: {why}; check that it is the right file", path.display())]
    Misfit {
        /// The file.
        path: PathBuf,
        /// The network.
        name: &'static str,
        /// What does not fit.
        why: String,
    },
    /// What was stored is not what was stored once.
    #[error(
        "the network `{name}` in {} is damaged ({why})",
        path.display()
    )]
    Damaged {
        /// The network.
        name: &'static str,
        /// Its folder.
        path: PathBuf,
        /// How that was seen.
        why: String,
        /// What fetches it.
        source_name: &'static str,
    },
    /// The package was not fetched.
    #[error(transparent)]
    Get(#[from] GetError),
    /// The disk said no.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Classify for WeightsError {
    fn class(&self) -> Class {
        let fetch =
            |purpose: String, name, replace| Hint::new(purpose, Action::FetchWeights { name, replace });
        match self {
            Self::Unknown { .. } => ErrorKind::Usage.into(),
            Self::Absent { name, source_name, megabytes } => ErrorKind::Missing.with([
                fetch(format!("fetch it ({megabytes} MB)"), source_name, false),
                Hint::new("take it from a file", Action::AddWeights { name }),
            ]),
            Self::Present { .. } => {
                ErrorKind::Refused.with([Hint::set("put another in its place", "replace", None)])
            }
            Self::Unreadable { .. } => ErrorKind::Unreadable.into(),
            Self::Misfit { .. } => ErrorKind::Corrupt.into(),
            Self::Damaged { source_name, .. } => {
                ErrorKind::Corrupt.with([fetch("fetch it again".into(), source_name, true)])
            }
            Self::Get(error) => error.class(),
            Self::File(error) => error.class(),
        }
    }
}
