//! The outer shell of a Debian package: an `ar` archive whose member `data.tar.*` holds the files.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};

/// How an `ar` archive begins.
pub(super) const MAGIC: &[u8; 8] = b"!<arch>\n";
/// A package has three members; one with very many is none.
const MOST_MEMBERS: usize = 64;

/// Goes to the member `data.tar.*`; its name and its bytes come back.
pub(super) fn data(mut file: File) -> io::Result<(String, Take<File>)> {
    file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
    for _ in 0..MOST_MEMBERS {
        let mut header = [0; 60];
        file.read_exact(&mut header)?;
        let (name, size) = member(&header)?;
        if name.starts_with("data.tar") {
            return Ok((name, file.take(size)));
        }
        // Members begin at even places.
        let skip = i64::try_from(size + size % 2).map_err(|_| wrong("a member larger than any file"))?;
        file.seek(SeekFrom::Current(skip))?;
    }
    Err(wrong("no member `data.tar`"))
}

/// The name and size in a member's header.
fn member(header: &[u8; 60]) -> io::Result<(String, u64)> {
    if &header[58..] != b"`\n" {
        return Err(wrong("a member's header does not end as it should"));
    }
    let text = |range: &[u8]| String::from_utf8_lossy(range).trim().to_owned();
    let size: u64 = text(&header[48..58]).parse().map_err(|_| wrong("a member's size is no number"))?;
    Ok((text(&header[..16]).trim_end_matches('/').to_owned(), size))
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
