//! What went wrong with a file, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Reading or writing a file went wrong.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing} `{path}`: {source}; {}", remedy(source))]
pub struct FileError {
    /// What was being done, as a verb: "write", "read".
    pub doing: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    /// For `map_err`: the system's error becomes one that says what was done and where.
    pub fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self { doing, path, source }
    }
}

/// What to do about an error of the system.
fn remedy(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded => {
            "the disk is full: free some space and try again (nothing that was there before has been changed)"
        }
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            "choose a folder that you may write to, or change its permissions"
        }
        Kind::NotFound => "check the path",
        Kind::NotADirectory | Kind::AlreadyExists | Kind::IsADirectory | Kind::DirectoryNotEmpty => {
            "something else of this name is in the way: move it, or choose another path"
        }
        Kind::InvalidInput => "give a file instead",
        Kind::FileTooLarge => "check that it is the file that you mean",
        _ => "check the disk and try again",
    }
}
