//! A zip archive of pictures. The list of its files is at its end; each picture is then unpacked by itself.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use ::zip::ZipArchive;

use super::{Found, Payload, Take, names};
use crate::decode::Limits;
use crate::error::DataError;
use crate::finding::{Flaw, Kind};

type Archive = ZipArchive<BufReader<File>>;

/// True for the first bytes of such a file; the second form is an empty archive.
pub(super) fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// How many pictures its list names.
pub(super) fn count(path: &Path) -> Result<usize, DataError> {
    Ok(listing(&mut open(path)?).iter().filter(|(name, _)| names::is_picture(name)).count())
}

fn open(path: &Path) -> Result<Archive, DataError> {
    let file = impasto_system::open(path).map_err(DataError::read(path))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| DataError::NotPictures {
        path: path.to_path_buf(),
        why: format!("the zip archive is damaged or breaks off: {error}"),
    })
}

/// The files by name, so that the order doesn't depend on who packed them.
fn listing(archive: &mut Archive) -> Vec<(String, usize)> {
    let mut files: Vec<(String, usize)> = (0..archive.len())
        .filter_map(|index| {
            let raw = archive.by_index_raw(index).ok()?;
            let name = String::from_utf8_lossy(raw.name_raw()).into_owned();
            names::inside(&name).map(|name| (name, index))
        })
        .collect();
    files.sort_unstable();
    files
}

/// Hands out the pictures in order.
pub(super) fn each(path: &Path, limits: &Limits, take: Take<'_>) -> Result<(), DataError> {
    let mut archive = open(path)?;
    for (name, index) in listing(&mut archive) {
        let payload = match names::is_picture(&name) {
            true => unpack(&mut archive, index, limits).map_or_else(Payload::Bad, Payload::Bytes),
            false => Payload::Other,
        };
        take(Found { class: names::class(&name), name, payload })?;
    }
    Ok(())
}

fn unpack(archive: &mut Archive, index: usize, limits: &Limits) -> Result<Vec<u8>, Flaw> {
    let damaged =
        |error: ::zip::result::ZipError| Flaw::new(Kind::Unreadable, format!("in the archive: {error}"));
    let file = archive.by_index(index).map_err(damaged)?;
    super::bounded(file, limits)
}
