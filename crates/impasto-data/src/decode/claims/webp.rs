//! WebP: chunks that must lie in the file, and frames that must fit onto their canvas.

use std::io::{self, Read, Seek, SeekFrom};

use super::{array, frame_lie, length};

/// Chunks that decoders read; what else stands in a file, or behind its end, is passed over by them.
const READ: [&[u8; 4]; 8] = [b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP "];

/// The first chunk that can't be.
pub(super) fn lie(reader: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    let length = length(reader)?;
    reader.seek(SeekFrom::Start(12))?;
    let mut canvas = None;
    chunks(reader, 12..length, &mut canvas)
}

/// Looks at all chunks in this stretch of the file.
fn chunks(
    reader: &mut (impl Read + Seek),
    stretch: std::ops::Range<u64>,
    canvas: &mut Option<[u64; 2]>,
) -> io::Result<Option<String>> {
    let mut at = stretch.start;
    while at + 8 <= stretch.end {
        reader.seek(SeekFrom::Start(at))?;
        let [name, size] = [array::<4>(reader)?, array::<4>(reader)?];
        let size = u64::from(u32::from_le_bytes(size));
        let end = at + 8 + size;
        if end > stretch.end {
            let lie = || format!("a chunk says that it has {size} bytes; the file is shorter");
            return Ok(READ.contains(&&name).then(lie));
        }
        let frame = match &name {
            b"VP8X" if canvas.is_none() => {
                let about = array::<10>(reader)?;
                *canvas = Some([1 + twenty_four(&about[4..]), 1 + twenty_four(&about[7..])]);
                None
            }
            b"VP8 " => Some(lossy(&array::<10>(reader)?)),
            b"VP8L" => Some(lossless(&array::<5>(reader)?)),
            _ => None,
        };
        if let (Some(frame), Some(canvas)) = (frame, *canvas)
            && let Some(lie) = frame_lie(frame, canvas)
        {
            return Ok(Some(lie));
        }
        if &name == b"ANMF" {
            // Frames hold chunks, and no frames again.
            if stretch.start != 12 {
                return Ok(Some("it has frames inside of frames".to_owned()));
            }
            if let Some(lie) = chunks(reader, at + 8 + 16..end, canvas)? {
                return Ok(Some(lie));
            }
        }
        at = end + size % 2;
    }
    Ok(None)
}

fn lossy(head: &[u8; 10]) -> [u64; 2] {
    [[head[6], head[7]], [head[8], head[9]]].map(|side| u64::from(u16::from_le_bytes(side) & 0x3fff))
}

fn lossless(head: &[u8; 5]) -> [u64; 2] {
    let bits = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
    [bits, bits >> 14].map(|side| u64::from(1 + (side & 0x3fff)))
}

fn twenty_four(bytes: &[u8]) -> u64 {
    u64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]))
}
