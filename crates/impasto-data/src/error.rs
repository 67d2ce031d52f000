//! What can go wrong with a whole set of pictures. What is wrong with one picture is a `Finding`.

use std::io;
use std::path::{Path, PathBuf};

use impasto_system::FileError;
use thiserror::Error;

/// A set of pictures can't be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// Whoever watches has stopped it.
    #[error("stopped before all was done")]
    Cancelled,
    /// Nothing lies at the path.
    #[error("there is nothing at {path}: check the spelling, or give the path from the root")]
    Missing {
        /// What was asked for.
        path: PathBuf,
    },
    /// The file or folder can't be read.
    #[error("cannot read {path}: {source}: check that it exists and that you may read it")]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file is of no kind that holds pictures.
    #[error(
        "{path} holds no pictures: {why}: give a folder of pictures, a .zip or .tar of pictures, an IDX file, \
         or CIFAR-10's .bin files"
    )]
    NotPictures {
        /// What was looked at.
        path: PathBuf,
        /// What was found in it.
        why: String,
    },
    /// There may be files, but not one good picture.
    #[error(
        "no readable pictures in {path}: {why}: give a folder with PNG, JPEG, WebP, GIF, BMP or TIFF files"
    )]
    Nothing {
        /// What was looked at.
        path: PathBuf,
        /// What was found instead.
        why: String,
    },
    /// The preparation asks for something that can't be.
    #[error("pictures cannot be prepared as {what}: {why}")]
    Preparation {
        /// What was asked for.
        what: String,
        /// Why it can't be.
        why: String,
    },
    /// The cache can't be written or read.
    #[error(
        "cannot use the cache of prepared pictures {path}: {source}: free some space there, or set IMPASTO_CACHE \
         to a folder that can be written"
    )]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// There is no place for a cache.
    #[error(transparent)]
    File(#[from] FileError),
    /// A picture was asked for that isn't there.
    #[error("picture number {index} was asked for, but there are {count}, counted from 0")]
    NoSuchPicture {
        /// The number asked for.
        index: u32,
        /// How many there are.
        count: usize,
    },
}

impl DataError {
    /// For `map_err` on what reads `path`.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Read { path, source }
    }

    /// For `map_err` on what touches the cache at `path`.
    pub(crate) fn cache(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Cache { path, source }
    }
}
