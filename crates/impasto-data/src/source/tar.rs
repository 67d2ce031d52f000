//! A tar archive of pictures, packed with gzip or not: read once from front to back.

use std::io::Read;
use std::path::Path;

use ::tar::{Archive, Entry, EntryType};

use super::{Found, Payload, Take, names, shown, unpacked};
use crate::decode::Limits;
use crate::error::DataError;
use crate::finding::{Flaw, Kind};

/// True for the first (unpacked) bytes of such a file. Archives from before 1988 have no mark and are known by name.
pub(super) fn is_archive(head: &[u8], name: &str) -> bool {
    let marked = head.get(257..262).is_some_and(|mark| mark == b"ustar");
    marked || [".tar", ".tar.gz", ".tgz"].iter().any(|ending| name.ends_with(ending))
}

/// Hands out the pictures as they come; where the archive breaks off, one bad picture stands for the rest.
pub(super) fn each(path: &Path, limits: &Limits, take: Take<'_>) -> Result<(), DataError> {
    let mut archive = Archive::new(unpacked(path).map_err(DataError::read(path))?);
    let entries = archive.entries().map_err(DataError::read(path))?;
    let mut last = None;
    for entry in entries {
        let found = match entry {
            Ok(entry) => found(entry, limits),
            Err(error) => {
                let after = last.map_or_else(|| "its beginning".to_owned(), |name| format!("{name:?}"));
                let why = format!("the archive is damaged or breaks off after {after}: {error}");
                return take(Found {
                    name: shown(path),
                    class: None,
                    payload: Payload::Bad(Flaw::new(Kind::Truncated, why)),
                });
            }
        };
        if let Some(found) = found {
            last = Some(found.name.clone());
            take(found)?;
        }
    }
    Ok(())
}

fn found(entry: Entry<'_, impl Read>, limits: &Limits) -> Option<Found> {
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
