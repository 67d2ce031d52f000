//! What PyTorch saves: since 1.6 a zip with a pickle and a file for each storage (a TorchScript is one too, with code
//! beside them that is left alone), before that a row of pickles with the storages behind them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read};
use std::ops::Range;

use zip::ZipArchive;

use super::ReadError;
use super::budget::Budget;
use super::globals::LONGEST_KEY;
use super::nodes::Node;
use super::pickle::Pickle;
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

/// A zip's table of contents.
pub(super) fn zip(bytes: &[u8]) -> Result<Zip<'_>, ReadError> {
    Zip::new(Cursor::new(bytes)).map_err(|error| ReadError::Damaged(error.to_string()))
}

/// The entry of a zip with the pickle, where it is one of PyTorch's.
pub(super) fn pickle_in(zip: &Zip<'_>) -> Option<String> {
    names(zip).find(|name| *name == "data.pkl" || name.ends_with("/data.pkl")).map(str::to_owned)
}

/// The names of a zip's entries, as far as they are texts.
pub(super) fn names<'z>(zip: &'z Zip<'_>) -> impl Iterator<Item = &'z str> {
    zip.file_names_raw().filter_map(|name| std::str::from_utf8(name).ok())
}

/// An entry of a zip. What it says of its size is paid for before it is unpacked, and must be true.
pub(super) fn entry(zip: &mut Zip<'_>, name: &str, budget: &mut Budget) -> Result<Vec<u8>, ReadError> {
    let damaged = |error: &dyn std::fmt::Display| {
        ReadError::Damaged(format!("the entry `{}`: {error}", name.escape_debug()))
    };
    // By its raw name: to look for other spellings takes time for each entry that there is.
    let index = zip.index_for_name_raw(name.as_bytes()).ok_or_else(|| damaged(&"it is missing"))?;
    let entry = zip.by_index(index).map_err(|error| damaged(&error))?;
    let size = entry.size();
    budget.take(size, "it unpacks to far more than its own size")?;
    let mut bytes = Vec::new();
    bytes.reserve_exact(usize::try_from(size).map_err(|error| damaged(&error))?);
    entry.take(size.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
    if bytes.len() as u64 != size {
        return Err(damaged(&"it has another size than it says"));
    }
    Ok(bytes)
}

/// The tensors of a zip whose pickle is the entry `name`.
pub(super) fn zipped(
    zip: &mut Zip<'_>,
    name: &str,
    budget: &mut Budget,
) -> Result<BTreeMap<String, Stored>, ReadError> {
    let folder = name.strip_suffix("data.pkl").unwrap_or_default();
    let order = format!("{folder}byteorder");
    if zip.index_for_name_raw(order.as_bytes()).is_some() && entry(zip, &order, budget)?.starts_with(b"big") {
        return Err(ReadError::Kind(
            "it was saved with the highest byte first; save it again on another machine",
        ));
    }
    let bytes = entry(zip, name, budget)?;
    let pickle = Pickle::read(&bytes, 0, budget)?;
    tree::tensors(&pickle, &mut Files { zip, folder }, budget)
}

struct Files<'z, 'a> {
    zip: &'z mut Zip<'a>,
    folder: &'z str,
}

impl Storages<'static> for Files<'_, '_> {
    fn bytes(&mut self, key: &str, budget: &mut Budget) -> Result<Cow<'static, [u8]>, ReadError> {
        entry(self.zip, &format!("{}data/{key}", self.folder), budget).map(Cow::Owned)
    }
}

/// The tensors of a file of the older kind: three pickles of versions and sizes, the pickle that counts, one of the
/// storages' keys, and then for each of them a count of eight bytes and its numbers.
pub(super) fn old(bytes: &[u8], budget: &mut Budget) -> Result<BTreeMap<String, Stored>, ReadError> {
    let mut at = 0;
    for _ in 0..3 {
        at = Pickle::read(bytes, at, budget)?.end;
    }
    let pickle = Pickle::read(bytes, at, budget)?;
    let keys = Pickle::read(bytes, pickle.end, budget)?;
    let places = places(bytes, &pickle, &keys)?;
    tree::tensors(&pickle, &mut Behind { bytes, places }, budget)
}

/// Where each storage's numbers lie.
fn places<'a>(
    bytes: &[u8],
    pickle: &Pickle<'_>,
    keys: &Pickle<'a>,
) -> Result<HashMap<&'a str, Range<usize>>, ReadError> {
    let Node::List(order) = keys.nodes.get(keys.root) else {
        return Err(ReadError::Kind("it has no list of its storages"));
    };
    let size = |node: &Node<'_>| match node {
        Node::Storage(storage) => Some((pickle.nodes.text(storage.key)?.to_owned(), storage.element.size())),
        _ => None,
    };
    let sizes: HashMap<String, usize> = pickle.nodes.iter().filter_map(size).collect();
    let mut places = HashMap::new();
    let mut at = keys.end;
    for &key in order {
        let key = keys.nodes.text(key).filter(|key| key.len() <= LONGEST_KEY).unwrap_or_default();
        let size = sizes.get(key).ok_or(ReadError::Kind("it has a storage that no tensor uses"))?;
        let place = place(bytes, at, *size).ok_or(ReadError::Ends)?;
        at = place.end;
        if places.insert(key, place).is_some() {
            return Err(ReadError::Kind("it has two storages with one key"));
        }
    }
    Ok(places)
}

/// Where the numbers of the storage lie whose count stands at `at`.
fn place(bytes: &[u8], at: usize, size: usize) -> Option<Range<usize>> {
    let count = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    let start = at + 8;
    let end = usize::try_from(count).ok()?.checked_mul(size)?.checked_add(start)?;
    (end <= bytes.len()).then_some(start..end)
}

struct Behind<'a, 'k> {
    bytes: &'a [u8],
    places: HashMap<&'k str, Range<usize>>,
}

impl<'a> Storages<'a> for Behind<'a, '_> {
    fn bytes(&mut self, key: &str, _: &mut Budget) -> Result<Cow<'a, [u8]>, ReadError> {
        let place = self.places.get(key).ok_or(ReadError::Kind("one of its tensors has no storage"))?;
        Ok(Cow::Borrowed(&self.bytes[place.clone()]))
    }
}
