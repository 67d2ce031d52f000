//! Packages of every kind as one row of entries.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::deb;
use super::error::{GetError, reading};
use crate::tape;

/// Memory that an xz stream may ask for, in KiB; Debian's packages need 64 MiB at most.
const XZ_MEMORY: u32 = 256 * 1024;
/// A stream that goes on beyond this is cut off, so that a small file can't keep the machine busy for hours.
const MOST_BYTES: u64 = 2 << 30;

/// A package, open.
pub(super) enum Archive {
    /// A gzipped tar is npm's package and Python's source package; a Debian package wraps one.
    Tar(Box<dyn Read>),
    /// A wheel of Python.
    Zip(zip::ZipArchive<BufReader<File>>),
}

/// An entry of a package.
pub(super) struct Entry<'a> {
    /// As the package says it, so not to be trusted.
    pub(super) name: String,
    /// As the package says it.
    pub(super) size: u64,
    /// Not a folder, a link, or something stranger.
    pub(super) is_file: bool,
    /// Its content.
    pub(super) bytes: &'a mut dyn Read,
}

/// Opens a package. `None` for any other file.
pub(super) fn open(path: &Path) -> Result<Option<Archive>, GetError> {
    let mut file = impasto_system::open(path).map_err(reading(path))?;
    let mut start = Vec::new();
    file.by_ref().take(8).read_to_end(&mut start).map_err(reading(path))?;
    file.seek(SeekFrom::Start(0)).map_err(reading(path))?;
    let damaged = |source| GetError::Damaged { path: path.to_path_buf(), source };
    let tar: Box<dyn Read> = if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(GzDecoder::new(BufReader::new(file)))
    } else if start.starts_with(deb::MAGIC) {
        let (name, data) = deb::data(file).map_err(damaged)?;
        decompressed(&name, BufReader::new(data)).map_err(damaged)?
    } else if start.starts_with(b"PK") {
        let zip = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error.into()))?;
        return Ok(Some(Archive::Zip(zip)));
    } else {
        return Ok(None);
    };
    Ok(Some(Archive::Tar(Box::new(tar.take(MOST_BYTES)))))
}

impl Archive {
    /// Shows every entry; `damaged` makes errors of what can't be read.
    pub(super) fn each(
        self,
        damaged: impl Fn(io::Error) -> GetError,
        mut visit: impl FnMut(Entry<'_>) -> Result<(), GetError>,
    ) -> Result<(), GetError> {
        match self {
            Self::Tar(reader) => tape::each(reader, &damaged, |file| {
                let name = String::from_utf8_lossy(&file.path_bytes()).into_owned();
                let (size, is_file) = (file.size(), file.header().entry_type().is_file());
                visit(Entry { name, size, is_file, bytes: file })
            })?,
            Self::Zip(mut zip) => {
                for index in 0..zip.len() {
                    let mut entry = zip.by_index(index).map_err(|error| damaged(error.into()))?;
                    let name = entry.name().map_err(|error| damaged(error.into()))?.into_owned();
                    let (size, is_file) = (entry.size(), entry.is_file());
                    // What the entry says of its size is checked here, not believed.
                    let mut bytes = entry.by_ref().take(size.saturating_add(1));
                    visit(Entry { name, size, is_file, bytes: &mut bytes })?;
                }
            }
        }
        Ok(())
    }
}

/// Undoes the compression that a name's ending tells of.
fn decompressed(name: &str, bytes: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    match name.strip_prefix("data.tar").unwrap_or_default() {
        "" => Ok(Box::new(bytes)),
        ".gz" => Ok(Box::new(GzDecoder::new(bytes))),
        ".xz" => Ok(Box::new(XzReader::new_mem_limit(bytes, false, XZ_MEMORY))),
        ".zst" => Ok(Box::new(StreamingDecoder::new(bytes).map_err(io::Error::other)?)),
        other => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("compression `{other}` is not known here"),
        )),
    }
}
