//! Packages of every kind as one stream of files.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::deb;
use super::error::{GetError, reading};

/// Memory that an xz stream may ask for, in KiB; Debian's packages need 64 MiB at most.
const XZ_MEMORY: u32 = 256 * 1024;
/// A stream that goes on beyond this is cut off, so that a small file can't keep the machine busy for hours.
const MOST_BYTES: u64 = 2 << 30;

/// The tar archive inside a package: a gzipped one is npm's package itself, a Debian package wraps
/// one. `None` for any other file.
pub(super) fn open(path: &Path) -> Result<Option<tar::Archive<Box<dyn Read>>>, GetError> {
    let mut file = File::open(path).map_err(reading(path))?;
    let mut start = Vec::new();
    file.by_ref().take(8).read_to_end(&mut start).map_err(reading(path))?;
    file.seek(SeekFrom::Start(0)).map_err(reading(path))?;
    let damaged = |source| GetError::Damaged { path: path.to_path_buf(), source };
    let tar: Box<dyn Read> = if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(GzDecoder::new(BufReader::new(file)))
    } else if start.starts_with(deb::MAGIC) {
        let (name, data) = deb::data(file).map_err(damaged)?;
        decompressed(&name, BufReader::new(data)).map_err(damaged)?
    } else {
        return Ok(None);
    };
    Ok(Some(tar::Archive::new(Box::new(tar.take(MOST_BYTES)))))
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
