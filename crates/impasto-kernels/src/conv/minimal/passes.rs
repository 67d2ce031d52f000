//! The small matrices at work. Everything goes by lanes: the same pixel of sixteen pictures, or the same place in the
//! kernels of sixteen outputs, so that no value has to change its place in a vector.

use std::ops::Range;

use super::side::{Matrix, Windows};
use crate::dispatch::{Lanes, vectorised};
use crate::flip::flip;
use crate::room::Room;
use crate::tile::LANES;

/// The most terms that a row of the small matrices has.
const MOST: usize = 3;

/// `to(i)` becomes the sum of all terms' lanes at `i * step`, for every `i` below `count`.
///
/// # Safety
/// All those lanes must be readable, and every `to(i)` writable and not among them.
#[inline(always)]
unsafe fn add<L: Lanes>(
    count: usize,
    terms: &[(*const f32, f32)],
    step: usize,
    to: impl Fn(usize) -> *mut f32,
) {
    // SAFETY: promised by the caller, here and below.
    let term =
        |(from, factor): (*const f32, f32), i: usize| unsafe { L::load(from.add(i * step)).times(factor) };
    // SAFETY: as above.
    let put = |i: usize, lanes: L| unsafe { lanes.store(to(i)) };
    match *terms {
        [] => (0..count).for_each(|i| put(i, L::zero())),
        [a] => (0..count).for_each(|i| put(i, term(a, i))),
        [a, b] => (0..count).for_each(|i| put(i, term(a, i).plus(term(b, i)))),
        [a, b, c] => (0..count).for_each(|i| put(i, term(a, i).plus(term(b, i)).plus(term(c, i)))),
        _ => unreachable!("no more than {MOST} terms"),
    }
}

/// The terms of a row of a matrix, found by `at`; what that does not find is zero.
struct Terms([(*const f32, f32); MOST], usize);

impl Terms {
    #[inline(always)]
    fn new(row: &[(usize, f32)], at: impl Fn(usize) -> Option<*const f32>) -> Self {
        let (mut found, mut count) = ([(std::ptr::null(), 0.0); MOST], 0);
        for &(value, factor) in row {
            if let Some(at) = at(value) {
                found[count] = (at, factor);
                count += 1;
            }
        }
        Self(found, count)
    }

    #[inline(always)]
    fn all(&self) -> &[(*const f32, f32)] {
        &self.0[..self.1]
    }
}

/// One channel of up to sixteen pictures.
pub(super) struct Plane<'a> {
    /// From this channel of the first picture on.
    pub(super) values: &'a [f32],
    /// From picture to picture.
    pub(super) stride: usize,
    pub(super) pictures: usize,
    pub(super) size: [usize; 2],
}

/// Where the lanes of a channel go: position and phase, then tile.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) room: &'a Room,
    /// From one position to the next.
    pub(super) position: usize,
    /// From one phase to the next.
    pub(super) phase: usize,
    /// By tile: the place of its lanes in row 0, and how far it is to the next row.
    pub(super) tiles: &'a [(usize, usize)],
    /// The channel's row, and rows from phase to phase.
    pub(super) row: usize,
    pub(super) phase_rows: usize,
}

impl Places<'_> {
    #[inline(always)]
    fn at(&self, position: usize, phase: usize, tile: usize) -> *mut f32 {
        let (start, width) = self.tiles[tile];
        let row = self.row + phase * self.phase_rows;
        self.room.at(position * self.position + phase * self.phase + start + row * width)
    }
}

vectorised! {
    /// Rows of tiles of one channel, each value after the matrix; the first tile is number `first` of the places.
    ///
    /// # Safety
    /// The places must lie in their room, and nobody else may write there at the same time.
    pub(super) unsafe fn spread<L>(
        plane: &Plane<'_>,
        windows: &[Windows; 2],
        tiles: (Range<usize>, usize, usize),
        matrix: &Matrix,
        places: &Places<'_>,
    ) {
        let ([down, right], (rows, across, first)) = (windows, tiles);
        let [height, width] = plane.size;
        let positions = matrix.rows.len();
        let values = matrix.rows.iter().flatten().map(|term| term.0).max().unwrap_or(0) + 1;
        let edge = |side: &Windows, tile: usize, value: usize| {
            let pixels = (0..side.first.len()).map(move |phase| side.pixel(tile, phase, value));
            (pixels.clone().min().unwrap_or(0), pixels.max().unwrap_or(0))
        };
        let top = edge(down, rows.start, 0).0.clamp(0, height as isize) as usize;
        let bottom = (edge(down, rows.end - 1, values - 1).1 + 1).clamp(top as isize, height as isize) as usize;
        let left = (-edge(right, 0, 0).0).max(0) as usize;
        let whole = left + width.max((edge(right, across - 1, values - 1).1 + 1).max(0) as usize);
        let mut pixels = vec![0f32; (bottom - top) * width * LANES];
        let mut line = vec![0f32; whole * LANES];
        let start = pixels.as_mut_ptr();
        let from = &plane.values[top * width..][..(plane.pictures - 1) * plane.stride + (bottom - top) * width];
        // SAFETY: the pictures' rows were just cut out; there is room for all pixels' lanes.
        unsafe {
            flip(from.as_ptr(), plane.stride, plane.pictures, (bottom - top) * width, |p| start.add(p * LANES));
        }
        for (number, tile) in rows.enumerate() {
            for (p, u) in (0..down.first.len()).flat_map(|p| (0..positions).map(move |u| (p, u))) {
                let terms = Terms::new(&matrix.rows[u], |value| {
                    let y = down.pixel(tile, p, value);
                    let seen = y >= top as isize && y < bottom as isize;
                    seen.then(|| pixels[(y as usize - top) * width * LANES..].as_ptr())
                });
                let to = line[left * LANES..][..width * LANES].as_mut_ptr();
                // SAFETY: rows of the pixels, and the line without its edges, are `width` lanes long.
                unsafe { add::<L>(width, terms.all(), LANES, |x| to.add(x * LANES)) };
                for (q, v) in (0..right.first.len()).flat_map(|q| (0..positions).map(move |v| (q, v))) {
                    let terms = Terms::new(&matrix.rows[v], |value| {
                        let x = (right.pixel(0, q, value) + left as isize) as usize;
                        Some(line[x * LANES..].as_ptr())
                    });
                    let (position, phase) = (u * positions + v, p * right.first.len() + q);
                    let to = |tile| places.at(position, phase, first + number * across + tile);
                    // SAFETY: the line reaches as far as the last tile sees; the places are the caller's promise.
                    unsafe { add::<L>(across, terms.all(), right.step * LANES, to) };
                }
            }
        }
    }
}

/// Where the products of one output channel lie: position and phase, then tile by tile.
pub(super) struct Sums<'a> {
    pub(super) values: &'a [f32],
    /// From one position to the next.
    pub(super) position: usize,
    /// From one phase to the next.
    pub(super) phase: usize,
}

/// How two-by-two outputs of several phases make a picture.
pub(super) struct Weave<'a> {
    pub(super) stride: usize,
    /// By phase: its first row, its first column.
    pub(super) first: [&'a [usize]; 2],
}

vectorised! {
    /// Rows of tiles of one channel: lanes of pixels, `2 * stride * across` in a row.
    pub(super) fn gather<L>(
        sums: &Sums<'_>,
        weave: &Weave<'_>,
        tiles: (usize, usize, usize),
        matrix: &Matrix,
        pixels: &mut [f32],
    ) {
        let (rows, across, first) = tiles;
        let stride = weave.stride;
        let positions = matrix.rows.iter().flatten().map(|term| term.0).max().unwrap_or(0) + 1;
        let width = 2 * stride * across;
        assert_eq!(pixels.len(), rows * 2 * stride * width * LANES, "room for all pixels");
        let mut lines = vec![0f32; positions * across * LANES];
        let [ups, lefts] = weave.first;
        for row in 0..rows {
            for (p, q) in (0..ups.len()).flat_map(|p| (0..lefts.len()).map(move |q| (p, q))) {
                let phase = &sums.values[(p * lefts.len() + q) * sums.phase..];
                let tiles = (first + row * across) * LANES;
                for (e, terms) in matrix.rows.iter().enumerate() {
                    for v in 0..positions {
                        let terms = Terms::new(terms, |u| {
                            let at = (u * positions + v) * sums.position + tiles;
                            Some(phase[at..at + across * LANES].as_ptr())
                        });
                        let to = lines[v * across * LANES..][..across * LANES].as_mut_ptr();
                        // SAFETY: both were just cut to so many lanes.
                        unsafe { add::<L>(across, terms.all(), LANES, |tile| to.add(tile * LANES)) };
                    }
                    let y = row * 2 * stride + stride * e + ups[p];
                    for (f, terms) in matrix.rows.iter().enumerate() {
                        let terms = Terms::new(terms, |v| Some(lines[v * across * LANES..].as_ptr()));
                        let x = stride * f + lefts[q];
                        let to = pixels[(y * width + x) * LANES..][..((across - 1) * 2 * stride + 1) * LANES]
                            .as_mut_ptr();
                        // SAFETY: every line has so many lanes, and the pixels were just cut out.
                        unsafe { add::<L>(across, terms.all(), LANES, |tile| to.add(tile * 2 * stride * LANES)) };
                    }
                }
            }
        }
    }
}

vectorised! {
    /// A small matrix on both sides of a square of rows of lanes, which start at `from` in the values and come to `to`
    /// in the room, row by row.
    ///
    /// # Safety
    /// These places must have room for the lanes, and nobody else may write there at the same time.
    pub(super) unsafe fn both_sides<L>(
        values: &[f32],
        from: &[usize],
        matrix: &Matrix,
        lanes: usize,
        room: &Room,
        to: &[usize],
    ) {
        let (high, side, count) = (matrix.rows.len(), matrix.columns(), lanes / LANES);
        let mut middle = vec![0f32; high * side * lanes];
        for (u, terms) in matrix.rows.iter().enumerate() {
            for j in 0..side {
                let terms = Terms::new(terms, |i| Some(values[from[i * side + j]..][..lanes].as_ptr()));
                let to = middle[(u * side + j) * lanes..][..lanes].as_mut_ptr();
                // SAFETY: all were just cut to so many lanes.
                unsafe { add::<L>(count, terms.all(), LANES, |i| to.add(i * LANES)) };
            }
        }
        for (u, v) in (0..high).flat_map(|u| (0..high).map(move |v| (u, v))) {
            let row = &middle[u * side * lanes..][..side * lanes];
            let terms = Terms::new(&matrix.rows[v], |j| Some(row[j * lanes..].as_ptr()));
            let to = to[u * high + v];
            // SAFETY: every row of the middle has so many lanes; the rest was promised by the caller.
            unsafe { add::<L>(count, terms.all(), LANES, |i| room.at(to + i * LANES)) };
        }
    }
}
