//! Does a file reach its end? Some decoders paint grey over what is missing, or don't say what is wrong, so the
//! question is asked before.

use image::ImageFormat;
use memchr::memchr_iter;

/// False when the file certainly breaks off.
pub(super) fn is_complete(bytes: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Jpeg => jpeg_ends(bytes),
        ImageFormat::WebP => webp_ends(bytes),
        _ => true,
    }
}

/// True when the file is as long as its header says.
fn webp_ends(bytes: &[u8]) -> bool {
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
    length.is_some_and(|length| bytes.len() as u64 >= u64::from(length) + 8)
}

/// True when the markers lead from the start of the picture to its end marker.
fn jpeg_ends(bytes: &[u8]) -> bool {
    segments(bytes).any(|(marker, _)| marker == 0xd9)
}

/// The markers of a JPEG file, and what follows those that have a length, as far as it is there. The data of a scan is
/// passed over.
pub(super) fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut at = 2;
    std::iter::from_fn(move || {
        let (marker, next) = next_marker(bytes, at)?;
        // Markers that stand alone. After a scan's data, restarts appear in the middle of it.
        if matches!(marker, 0x01 | 0xd0..=0xd9) {
            at = next;
            return Some((marker, &[][..]));
        }
        let length = bytes.get(next..next + 2)?;
        at = next + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
        Some((marker, bytes.get(next + 2..at).unwrap_or_default()))
    })
}

/// The next marker's code and where what follows it begins. Skips a scan's data: in it, 0xff stands before 0x00.
fn next_marker(bytes: &[u8], from: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(from..)?;
    let at = memchr_iter(0xff, rest).find(|at| !matches!(rest.get(at + 1), None | Some(0x00 | 0xff)))?;
    Some((rest[at + 1], from + at + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[u8] = b"\xff\xd8\xff\xe0\x00\x04\xff\xd9\xff\xda\x00\x02ab\xff\x00cd\xff\xd0ef\xff\xd9";

    #[test]
    fn an_end_marker_inside_a_segment_is_not_the_end() {
        assert!(jpeg_ends(WHOLE));
        for length in 0..WHOLE.len() {
            assert!(!jpeg_ends(&WHOLE[..length]), "{length}");
        }
    }

    #[test]
    fn what_follows_the_end_does_not_matter() {
        assert!(jpeg_ends(&[WHOLE, b"garbage"].concat()));
    }
}
