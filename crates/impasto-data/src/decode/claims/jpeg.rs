//! JPEG: scans that each go over all of the picture, however few bytes they have; and tables that are built and thrown
//! away again.

use super::super::complete::segments;
use super::Limits;

/// The largest picture may have so many scans; programs write about ten. Smaller ones may have more.
const SCANS: u64 = 20;
/// Segments with tables: more than any program writes, and soon built.
const TABLES: usize = 256;

pub(super) fn lie(bytes: &[u8], limits: &Limits) -> Option<String> {
    let (mut scans, mut tables, mut pixels) = (0u64, 0, 0);
    for (marker, content) in segments(bytes) {
        match marker {
            0xc4 => tables += 1,
            0xda => scans += 1,
            // Other files may follow: a film, a second picture.
            0xd9 if scans > 0 => break,
            0xc0..=0xcf if !matches!(marker, 0xc8 | 0xcc) => pixels = size(content).unwrap_or(pixels),
            _ => {}
        }
    }
    if tables > TABLES {
        return Some(format!("{tables} sets of tables are more than any picture needs"));
    }
    let work = scans.saturating_mul(pixels);
    (scans > 1 && work > SCANS.saturating_mul(limits.pixels)).then(|| {
        format!("{scans} scans over {} megapixels are more than any program writes", pixels / 1_000_000)
    })
}

/// Pixels that a frame says it has, filled up to whole units.
fn size(frame: &[u8]) -> Option<u64> {
    let side = |at: usize| Some(u64::from(u16::from_be_bytes([*frame.get(at)?, *frame.get(at + 1)?])));
    Some(side(1)?.next_multiple_of(32) * side(3)?.next_multiple_of(32))
}
