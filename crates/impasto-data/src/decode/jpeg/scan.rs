//! The packed pixels: where they end, and what coefficients they hold.

use std::ops::Range;

use memchr::memchr;

use super::header::{Component, Header};
use super::huffman::{Bits, Table};

/// The packed pixels of a picture.
pub(super) struct Scan<'a> {
    packed: &'a [u8],
    /// The same without the zeros that follow every 0xff and without markers.
    bytes: Vec<u8>,
    /// Where nothing before is needed to go on.
    stretches: Vec<Range<usize>>,
    /// Units in a stretch; 0 when there is but one.
    restart: usize,
}

impl<'a> Scan<'a> {
    /// The scan that these bytes begin with, if the picture ends with it and has no more stretches than blocks.
    pub(super) fn find(packed: &'a [u8], restart: usize, blocks: usize) -> Option<Self> {
        let mut bytes = Vec::with_capacity(packed.len());
        let (mut stretches, mut from, mut at) = (Vec::new(), 0, 0);
        loop {
            let end = at + memchr(0xff, packed.get(at..)?)?;
            bytes.extend_from_slice(&packed[at..end]);
            at = end + 2;
            let marker = *packed.get(end + 1)?;
            if marker == 0 {
                bytes.push(0xff);
                continue;
            }
            if stretches.len() >= blocks {
                return None;
            }
            stretches.push(from..bytes.len());
            from = bytes.len();
            match marker {
                0xd9 => return Some(Self { packed: &packed[..at], bytes, stretches, restart }),
                // They are numbered.
                0xd0..=0xd7 if restart > 0 && (stretches.len() - 1) % 8 == usize::from(marker - 0xd0) => {}
                _ => return None,
            }
        }
    }

    /// The bytes as they are in the file, with the mark of its end.
    pub(super) fn bytes(&self) -> &[u8] {
        self.packed
    }
}

/// Receives the coefficients of every block: its component, its place in blocks (across and down), and how many
/// coefficients may differ from 0.
pub(super) type Take<'a> = &'a mut dyn FnMut(usize, [usize; 2], &[f32; 64], usize);

/// Unpacks all blocks. Of each, the coefficients up to `wanted` for its component are multiplied out, in the order of
/// the file; the others are read and left out.
pub(super) fn unpack(header: &Header<'_>, wanted: [usize; 3], take: Take<'_>) -> Option<()> {
    let [across, down] = header.units();
    let restart = if header.scan.restart == 0 { across * down } else { header.scan.restart };
    if header.scan.stretches.len() != (across * down).div_ceil(restart) {
        return None;
    }
    let tables = header.components.iter().map(|one| tables(header, one)).collect::<Option<Vec<_>>>()?;
    let mut coefficients = [0.0; 64];
    let mut units = (0..down).flat_map(|y| (0..across).map(move |x| [x, y]));
    for stretch in &header.scan.stretches {
        let mut bits = Bits::new(&header.scan.bytes[stretch.clone()]);
        let mut before = [0; 3];
        for place in units.by_ref().take(restart) {
            for (number, component) in header.components.iter().enumerate() {
                let [first, others] = tables[number];
                let [blocks, rows] = component.blocks;
                for block in 0..blocks * rows {
                    let size = bits.symbol(first)?.size;
                    before[number] = i32::wrapping_add(before[number], bits.number(size));
                    coefficients[0] = before[number] as f32 * component.factors[0];
                    let used =
                        others_of(&mut bits, others, &component.factors, wanted[number], &mut coefficients)?;
                    let at = [place[0] * blocks + block % blocks, place[1] * rows + block / blocks];
                    take(number, at, &coefficients, used);
                    coefficients[..used].fill(0.0);
                }
            }
        }
        if !bits.at_end() {
            return None;
        }
    }
    Some(())
}

fn tables<'a>(header: &'a Header<'_>, component: &Component) -> Option<[&'a Table; 2]> {
    let [first, others] = component.tables;
    Some([header.tables[0].get(first)?.as_ref()?, header.tables[1].get(others)?.as_ref()?])
}

/// Unpacks a block's coefficients behind the first; returns how many of them may differ from 0.
#[inline]
fn others_of(
    bits: &mut Bits<'_>,
    table: &Table,
    factors: &[f32; 64],
    wanted: usize,
    coefficients: &mut [f32; 64],
) -> Option<usize> {
    let (mut at, mut used) = (1, 1);
    while at < wanted {
        let symbol = bits.symbol(table)?;
        at += usize::from(symbol.step);
        let number = bits.number(symbol.size);
        if at <= wanted {
            coefficients[at - 1] = number as f32 * factors[at - 1];
            used = at;
        }
    }
    bits.skip(table, at)?;
    Some(used)
}
