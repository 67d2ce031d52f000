//! PNG: remarks, which decoders keep, and the frames of an animation. That a frame lies within its picture is seen to by
//! the decoder.

use super::Frames;

/// More remarks than anybody writes: one that is empty takes ten times its bytes of memory.
const REMARKS: usize = 10_000;

pub(super) fn lie(bytes: &[u8]) -> Option<String> {
    let remarks = chunks(bytes).filter(|(name, _)| matches!(*name, b"tEXt" | b"zTXt" | b"iTXt")).count();
    (remarks > REMARKS).then(|| format!("it has {remarks} remarks in words"))
}

pub(super) fn frames(bytes: &[u8]) -> Frames {
    let mut frames = Frames::default();
    let side = |head: &[u8], at: usize| {
        let bytes = head.get(at..at + 4).and_then(|side| side.try_into().ok());
        bytes.map_or(0, |bytes| u64::from(u32::from_be_bytes(bytes)))
    };
    let mut canvas = 0;
    for (name, content) in chunks(bytes) {
        match name {
            b"IHDR" => canvas = side(content, 0).saturating_mul(side(content, 4)),
            b"fcTL" => frames.add(canvas),
            _ => {}
        }
    }
    frames
}

/// The names and contents of all chunks that are there.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (name, after) = after.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let content = after.get(..length)?;
        rest = after.get(length + 4..).unwrap_or_default();
        Some((name, content))
    })
}
