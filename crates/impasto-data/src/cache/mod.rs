//! Prepared pictures, kept in one file, so that every later epoch and run starts at once.
//!
//! The file is not mapped into memory: a map needs `unsafe`, and a mapped file that somebody else cuts short kills the
//! program. Records are read at their offsets from one open file instead; the kernel's page cache serves the same
//! purpose, and a file that was cut short is an error that can be told.
//!
//! A cache is written under a temporary name, synced and renamed, so it is there in full or not at all, and two
//! processes that build the same one don't meet: the last name wins, and both files hold the same. What is found later is
//! trusted only if its length and the digest of its index agree.

mod build;
mod index;
mod positional;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use impasto_system::FileError;
use sha2::{Digest, Sha256};

use crate::decode::Limits;
use crate::error::DataError;
use crate::preparation::Preparation;
use crate::source::hex;

pub(crate) use build::build;
use index::Index;

/// Part of every key: a new way of writing or preparing never meets old files.
const VERSION: u32 = 2;

/// Where Impasto keeps what it can make again, and networks: `$IMPASTO_CACHE`, or the system's folder for that. Where there is
/// no home it is a folder in the temporary one that only this user may enter.
///
/// # Errors
/// Without a home, when that folder belongs to somebody else: networks could be read from it that others have put there.
pub fn cache_folder() -> Result<PathBuf, FileError> {
    folder_for(|name| std::env::var_os(name)).map_or_else(shared_folder, Ok)
}

fn shared_folder() -> Result<PathBuf, FileError> {
    let folder = std::env::temp_dir().join("impasto");
    let refused = |error: io::Error| {
        let why = format!("{error} (there is no HOME: set IMPASTO_CACHE to a folder of your own)");
        FileError::at("use", &folder)(io::Error::new(error.kind(), why))
    };
    impasto_system::private_folder(&folder).map_err(refused)?;
    Ok(folder)
}

fn folder_for(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home_cache = if cfg!(target_os = "macos") { "Library/Caches/impasto" } else { ".cache/impasto" };
    folder("IMPASTO_CACHE")
        .or_else(|| {
            folder("XDG_CACHE_HOME").filter(|path| path.is_absolute()).map(|path| path.join("impasto"))
        })
        .or_else(|| {
            folder("LOCALAPPDATA").filter(|_| cfg!(windows)).map(|path| path.join("impasto").join("cache"))
        })
        .or_else(|| folder("HOME").map(|path| path.join(home_cache)))
}

/// The name of a set that was prepared in this way.
pub(crate) fn key(source: &str, preparation: &Preparation, limits: &Limits) -> String {
    // Flips happen at batch time: one cache serves with and without.
    let Preparation { width, height, channels, crop, background, flip: _, pairs } = preparation;
    let pairs = if *pairs { " pairs" } else { "" };
    let text =
        format!("{VERSION} {source} {width} {height} {channels} {crop} {background:?} {limits:?}{pairs}");
    hex(&Sha256::digest(text.as_bytes())[..16])
}

/// An open cache.
#[derive(Debug)]
pub(crate) struct Cache {
    path: PathBuf,
    file: File,
    pub(crate) index: Index,
    /// Where each record begins, and where the last one ends.
    offsets: Vec<u64>,
}

impl Cache {
    /// The cache of this name, if there is one and it is whole.
    pub(crate) fn load(folder: &Path, key: &str, preparation: &Preparation) -> Option<Self> {
        let path = file_path(folder, key);
        let file = impasto_system::open(&path).ok()?;
        let index = Index::read(&file, key, preparation)?;
        let offsets = index.offsets()?;
        Some(Self { path, file, index, offsets })
    }

    /// The size of a prepared picture.
    pub(crate) fn size(&self, index: u32) -> Result<(usize, usize), DataError> {
        if index as usize >= self.index.names.len() {
            return Err(DataError::NoSuchPicture { index, count: self.index.names.len() });
        }
        Ok(self.index.size(index as usize))
    }

    /// The pixels of a prepared picture, `[c, h, w]`.
    pub(crate) fn read(&self, index: u32, pixels: &mut [u8]) -> Result<(), DataError> {
        positional::read_exact_at(&self.file, pixels, self.offsets[index as usize])
            .map_err(DataError::cache(&self.path))
    }
}

fn file_path(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.pictures"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preparation::Channels;

    fn with(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let variables = variables.to_vec();
        folder_for(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn the_folder_is_the_first_that_is_named() {
        let all = [("IMPASTO_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")];
        assert_eq!(with(&all), Some("/a".into()));
        assert_eq!(with(&all[1..]), Some("/b/impasto".into()));
        assert_eq!(
            with(&[("IMPASTO_CACHE", ""), ("XDG_CACHE_HOME", "relative"), ("HOME", "/c")]),
            with(&all[2..])
        );
        assert!(with(&all[2..]).is_some_and(|folder| folder.starts_with("/c")));
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn the_key_depends_on_all_but_the_flips() {
        let base = Preparation::square(64, Channels::Rgb);
        let of = |preparation: &Preparation| key("source", preparation, &Limits::default());
        assert_eq!(of(&base), of(&Preparation { flip: true, ..base.clone() }));
        assert_ne!(of(&base), of(&Preparation { pairs: true, ..base.clone() }));
        assert_ne!(of(&base), of(&Preparation { width: 65, ..base.clone() }));
        assert_ne!(of(&base), of(&Preparation { background: [0; 3], ..base.clone() }));
        assert_ne!(of(&base), key("other", &base, &Limits::default()));
    }
}
