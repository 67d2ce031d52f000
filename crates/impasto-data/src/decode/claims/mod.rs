//! What a file says of its parts, held against the file and against the picture before a decoder believes it.
//!
//! A picture's own size is easily bounded, but most formats have parts with sizes of their own: frames, tiles, scans,
//! metadata. Decoders take memory for what these say, be it gigabytes in a file of a hundred bytes. Where a file can't be
//! followed nothing is said against it: its decoder finds the same and tells what is wrong.

mod gif;
mod jpeg;
mod png;
mod tiff;
mod webp;

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use image::ImageFormat;

use super::Limits;
use crate::finding::{Flaw, Kind};

/// Frames of so many pixels are never too many: programs write some that reach beyond their screens.
const SMALL_FRAME: u64 = 1 << 20;
/// Tiles of so many pixels are never too many: they have the same size for small pictures as for large ones.
const SMALL_TILE: u64 = 1 << 24;
/// However small a frame is, it takes the work and memory of so many pixels.
const FRAME: u64 = 1 << 10;

/// How many frames an animation has, and the pixels that have to be painted for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Frames {
    pub(super) count: u64,
    pub(super) pixels: u64,
}

/// Refuses a file whose parts can't be what it says.
pub(super) fn check(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<(), Flaw> {
    let lie = match format {
        ImageFormat::Gif => gif::lie(bytes),
        ImageFormat::Jpeg => jpeg::lie(bytes, limits),
        ImageFormat::Png => png::lie(bytes),
        ImageFormat::Tiff => tiff::jpeg_lie(bytes),
        _ => None,
    };
    refuse(lie)?;
    check_head(&mut Cursor::new(bytes), format)
}

/// Refuses a file whose head alone would make a decoder take memory for what isn't there; the reader is at its beginning
/// before and afterwards.
pub(super) fn check_head(reader: &mut (impl Read + Seek), format: ImageFormat) -> Result<(), Flaw> {
    let lie = match format {
        ImageFormat::WebP => webp::lie(reader),
        ImageFormat::Tiff => tiff::lie(reader),
        _ => Ok(None),
    };
    reader.rewind()?;
    refuse(lie.unwrap_or(None))
}

/// The frames that an animation says it has.
pub(super) fn frames(bytes: &[u8], format: ImageFormat) -> Frames {
    match format {
        ImageFormat::Gif => gif::frames(bytes),
        ImageFormat::Png => png::frames(bytes),
        _ => Frames::default(),
    }
}

impl Frames {
    fn add(&mut self, pixels: u64) {
        self.count += 1;
        self.pixels = self.pixels.saturating_add(pixels.max(FRAME));
    }
}

fn refuse(lie: Option<String>) -> Result<(), Flaw> {
    lie.map_or(Ok(()), |lie| Err(Flaw::new(Kind::Unreadable, lie)))
}

/// The words for a frame that is larger than the picture it belongs to.
fn frame_lie(frame: [u64; 2], picture: [u64; 2]) -> Option<String> {
    part_lie("a frame", frame, picture, SMALL_FRAME)
}

/// The words for a part that is larger than the picture it belongs to, and than what is small in any case.
fn part_lie(part: &str, [width, height]: [u64; 2], [across, down]: [u64; 2], small: u64) -> Option<String> {
    (width.saturating_mul(height) > across.saturating_mul(down).max(small))
        .then(|| format!("{part} of {width}x{height} can't belong to a picture of {across}x{down}"))
}

fn array<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn length(reader: &mut impl Seek) -> io::Result<u64> {
    let length = reader.seek(SeekFrom::End(0))?;
    reader.rewind()?;
    Ok(length)
}

#[cfg(test)]
mod tests;
