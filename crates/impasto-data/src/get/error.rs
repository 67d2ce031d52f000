//! What can go wrong on the way from a package to a folder of files.

use std::io;
use std::path::{Path, PathBuf};

use impasto_system::FileError;
use thiserror::Error;

/// Why something was not fetched.
#[derive(Debug, Error)]
pub enum GetError {
    /// Whoever watches has stopped it.
    #[error("stopped before all was done; nothing was kept")]
    Cancelled,
    /// No set has this name.
    #[error("there is no known set called `{name}`{nearest}; the known sets are {known}")]
    UnknownSet {
        /// What was asked for.
        name: String,
        /// `, did you mean ...?` or nothing.
        nearest: String,
        /// All names.
        known: String,
    },
    /// The folder has something in it.
    #[error("{} is not empty, and nothing is ever overwritten: choose another folder, or empty it first", .0.display())]
    NotEmpty(PathBuf),
    /// A package would have to be built, which nobody has allowed.
    #[error(
        "{set} comes as the {package}, which is published as source only: to fetch it `pip` runs the package's build \
         script, and the newest version of whatever this needs for building, which nobody has checked; or run \
         `{command}` on a machine where that does no harm, and give its file, which is only unpacked"
    )]
    Builds {
        /// What was asked for.
        set: &'static str,
        /// The kind, name and version of the package.
        package: String,
        /// The command that would have been run.
        command: String,
    },
    /// The package client is not installed.
    #[error(
        "{set} comes as the {package}, and `{client}` is not on this machine: {remedy}; or run `{command}` on a \
         machine that has it, and give its file"
    )]
    ClientMissing {
        /// What was asked for.
        set: &'static str,
        /// The kind, name and version of the package.
        package: String,
        /// The client's program.
        client: &'static str,
        /// How to get the client.
        remedy: &'static str,
        /// The command that would have been run.
        command: String,
    },
    /// The package client ran and failed.
    #[error("`{command}` failed ({status}):\n{last_words}\nIs this machine online{hint}?")]
    ClientFailed {
        /// What was run.
        command: String,
        /// How it ended.
        status: String,
        /// The last lines it wrote.
        last_words: String,
        /// What else to check.
        hint: &'static str,
    },
    /// The package client was content, but there is not exactly one file.
    #[error(
        "`{command}` ended well but left {found} files instead of one; try it by hand, and give its file"
    )]
    NothingFetched {
        /// What was run.
        command: String,
        /// How many files it left.
        found: usize,
    },
    /// A file can't be read.
    #[error("could not read {}: {source}; check that it exists and may be read", path.display())]
    Read {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk said no.
    #[error("could not write {}: {source}; check that the disk has room and the folder may be written", path.display())]
    Write {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder could not be begun, or not be finished.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is no package.
    #[error("{} is no package, neither a .tgz nor a .deb nor a .whl; {wanted}", path.display())]
    NotAPackage {
        /// Which file.
        path: PathBuf,
        /// Which package it should be.
        wanted: String,
    },
    /// The package ends early or is not what its headers say.
    #[error("{} is damaged: {source}; download it again", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What its decoder said.
        source: io::Error,
    },
    /// Something else than was published.
    #[error(
        "{what} is not what was published: its sha256 is {found} and should be {expected}; download it again, and \
         should it happen twice, don't use it"
    )]
    WrongHash {
        /// The package, or a file in it.
        what: String,
        /// The published checksum.
        expected: String,
        /// The checksum of what came.
        found: String,
    },
    /// A package that tries to write somewhere else, or to fill the disk.
    #[error("{} was refused: {why}; the published package has nothing of the kind, so don't use it", path.display())]
    Unsafe {
        /// Which package.
        path: PathBuf,
        /// What it holds.
        why: String,
    },
    /// Another package than was asked for.
    #[error("{} does not hold {missing}; {wanted}", path.display())]
    Lacks {
        /// Which package.
        path: PathBuf,
        /// What was looked for in it.
        missing: String,
        /// Which package it should be.
        wanted: String,
    },
}

/// The error for something that can't be read.
pub(super) fn reading(path: &Path) -> impl FnOnce(io::Error) -> GetError {
    let path = path.to_path_buf();
    move |source| GetError::Read { path, source }
}

/// The error for something that can't be written.
pub(super) fn writing(path: &Path) -> impl FnOnce(io::Error) -> GetError {
    let path = path.to_path_buf();
    move |source| GetError::Write { path, source }
}
