//! Files of weights from elsewhere, as named tensors. Which kind a file is of is seen from its bytes, not its name.
//!
//! Whatever the bytes are: nothing in them is executed, reading never panics, and it takes no more memory and time than a
//! small multiple of the file's size. What a file says is to come of it is asked of its [`Budget`] before it is made.

mod budget;
mod cursor;
mod element;
mod globals;
mod ncnn;
mod nodes;
mod pickle;
mod safe;
#[cfg(test)]
mod tests;
mod torch;
mod tree;
mod view;

use std::collections::BTreeMap;

use crate::run::Stored;
use budget::Budget;
pub(super) use ncnn::Half;
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

/// Endings of what is looked for in a wheel or another zip.
const ENDINGS: [&str; 6] = [".pt", ".pth", ".ckpt", ".safetensors", ".bin", ".pkl"];

/// How many of a file's first bytes tell what it is.
pub(super) const HEAD: usize = 16;

/// What a file is, as far as its first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Zip,
    OldTorch,
    Safetensors,
    Pickle,
    Ncnn,
}

impl Form {
    /// By the first bytes, of which [`HEAD`] are enough.
    fn of(bytes: &[u8]) -> Result<Self, ReadError> {
        match bytes {
            [b'P', b'K', ..] => Ok(Self::Zip),
            _ if torch::is_old(bytes) => Ok(Self::OldTorch),
            _ if safe::is_one(bytes) => Ok(Self::Safetensors),
            [0x80, 2..=5, ..] => Ok(Self::Pickle),
            _ if ncnn::half(bytes).is_some() => Ok(Self::Ncnn),
            _ => Err(ReadError::Kind(
                "it is of no kind that holds weights: give a .safetensors, .pt, .pth or .ckpt file, a wheel with one in it, \
                 or the .bin of ncnn with its .param beside it",
            )),
        }
    }
}

/// An error where the first [`HEAD`] bytes of a file, or all of a shorter one, say that it can't be read.
pub(super) fn check_head(bytes: &[u8]) -> Result<(), ReadError> {
    Form::of(bytes).map(drop)
}

/// The tensors of a file: safetensors, what PyTorch saves (zip, TorchScript, or the older kind), a pickle of numpy
/// arrays, or a wheel or zip with one of these in it.
pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Stored>, ReadError> {
    let budget = &mut Budget::of(bytes.len());
    if Form::of(bytes)? != Form::Zip {
        return plain(bytes, budget);
    }
    let mut zip = torch::zip(bytes)?;
    if let Some(pickle) = torch::pickle_in(&zip) {
        return torch::zipped(&mut zip, &pickle, budget);
    }
    let name = only_weights(&zip)?;
    let inner = torch::entry(&mut zip, &name, budget)?;
    if !inner.starts_with(b"PK") {
        return plain(&inner, budget);
    }
    let mut zip = torch::zip(&inner)?;
    match torch::pickle_in(&zip) {
        Some(pickle) => torch::zipped(&mut zip, &pickle, budget),
        None => Err(ReadError::Kind("it is a zip in a zip, and even that one holds no weights")),
    }
}

/// Which half of a network of ncnn these bytes are, if they are one.
pub(super) fn half(bytes: &[u8]) -> Option<Half> {
    ncnn::half(bytes)
}

/// The tensors of a network of ncnn, from its `.param` and its `.bin`.
pub(super) fn read_halves(graph: &[u8], numbers: &[u8]) -> Result<BTreeMap<String, Stored>, ReadError> {
    ncnn::tensors(graph, numbers)
}

/// A file that is no zip.
fn plain(bytes: &[u8], budget: &mut Budget) -> Result<BTreeMap<String, Stored>, ReadError> {
    match Form::of(bytes)? {
        Form::OldTorch => torch::old(bytes, budget),
        Form::Safetensors => safe::tensors(bytes, budget),
        Form::Pickle => tree::tensors(&Pickle::read(bytes, 0, budget)?, &mut tree::NoStorages, budget),
        Form::Ncnn => Err(ReadError::Kind(
            "it is one half of a network of ncnn: its .param and its .bin must lie side by side",
        )),
        Form::Zip => Err(ReadError::Kind("it is a zip in a zip")),
    }
}

/// The name of the one entry of a zip that has weights.
fn only_weights(zip: &torch::Zip<'_>) -> Result<String, ReadError> {
    let mut names = torch::names(zip).filter(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)));
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name.to_owned()),
        (None, _) => Err(ReadError::Kind("there is no file of weights in this zip")),
        _ => Err(ReadError::Kind(
            "there are several files of weights in this zip; unpack it and give one of them",
        )),
    }
}
