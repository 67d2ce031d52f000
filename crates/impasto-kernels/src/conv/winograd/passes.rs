//! The small matrices at work, by lanes of sixteen channels.

use super::points::{self, MOST_TAPS, Side};
use crate::dispatch::{Lanes, vectorised};
use crate::room::Room;
use crate::tile::LANES;

/// Rows of tiles.
pub(super) struct Tiles {
    /// Down and across.
    pub(super) sides: [Side; 2],
    pub(super) rows: usize,
    pub(super) across: usize,
    /// Pixels of a line: all that the tiles see, or those of the picture that they make.
    pub(super) whole: usize,
    /// How far it is from product to product, and from tile to tile.
    pub(super) product: usize,
    pub(super) tile: usize,
}

impl Tiles {
    /// Where the lanes of the last tile end.
    fn end(&self) -> usize {
        let [down, right] = self.sides;
        (self.rows * self.across - 1) * self.tile
            + (down.products * right.products - 1) * self.product
            + LANES
    }
}

/// Calls a function of products and outputs, down and across.
macro_rules! with_sides {
    ($sides:expr, $name:ident::<$lanes:ident>$arguments:tt) => {
        match $sides.map(|side| side.taps) {
            [3, 3] => $name::<$lanes, 6, 4, 6, 4>$arguments,
            [5, 5] => $name::<$lanes, 6, 2, 6, 2>$arguments,
            [1, 3] => $name::<$lanes, 1, 1, 6, 4>$arguments,
            [3, 1] => $name::<$lanes, 6, 4, 1, 1>$arguments,
            [1, 7] => $name::<$lanes, 1, 1, 8, 2>$arguments,
            [7, 1] => $name::<$lanes, 8, 2, 1, 1>$arguments,
            taps => unreachable!("filters of {taps:?}"),
        }
    };
}

/// Whether there is a function for these.
pub(super) fn has_sides(taps: [usize; 2]) -> bool {
    matches!(taps, [3, 3] | [5, 5] | [1, 3] | [3, 1] | [1, 7] | [7, 1])
}

vectorised! {
    /// Framed pixels after the matrix: the first tile's lanes come to the start of `to`. The lines are room to work in.
    pub(super) fn spread<L>(pixels: &[f32], lines: &mut [f32], tiles: &Tiles, to: &mut [f32]) {
        with_sides!(tiles.sides, spread_tiles::<L>(pixels, lines, tiles, to));
    }
}

#[inline(always)]
fn spread_tiles<L: Lanes, const N: usize, const M: usize, const NX: usize, const MX: usize>(
    pixels: &[f32],
    lines: &mut [f32],
    tiles: &Tiles,
    to: &mut [f32],
) {
    let &Tiles { rows, across, whole, product, tile, .. } = tiles;
    assert!(to.len() >= tiles.end(), "room for all tiles");
    assert!(whole >= MX * (across - 1) + NX, "lines as long as the tiles see");
    assert!(lines.len() >= N * whole * LANES, "room for all lines");
    for row in 0..rows {
        let high = &pixels[M * row * whole * LANES..][..N * whole * LANES];
        for column in 0..whole {
            let (mut lanes, line) = ([L::zero(); N], whole * LANES);
            // SAFETY: columns of rows that were just cut out; the lines are as large, as was asserted.
            unsafe {
                load(&mut lanes, high.as_ptr().add(column * LANES), line);
                store(&points::spread(lanes), lines.as_mut_ptr().add(column * LANES), line);
            }
        }
        for column in 0..across {
            let place = (row * across + column) * tile;
            for u in 0..N {
                let (mut lanes, line) = ([L::zero(); NX], (u * whole + MX * column) * LANES);
                // SAFETY: as was asserted, the line goes on for all pixels of the last tile, and there is room for its lanes.
                unsafe {
                    load(&mut lanes, lines.as_ptr().add(line), LANES);
                    store(&points::spread(lanes), to.as_mut_ptr().add(place + u * NX * product), product);
                }
            }
        }
    }
}

vectorised! {
    /// Pixels of the sums of products, the first tile's at the start, each with the bias of its channel.
    pub(super) fn gather<L>(sums: &[f32], tiles: &Tiles, bias: &[f32; LANES], pixels: &mut [f32]) {
        with_sides!(tiles.sides, gather_tiles::<L>(sums, tiles, bias, pixels));
    }
}

#[inline(always)]
fn gather_tiles<L: Lanes, const N: usize, const M: usize, const NX: usize, const MX: usize>(
    sums: &[f32],
    tiles: &Tiles,
    bias: &[f32; LANES],
    pixels: &mut [f32],
) {
    let &Tiles { rows, across, whole, product, tile, .. } = tiles;
    assert!(sums.len() >= tiles.end(), "sums of all tiles");
    assert!(pixels.len() >= rows * M * whole * LANES, "room for all pixels");
    // SAFETY: a bias has as many values.
    let bias = unsafe { L::load(bias.as_ptr()) };
    for (row, column) in (0..rows).flat_map(|row| (0..across).map(move |column| (row, column))) {
        let from = (row * across + column) * tile;
        let mut high = [[L::zero(); MX]; N];
        for (u, high) in high.iter_mut().enumerate() {
            let mut lanes = [L::zero(); NX];
            // SAFETY: sums of this tile, which there are, as was asserted.
            unsafe { load(&mut lanes, sums.as_ptr().add(from + u * NX * product), product) };
            *high = points::gather(lanes);
        }
        // The last tile may reach beyond the picture.
        for x in 0..MX.min(whole.saturating_sub(column * MX)) {
            let mut lanes = [L::zero(); N];
            for (lanes, high) in lanes.iter_mut().zip(&high) {
                *lanes = high[x];
            }
            let mut lanes: [L; M] = points::gather(lanes);
            for lanes in &mut lanes {
                *lanes = lanes.plus(bias);
            }
            let at = (row * M * whole + column * MX + x) * LANES;
            // SAFETY: pixels of this tile, for which there is room, as was asserted.
            unsafe { store(&lanes, pixels.as_mut_ptr().add(at), whole * LANES) };
        }
    }
}

/// Lanes that lie so far from each other.
///
/// # Safety
/// All of them must be readable.
#[inline(always)]
unsafe fn load<L: Lanes>(lanes: &mut [L], from: *const f32, step: usize) {
    for (at, lanes) in lanes.iter_mut().enumerate() {
        // SAFETY: promised by the caller.
        *lanes = unsafe { L::load(from.add(at * step)) };
    }
}

/// # Safety
/// All places, which lie so far from each other, must be writable.
#[inline(always)]
unsafe fn store<L: Lanes>(lanes: &[L], to: *mut f32, step: usize) {
    for (at, lanes) in lanes.iter().enumerate() {
        // SAFETY: promised by the caller.
        unsafe { lanes.store(to.add(at * step)) };
    }
}

/// A row of a matrix times lanes.
#[inline(always)]
fn dot<L: Lanes>(row: &[f32], lanes: &[L]) -> L {
    let mut sum = L::zero();
    for (&factor, lanes) in row.iter().zip(lanes) {
        sum = sum.plus(lanes.times(factor));
    }
    sum
}

vectorised! {
    /// The kernels of one input after the matrices of both sides: lanes of outputs, value by value, come to these places in the
    /// room, and it is so far from product to product.
    ///
    /// # Safety
    /// There must be room for all lanes at these places, and nobody else may write there at the same time.
    pub(super) unsafe fn squares<L>(
        values: &[f32],
        matrices: &[Vec<Vec<f32>>; 2],
        room: &Room,
        places: &[usize],
        product: usize,
    ) {
        let [down, right] = matrices;
        let [high, wide] = [down[0].len(), right[0].len()];
        let lanes = places.len() * LANES;
        assert!(values.len() >= high * wide * lanes && wide.max(high) <= MOST_TAPS, "the values of all kernels");
        for (group, &place) in places.iter().enumerate() {
            let mut columns = [[L::zero(); MOST_TAPS]; MOST_TAPS];
            for (x, column) in columns.iter_mut().enumerate().take(wide) {
                // SAFETY: values of this group, which there are, as was asserted.
                unsafe { load(&mut column[..high], values.as_ptr().add(x * lanes + group * LANES), wide * lanes) };
            }
            for (u, row) in down.iter().enumerate() {
                let mut line = [L::zero(); MOST_TAPS];
                for (line, column) in line.iter_mut().zip(&columns).take(wide) {
                    *line = dot(row, column);
                }
                for (v, row) in right.iter().enumerate() {
                    let to = room.at(place + (u * right.len() + v) * product);
                    // SAFETY: promised by the caller.
                    unsafe { dot(row, &line).store(to) };
                }
            }
        }
    }
}
