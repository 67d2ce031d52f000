//! Features that were computed before, kept beside the cache of prepared pictures and by its rules: what is found there
//! is trusted only if its length and its digest agree, and losing it costs time and nothing else.
//!
//! A set is always encoded in the order that the seed gives, so a file with more pictures than are needed will do, and
//! one with fewer is a beginning.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::features::Features;
use crate::run::sha256;
use impasto_system::{Existing, FileError, make_folders, read_bounded, write_atomically};

const MAGIC: &[u8; 16] = b"impasto features";
/// Part of every name: a new way of preparing never meets old files.
const VERSION: u32 = 1;
const LARGEST: u64 = 16 << 30;
/// Magic, numbers in a row.
const HEAD: usize = 16 + 8;

/// A file of features.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
}

impl Store {
    /// The file for what is named like this.
    pub(super) fn of(folder: &Path, name: &str) -> Self {
        let key = &sha256(format!("{VERSION} {name}").as_bytes())[..32];
        Self { path: folder.join(format!("{key}.features")) }
    }

    /// What is there, if it is whole and of this width.
    pub(super) fn read(&self, dims: usize) -> Option<Features> {
        let body = read_sealed(&self.path, LARGEST)?;
        let (head, values) = body.split_at_checked(HEAD)?;
        let width = u64::from_le_bytes(head[16..].try_into().ok()?);
        if &head[..16] != MAGIC || width != dims as u64 || values.len() % (4 * dims) != 0 {
            return None;
        }
        let numbers = values.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four));
        Some(Features::new(dims, numbers.collect()))
    }

    /// Keeps these.
    pub(super) fn write(&self, features: &Features) -> Result<(), FileError> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend((features.dims() as u64).to_le_bytes());
        bytes.extend(features.values().iter().flat_map(|value| value.to_le_bytes()));
        write_sealed(&self.path, bytes)
    }
}

/// What is kept in a file with its digest behind it; nothing where there is no such file, or a bit is wrong.
pub(super) fn read_sealed(path: &Path, largest: u64) -> Option<Vec<u8>> {
    let mut bytes = fs::exists(path).ok()?.then(|| read_bounded(path, largest).ok())??;
    let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    let whole = Sha256::digest(body).as_slice() == digest;
    bytes.truncate(bytes.len() - 32);
    whole.then_some(bytes)
}

/// Keeps bytes with their digest behind them.
pub(super) fn write_sealed(path: &Path, mut bytes: Vec<u8>) -> Result<(), FileError> {
    if let Some(folder) = path.parent() {
        make_folders(folder)?;
    }
    bytes.extend(Sha256::digest(&bytes));
    write_atomically(path, &bytes, Existing::Replace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_back_and_damage_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(&folder.path().join("features"), "a set");
        assert_eq!(store.read(3), None);
        let features = Features::new(3, vec![1.0, -2.5, f32::MIN_POSITIVE, 0.0, 7.0, 1e30]);
        store.write(&features).unwrap();
        assert_eq!(store.read(3), Some(features));
        assert_eq!(store.read(2), None, "of another width");
        assert_eq!(Store::of(&folder.path().join("features"), "another").read(3), None);
        let whole = fs::read(&store.path).unwrap();
        for length in [0, 10, 40, whole.len() - 1] {
            fs::write(&store.path, &whole[..length]).unwrap();
            assert_eq!(store.read(3), None, "cut to {length}");
        }
        let mut changed = whole.clone();
        changed[30] ^= 1;
        fs::write(&store.path, changed).unwrap();
        assert_eq!(store.read(3), None);
    }
}
