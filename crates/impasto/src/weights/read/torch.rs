//! What PyTorch saves: since 1.6 a zip with a pickle and a file for each storage (a TorchScript is one too, with code
//! beside them that is left alone), before that a row of pickles with the storages behind them.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read};
use std::ops::Range;

use zip::ZipArchive;

use super::ReadError;
use super::globals::Storage;
use super::pickle::{Node, Pickle};
use super::tree::{self, Storages};
use crate::run::Stored;

/// A zip in memory.
pub(super) type Zip<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// How the first pickle of the older kind begins: protocol 2, a long number of ten bytes.
const OLD: &[u8] = &[0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];

/// Whether this is a file of the older kind.
pub(super) fn is_old(bytes: &[u8]) -> bool {
    bytes.starts_with(OLD)
}

/// The entry of a zip with the pickle, where it is one of PyTorch's.
pub(super) fn pickle_in(zip: &Zip<'_>) -> Option<String> {
    names(zip).find(|name| name == "data.pkl" || name.ends_with("/data.pkl"))
}

/// The names of a zip's entries, as far as they are texts.
pub(super) fn names<'z>(zip: &'z Zip<'_>) -> impl Iterator<Item = String> + 'z {
    zip.file_names().filter_map(|name| Some(name.ok()?.into_owned()))
}

/// An entry of a zip, of which at most `most` bytes are taken.
pub(super) fn entry(zip: &mut Zip<'_>, name: &str, most: u64) -> Result<Vec<u8>, ReadError> {
    let damaged = |error: &dyn std::fmt::Display| ReadError::Damaged(error.to_string());
    let entry = zip.by_name(name).map_err(|error| damaged(&error))?;
    let mut bytes = Vec::new();
    entry.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
    if bytes.len() as u64 > most {
        return Err(ReadError::TooMuch("it unpacks to far more than its own size"));
    }
    Ok(bytes)
}

/// The tensors of a zip whose pickle is the entry `name`. At most `most` bytes are unpacked.
pub(super) fn zipped(
    zip: &mut Zip<'_>,
    name: &str,
    most: u64,
) -> Result<BTreeMap<String, Stored>, ReadError> {
    let folder = name.strip_suffix("data.pkl").unwrap_or_default();
    let order = format!("{folder}byteorder");
    if zip.index_for_name(&order).is_some() && entry(zip, &order, most.min(64))?.starts_with(b"big") {
        return Err(ReadError::Kind(
            "it was saved with the highest byte first; save it again on another machine",
        ));
    }
    let bytes = entry(zip, name, most)?;
    let pickle = Pickle::read(&bytes, 0)?;
    let left = most.saturating_sub(bytes.len() as u64);
    let budget = usize::try_from(most / 4).unwrap_or(usize::MAX);
    tree::tensors(&pickle, &mut Files { zip, folder, left }, budget)
}

struct Files<'z, 'a> {
    zip: &'z mut Zip<'a>,
    folder: &'z str,
    left: u64,
}

impl Storages for Files<'_, '_> {
    fn values(&mut self, key: &str, storage: &Storage) -> Result<Vec<f32>, ReadError> {
        let bytes = entry(self.zip, &format!("{}data/{key}", self.folder), self.left)?;
        self.left -= bytes.len() as u64;
        long_enough(storage.element.floats(&bytes), storage)
    }
}

fn long_enough(values: Vec<f32>, storage: &Storage) -> Result<Vec<f32>, ReadError> {
    let short = ReadError::Kind("one of its storages is shorter than it says");
    if values.len() < storage.count { Err(short) } else { Ok(values) }
}

/// The tensors of a file of the older kind: three pickles of versions and sizes, the pickle that counts, one of the
/// storages' keys, and then for each of them a count of eight bytes and its numbers.
pub(super) fn old(bytes: &[u8]) -> Result<BTreeMap<String, Stored>, ReadError> {
    let mut at = 0;
    for _ in 0..3 {
        at = Pickle::read(bytes, at)?.end;
    }
    let pickle = Pickle::read(bytes, at)?;
    let keys = Pickle::read(bytes, pickle.end)?;
    let Node::List(order) = keys.node(keys.root) else {
        return Err(ReadError::Kind("it has no list of its storages"));
    };
    let sizes: HashMap<&str, usize> = pickle
        .nodes
        .iter()
        .filter_map(|node| match node {
            Node::Storage(storage) => Some((pickle.text(storage.key)?, storage.element.size())),
            _ => None,
        })
        .collect();
    let mut places = HashMap::new();
    let mut at = keys.end;
    for &key in order {
        let key = keys.text(key).unwrap_or_default();
        let size = sizes.get(key).ok_or(ReadError::Kind("it has a storage that no tensor uses"))?;
        let place = place(bytes, at, *size).ok_or(ReadError::Ends)?;
        at = place.end;
        places.insert(key.to_owned(), place);
    }
    tree::tensors(&pickle, &mut Behind { bytes, places }, bytes.len())
}

/// Where the numbers of the storage lie whose count stands at `at`.
fn place(bytes: &[u8], at: usize, size: usize) -> Option<Range<usize>> {
    let count = bytes.get(at..at + 8)?.try_into().map(u64::from_le_bytes).ok()?;
    let start = at + 8;
    let end = usize::try_from(count).ok()?.checked_mul(size)?.checked_add(start)?;
    (end <= bytes.len()).then_some(start..end)
}

struct Behind<'a> {
    bytes: &'a [u8],
    places: HashMap<String, Range<usize>>,
}

impl Storages for Behind<'_> {
    fn values(&mut self, key: &str, storage: &Storage) -> Result<Vec<f32>, ReadError> {
        let place = self.places.get(key).ok_or(ReadError::Kind("one of its tensors has no storage"))?;
        long_enough(storage.element.floats(&self.bytes[place.clone()]), storage)
    }
}
