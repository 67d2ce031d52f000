//! A tar archive of pictures, packed with gzip or not: read once from front to back.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use ::tar::{Archive, Entry, EntryType};

use super::{Found, Payload, Take, names, shown, unpacked};
use crate::decode::Limits;
use crate::error::DataError;
use crate::finding::{Flaw, Kind};

/// Bytes that the headers of one file may have, long names and extensions included.
const HEADERS: u64 = 1 << 20;

/// True for the first (unpacked) bytes of such a file. Archives from before 1988 have no mark and are known by name.
pub(super) fn is_archive(head: &[u8], name: &str) -> bool {
    let marked = head.get(257..262).is_some_and(|mark| mark == b"ustar");
    marked || [".tar", ".tar.gz", ".tgz"].iter().any(|ending| name.ends_with(ending))
}

/// Hands out the pictures as they come; where the archive breaks off, one bad picture stands for the rest.
pub(super) fn each(path: &Path, limits: &Limits, take: Take<'_>) -> Result<(), DataError> {
    let budget = Rc::new(Cell::new(HEADERS));
    let reader =
        Guarded { reader: unpacked(path).map_err(DataError::read(path))?, budget: Rc::clone(&budget) };
    let mut archive = Archive::new(reader);
    let mut last = None;
    for entry in archive.entries().map_err(DataError::read(path))? {
        budget.set(u64::MAX);
        match entry.and_then(|entry| found(entry, limits)) {
            Ok(None) => {}
            Ok(Some(found)) => {
                last = Some(found.name.clone());
                take(found)?;
            }
            Err(error) => {
                let after = last.map_or_else(|| "its beginning".to_owned(), |name| format!("{name:?}"));
                let why = format!("the archive is damaged or breaks off after {after}: {error}");
                let payload = Payload::Bad(Flaw::new(Kind::Truncated, why));
                return take(Found { name: shown(path), class: None, payload });
            }
        }
        budget.set(HEADERS);
    }
    Ok(())
}

/// Reads what is packed inside, but only so much until it is told otherwise: a header may promise a name of
/// gigabytes, which would be read into memory.
struct Guarded<R> {
    reader: R,
    budget: Rc<Cell<u64>>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        match self.budget.get().checked_sub(read as u64) {
            Some(rest) => self.budget.set(rest),
            None => return Err(io::Error::other("a file's headers are absurdly long")),
        }
        Ok(read)
    }
}

/// What this entry is; read to its end, so that only headers come after it.
fn found(mut entry: Entry<'_, impl Read>, limits: &Limits) -> io::Result<Option<Found>> {
    let found = examine(&mut entry, limits);
    io::copy(&mut entry, &mut io::sink())?;
    Ok(found)
}

fn examine(entry: &mut Entry<'_, impl Read>, limits: &Limits) -> Option<Found> {
    let kind = entry.header().entry_type();
    let name = names::inside(&String::from_utf8_lossy(&entry.path_bytes()))?;
    let payload = match kind {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse if names::is_picture(&name) => {
            super::bounded(entry, limits).map_or_else(Payload::Bad, Payload::Bytes)
        }
        EntryType::Directory => return None,
        _ => Payload::Other,
    };
    Some(Found { class: names::class(&name), name, payload })
}
