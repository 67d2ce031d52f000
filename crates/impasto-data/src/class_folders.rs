//! A new labelled set on disk: an empty folder with a sub-folder for each class.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use impasto_system::{FileError, NewFolder};
use thiserror::Error;

/// Why a set could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// Whoever watches has stopped it.
    #[error("stopped before all was done; nothing was written")]
    Cancelled,
    /// The folder has something in it.
    #[error("{} is not empty, and nothing is ever overwritten: choose another folder, or empty it first", .0.display())]
    NotEmpty(PathBuf),
    /// The disk said no.
    #[error("could not write {}: {source}; check that the disk has room and the folder may be written", path.display())]
    Write {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder could not be begun, or not be finished.
    #[error(transparent)]
    File(#[from] FileError),
}

impl WriteError {
    /// What the system said about this path.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Write { path, source }
    }
}

/// Begins a folder that is there when it is whole; one with something in it is refused.
pub(crate) fn begin(folder: &Path) -> Result<NewFolder, WriteError> {
    if folder.exists() {
        refuse_unless_empty(folder)?;
    }
    if let Some(parent) = folder.parent() {
        impasto_system::make_folders(parent)?;
    }
    Ok(NewFolder::create(folder)?)
}

/// Makes the folder, unless it has something in it.
///
/// # Errors
/// For a folder that is not empty, and what the disk refuses.
pub fn make_empty(folder: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(folder).map_err(WriteError::at(folder))?;
    refuse_unless_empty(folder)
}

fn refuse_unless_empty(folder: &Path) -> Result<(), WriteError> {
    match fs::read_dir(folder).map_err(WriteError::at(folder))?.next() {
        Some(_) => Err(WriteError::NotEmpty(folder.to_path_buf())),
        None => Ok(()),
    }
}

/// Makes a sub-folder for each class.
///
/// # Errors
/// For a sub-folder that is there already, and what the disk refuses.
pub fn make_classes<'a>(folder: &Path, classes: impl IntoIterator<Item = &'a str>) -> Result<(), WriteError> {
    classes.into_iter().try_for_each(|class| {
        let folder = folder.join(class);
        fs::create_dir(&folder).map_err(WriteError::at(&folder))
    })
}
