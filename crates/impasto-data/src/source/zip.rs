//! A zip archive of pictures. The list of its files is at its end; each picture is then unpacked by itself.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use ::zip::ZipArchive;

use super::expanding::most_bytes;
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
    let (mut archive, length) = open(path)?;
    let files = listing(&mut archive, length, path)?;
    Ok(files.iter().filter(|(name, _)| names::is_picture(name)).count())
}

/// The archive, and the length of its file.
fn open(path: &Path) -> Result<(Archive, u64), DataError> {
    let file = impasto_system::open(path).map_err(DataError::read(path))?;
    let length = file.metadata().map_err(DataError::read(path))?.len();
    let archive = ZipArchive::new(BufReader::new(file))
        .map_err(|error| refused(path, format!("the zip archive is damaged or breaks off: {error}")))?;
    Ok((archive, length))
}

fn refused(path: &Path, why: String) -> DataError {
    DataError::NotPictures { path: path.to_path_buf(), why }
}

/// The files by name, so that the order doesn't depend on who packed them. An archive whose files overlap is refused: the
/// same bytes would be unpacked again and again.
fn listing(archive: &mut Archive, length: u64, path: &Path) -> Result<Vec<(String, usize)>, DataError> {
    let (mut files, mut packed) = (Vec::new(), 0u64);
    for index in 0..archive.len() {
        let Ok(raw) = archive.by_index_raw(index) else { continue };
        packed = packed.saturating_add(raw.compressed_size());
        let name = String::from_utf8_lossy(raw.name_raw()).into_owned();
        files.extend(names::inside(&name).map(|name| (name, index)));
    }
    if packed > length {
        return Err(refused(path, "the files in the zip archive overlap".to_owned()));
    }
    files.sort_unstable();
    Ok(files)
}

/// Hands out the pictures in order.
pub(super) fn each(path: &Path, limits: &Limits, take: Take<'_>) -> Result<(), DataError> {
    let (mut archive, length) = open(path)?;
    let mut left = most_bytes(length);
    for (name, index) in listing(&mut archive, length, path)? {
        let payload = match names::is_picture(&name) {
            true => unpack(&mut archive, index, limits, &mut left).map_or_else(Payload::Bad, Payload::Bytes),
            false => Payload::Other,
        };
        take(Found { class: names::class(&name), name, payload })?;
    }
    Ok(())
}

/// The bytes of a file; they count against what may come out of the archive.
fn unpack(archive: &mut Archive, index: usize, limits: &Limits, left: &mut u64) -> Result<Vec<u8>, Flaw> {
    let damaged =
        |error: ::zip::result::ZipError| Flaw::new(Kind::Unreadable, format!("in the archive: {error}"));
    let file = archive.by_index(index).map_err(damaged)?;
    let size = file.size();
    let mut counted = file.take(*left);
    let bytes = super::bounded(&mut counted, size, limits);
    *left = counted.limit();
    if *left == 0 {
        let why = "the archive unpacks to absurdly much more than its size, and this is not read any more";
        return Err(Flaw::new(Kind::TooLarge, why));
    }
    bytes
}
