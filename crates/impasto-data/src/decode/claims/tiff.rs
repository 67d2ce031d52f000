//! TIFF: a table of values, each with its count, and tiles with a size of their own, which may be JPEG files in turn.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use memchr::memmem;

use super::{SMALL_TILE, array, length, part_lie};

/// More than any file has: the table is read before it is known what it is for.
const ENTRIES: u64 = 4096;

/// What its table says of the picture.
#[derive(Default)]
struct About {
    picture: [u64; 2],
    tile: [u64; 2],
    compression: u64,
}

/// How numbers are written.
#[derive(Clone, Copy)]
struct Order {
    little: bool,
    /// Places and counts have 8 bytes instead of 4.
    big: bool,
}

/// Values that can't be in the file, or tiles that can't belong to the picture.
pub(super) fn lie(reader: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    Ok(match about(reader)? {
        Err(lie) => Some(lie),
        // The tiles of a long picture reach beyond it.
        Ok(About { picture, tile, .. }) => tile_lie(tile, picture.map(|side| side.saturating_mul(2))),
    })
}

/// The first JPEG inside that can't belong to the picture.
pub(super) fn jpeg_lie(bytes: &[u8]) -> Option<String> {
    let Ok(Ok(About { picture: [width, height], tile, compression })) = about(&mut Cursor::new(bytes)) else {
        return None;
    };
    if !matches!(compression, 6 | 7) {
        return None;
    }
    let most = [width.max(tile[0]), height.max(tile[1])].map(|side| side.saturating_mul(2));
    memmem::find_iter(bytes, b"\xff\xc0\0")
        .chain(memmem::find_iter(bytes, b"\xff\xc1\0"))
        .chain(memmem::find_iter(bytes, b"\xff\xc2\0"))
        .filter_map(|at| bytes.get(at + 5..at + 9))
        .map(|sides| [[sides[2], sides[3]], [sides[0], sides[1]]].map(|side| u16::from_be_bytes(side).into()))
        .find_map(|size| tile_lie(size, most))
}

fn tile_lie(tile: [u64; 2], picture: [u64; 2]) -> Option<String> {
    part_lie("a tile", tile, picture, SMALL_TILE)
}

/// What the first table says, or why it can't be true.
fn about(reader: &mut (impl Read + Seek)) -> io::Result<Result<About, String>> {
    let length = length(reader)?;
    let magic = array::<4>(reader)?;
    let order = Order { little: magic[0] == b'I', big: magic.contains(&43) };
    if order.big {
        array::<4>(reader)?;
    }
    let table = order.place(reader)?;
    reader.seek(SeekFrom::Start(table))?;
    let count = if order.big { order.place(reader)? } else { order.number(&array::<2>(reader)?) };
    if count > ENTRIES {
        return Ok(Err(format!("its table says that it has {count} entries")));
    }
    let mut about = About::default();
    for _ in 0..count {
        let (tag, kind) = (order.number(&array::<2>(reader)?), order.number(&array::<2>(reader)?));
        let values = order.place(reader)?;
        let value = if order.big { array::<8>(reader)?.to_vec() } else { array::<4>(reader)?.to_vec() };
        if values.saturating_mul(size(kind) as u64) > length {
            return Ok(Err(format!(
                "its table says that entry {tag} has {values} values; the file is shorter"
            )));
        }
        let value = order.number(value.get(..size(kind)).unwrap_or(&value));
        match tag {
            256 | 257 => about.picture[tag as usize - 256] = value,
            259 => about.compression = value,
            322 | 323 => about.tile[tag as usize - 322] = value,
            _ => {}
        }
    }
    Ok(Ok(about))
}

/// Bytes of a value of this kind.
fn size(kind: u64) -> usize {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

impl Order {
    fn number(self, bytes: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        if self.little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    }

    fn place(self, reader: &mut impl Read) -> io::Result<u64> {
        Ok(match self.big {
            true => self.number(&array::<8>(reader)?),
            false => self.number(&array::<4>(reader)?),
        })
    }
}
