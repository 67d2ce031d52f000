//! Sums of products over a whole batch: what convolutions and dense layers are made of.
//!
//! The output is a matrix of rows and columns. Each task takes some rows and some columns, computes them tile by tile
//! into memory of its own that stays in the cache, and hands the finished piece over. Every value is summed in an order
//! that depends only on the sizes, so results are the same for any number of threads.

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;

use crate::flip::{Matrices, flip, panels};
use crate::room::Threads;
use crate::tile::{MOST_ROWS, Tile, Words, tiles};

/// The left side: value `(row, k)` lies at `offset(row) + steps[k]`.
pub(crate) struct Left<'a, F> {
    /// What the words hold, those of the right side too.
    pub(crate) kind: Words,
    pub(crate) words: &'a [u32],
    pub(crate) offset: F,
    pub(crate) steps: &'a [u32],
}

/// The right side.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a> {
    /// Packed for the tiles, see [`widths`]: panels of this many `k`, of which the sum starts at one.
    Panels { words: &'a [u32], depth: usize, from: usize },
    /// A matrix, `k` by columns, with this many columns in all.
    Rows(&'a [f32], usize),
    /// A matrix, columns by `k`, with this many `k` in all.
    Columns(&'a [f32], usize),
}

/// A finished piece of the output: `stride` floats from row to row.
pub(crate) struct Piece<'a> {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
    pub(crate) sums: &'a mut [f32],
    pub(crate) stride: usize,
}

impl Piece<'_> {
    /// Moves it down in the output.
    pub(crate) fn shift(&mut self, rows: usize) {
        self.rows = self.rows.start + rows..self.rows.end + rows;
    }
}

/// Where each panel starts and how wide it is, for this many columns; the last one may reach beyond them.
pub(crate) fn widths(words: Words, columns: usize) -> Vec<(usize, usize)> {
    let tiles = tiles(words).expect("the processor was asked");
    let (mut start, mut found) = (0, Vec::new());
    while start < columns {
        let width = tile_for(tiles, columns - start).columns;
        found.push((start, width));
        start += width;
    }
    found
}

/// The narrowest tile that holds what is left, or else the widest.
fn tile_for(tiles: &'static [Tile], left: usize) -> &'static Tile {
    tiles.iter().rev().find(|tile| tile.columns >= left).unwrap_or(&tiles[0])
}

/// Floats of a panel that stay in the first cache while all rows pass by.
const BLOCK: usize = 6144;
/// Rows of a task: a multiple of every tile's rows.
const ROWS: usize = 384;
/// Sums of a task: they stay in the second cache.
const SUMS: usize = 48 * 1024;
/// Below this many products, threads cost more than they give.
const WORTH_THREADS: usize = 1 << 18;

#[derive(Default)]
struct Scratch {
    offsets: Vec<usize>,
    sums: Vec<f32>,
    packed: Vec<f32>,
    pairs: Vec<u32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Computes all rows and columns, and hands each finished piece to `finish`.
pub(crate) fn sum<F: Fn(usize) -> usize + Sync>(
    threads: Threads,
    [rows, columns]: [usize; 2],
    left: &Left<'_, F>,
    right: Right<'_>,
    finish: impl Fn(Piece<'_>) + Sync,
) {
    if rows == 0 || columns == 0 {
        return;
    }
    let panels = widths(left.kind, columns);
    let depth = left.steps.len();
    let packed = matches!(right, Right::Panels { .. });
    let products = rows.saturating_mul(columns).saturating_mul(depth);
    let threads = if products < WORTH_THREADS { Threads::One } else { threads };
    let (high, wide) = piece_size(threads, rows, &panels, packed);
    let across = panels.len().div_ceil(wide);
    let tasks = rows.div_ceil(high) * across;
    let task = |task: usize| {
        let rows = task / across * high..rows.min((task / across + 1) * high);
        let panels = &panels[task % across * wide..panels.len().min((task % across + 1) * wide)];
        let start = panels[0].0;
        let end = panels.last().map_or(0, |(start, width)| start + width);
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch { offsets, sums, packed, pairs } = scratch;
            let stride = end - start;
            offsets.clear();
            offsets.extend(rows.clone().map(&left.offset));
            sums.resize(stride * (rows.len() + MOST_ROWS), 0.0);
            for &(first, width) in panels {
                let sums = &mut sums[first - start..];
                panel(left, offsets, right, (first, width, columns), sums, stride, (packed, pairs));
            }
            finish(Piece { rows, columns: start..end.min(columns), sums, stride });
        });
    };
    threads.each(tasks, 1, task);
}

/// How many rows and how many panels a task takes.
fn piece_size(threads: Threads, rows: usize, panels: &[(usize, usize)], packed: bool) -> (usize, usize) {
    // Enough pieces that no thread waits long for the last one.
    let enough = if threads == Threads::All { 3 * rayon::current_num_threads() } else { 1 };
    // Pieces of equal size, so that no thread waits for one that is larger.
    let even = |parts: usize| rows.div_ceil(parts).next_multiple_of(24);
    let mut high = even(rows.div_ceil(ROWS));
    let mut wide = panels.len().min((SUMS / high / panels[0].1).max(1));
    let tasks = |high: usize, wide: usize| rows.div_ceil(high) * panels.len().div_ceil(wide);
    while tasks(high, wide) < enough {
        // Rows are cut first where panels are packed: all rows of a task share what it reads of them. Where each task
        // packs for itself, more rows make that cheaper.
        if wide > 1 && (!packed || high <= 96) {
            wide = wide.div_ceil(2);
        } else if high > 24 {
            high = even(2 * rows.div_ceil(high));
        } else {
            break;
        }
    }
    (high, wide)
}

/// All rows of a task against one panel; the sums hold [`MOST_ROWS`] rows more than there are offsets.
pub(crate) fn panel<F>(
    left: &Left<'_, F>,
    offsets: &[usize],
    right: Right<'_>,
    (first, width, columns): (usize, usize, usize),
    sums: &mut [f32],
    stride: usize,
    (packed, pairs): (&mut Vec<f32>, &mut Vec<u32>),
) {
    let tiles = tiles(left.kind).expect("the processor was asked");
    let tile = tiles.iter().find(|tile| tile.columns == width).expect("panels are as wide as tiles");
    let depth = left.steps.len();
    let block = (BLOCK / width).min(depth.max(1));
    let mut from = 0;
    loop {
        let count = block.min(depth - from);
        let panel = match right {
            Right::Panels { words, depth, from: start } => &words[first * depth + (start + from) * width..],
            Right::Rows(..) | Right::Columns(..) => {
                pack(left.kind, right, from..from + count, first..columns.min(first + width), width, packed);
                as_words(left.kind, packed, width, pairs)
            }
        };
        assert!(panel.len() >= count * width, "a panel holds its steps");
        let steps = &left.steps[from..from + count];
        let furthest = steps.iter().max().map_or(0, |&step| step as usize);
        let mut pointers = [std::ptr::null(); MOST_ROWS];
        for row in (0..offsets.len()).step_by(tile.rows) {
            for (r, pointer) in pointers.iter_mut().enumerate().take(tile.rows) {
                // Beyond the last row it is computed once more, into sums that nobody reads.
                let offset = offsets[(row + r).min(offsets.len() - 1)];
                assert!(count == 0 || offset + furthest < left.words.len(), "a row leaves its tensor");
                *pointer = left.words.as_ptr().wrapping_add(offset);
            }
            let c = sums[row * stride..].as_mut_ptr();
            // SAFETY: the offsets of all rows plus all steps are inside `words`, as was just checked, the panel's
            // length too, and the sums hold MOST_ROWS rows more than the task has.
            unsafe {
                (tile.run)(pointers.as_ptr(), steps.as_ptr(), count, panel.as_ptr(), c, stride, from > 0);
            }
        }
        from += count;
        if from >= depth {
            break;
        }
    }
}

/// Packs one block of a matrix: `k` rows of `width`, zeros beyond the last column and the last `k`.
fn pack(
    words: Words,
    right: Right<'_>,
    steps: Range<usize>,
    columns: Range<usize>,
    width: usize,
    packed: &mut Vec<f32>,
) {
    let each = words.values();
    let (from, to) = (steps.start * each, steps.end * each);
    packed.clear();
    packed.resize((to - from) * width, 0.0);
    match right {
        Right::Rows(matrix, all) => {
            let last = to.min(matrix.len() / all);
            for (k, row) in (from..last).zip(packed.chunks_exact_mut(width)) {
                row[..columns.len()].copy_from_slice(&matrix[k * all..][columns.clone()]);
            }
        }
        Right::Columns(matrix, all) => {
            let last = to.min(all);
            let matrix = &matrix[columns.start * all + from..][..(columns.len() - 1) * all + last - from];
            let start = packed.as_mut_ptr();
            // SAFETY: the matrix was just cut to exactly these values; there are at least `last - from` rows of
            // `width` floats, and no more columns than that.
            unsafe { flip(matrix.as_ptr(), all, columns.len(), last - from, |k| start.add(k * width)) };
        }
        Right::Panels { .. } => unreachable!("packed already"),
    }
}

impl Words {
    /// How many `k` a word holds.
    pub(crate) fn values(self) -> usize {
        match self {
            Self::Single => 1,
            Self::Pairs => 2,
        }
    }
}

/// The packed floats as words.
fn as_words<'a>(words: Words, packed: &'a [f32], width: usize, pairs: &'a mut Vec<u32>) -> &'a [u32] {
    match words {
        Words::Single => bytemuck::cast_slice(packed),
        Words::Pairs => {
            pairs.resize(packed.len() / 2, 0);
            pair_rows(packed, width, pairs);
            pairs
        }
    }
}

/// Every two rows of `width` floats as one row of words.
fn pair_rows(floats: &[f32], width: usize, out: &mut [u32]) {
    for (out, rows) in out.chunks_exact_mut(width).zip(floats.chunks_exact(2 * width)) {
        let (first, second) = rows.split_at(width);
        pair(first, second, out);
    }
}

/// Two rows of floats as one row of bf16 pairs, the first in the low half. Rounds to nearest, ties to even.
#[inline]
pub(crate) fn pair(first: &[f32], second: &[f32], out: &mut [u32]) {
    for ((out, first), second) in out.iter_mut().zip(first).zip(second) {
        *out = (rounded(*first) >> 16) | (rounded(*second) & 0xffff_0000);
    }
}

/// The bits of the nearest bf16, in the upper half.
#[inline]
fn rounded(value: f32) -> u32 {
    let bits = value.to_bits();
    // A NaN must not become an infinity; any other bits are rounded by adding.
    if value.is_nan() { bits | 0x0040_0000 } else { bits + 0x7fff + ((bits >> 16) & 1) }
}

/// Packs matrices as the right side of a sum of `depth` steps, see [`panels`].
pub(crate) fn packed(
    words: Words,
    from: &Matrices<'_>,
    depth: usize,
    widths: &[(usize, usize)],
    place: impl Fn(usize, usize) -> usize + Sync,
) -> Vec<u32> {
    let depth = depth * words.values();
    let panels = panels(from, depth, widths, place);
    match words {
        Words::Single => bytemuck::cast_vec(panels),
        Words::Pairs => {
            let mut out = vec![0u32; panels.len() / 2];
            for &(start, width) in widths {
                let floats = panels[start * depth..][..width * depth].par_chunks(width * 128);
                let out = out[start * depth / 2..][..width * depth / 2].par_chunks_mut(width * 64);
                out.zip(floats).for_each(|(out, floats)| pair_rows(floats, width, out));
            }
            out
        }
    }
}
