//! A tar archive of pictures, packed with gzip or not: read once from front to back.

use std::io::{self, Read};
use std::path::Path;

use ::tar::EntryType;

use super::{Found, Payload, Take, names, plausible, shown, unpacked};
use crate::decode::Limits;
use crate::error::DataError;
use crate::finding::{Flaw, Kind};
use crate::tape::{self, File};

/// True for the first (unpacked) bytes of such a file. Archives from before 1988 have no mark and are known by name.
pub(super) fn is_archive(head: &[u8], name: &str) -> bool {
    let marked = head.get(257..262).is_some_and(|mark| mark == b"ustar");
    marked || [".tar", ".tar.gz", ".tgz"].iter().any(|ending| name.ends_with(ending))
}

/// Why reading stops.
enum Stop {
    Broken(io::Error),
    Given(DataError),
}

/// Hands out the pictures as they come; where the archive breaks off, one bad picture stands for the rest.
pub(super) fn each(path: &Path, limits: &Limits, take: Take<'_>) -> Result<(), DataError> {
    let reader = unpacked(path).map_err(DataError::read(path))?;
    let (mut last, mut left) = (None, plausible(path).map_err(DataError::read(path))?);
    let read = tape::each(reader, Stop::Broken, |file| {
        left = left
            .checked_sub(1)
            .ok_or_else(|| Stop::Broken(io::Error::other("it has absurdly many files")))?;
        let Some(found) = examine(file, limits) else { return Ok(()) };
        // It counts only when all of it is there.
        tape::pass_over(file).map_err(Stop::Broken)?;
        last = Some(found.name.clone());
        take(found).map_err(Stop::Given)
    });
    match read {
        Ok(()) => Ok(()),
        Err(Stop::Given(error)) => Err(error),
        Err(Stop::Broken(error)) => {
            let after = last.map_or_else(|| "its beginning".to_owned(), |name| format!("{name:?}"));
            let why = format!("the archive is damaged or breaks off after {after}: {error}");
            let payload = Payload::Bad(Flaw::new(Kind::Truncated, why));
            take(Found { name: shown(path), class: None, payload })
        }
    }
}

/// What this file is.
fn examine(file: &mut File<'_, impl Read>, limits: &Limits) -> Option<Found> {
    let kind = file.header().entry_type();
    let name = names::inside(&String::from_utf8_lossy(&file.path_bytes()))?;
    let size = file.size();
    let payload = match kind {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse if names::is_picture(&name) => {
            super::bounded(file.by_ref(), size, limits).map_or_else(Payload::Bad, Payload::Bytes)
        }
        EntryType::Directory => return None,
        _ => Payload::Other,
    };
    Some(Found { class: names::class(&name), name, payload })
}
