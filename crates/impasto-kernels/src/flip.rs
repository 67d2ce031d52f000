//! Transposing, which is how values move between pictures (one channel after the other) and the tiles' panels and
//! sums (all channels of a pixel together).

use rayon::prelude::*;

use crate::dispatch::{Level, level};
use crate::room::Room;
use crate::tile::LANES;

/// Writes the transpose of `rows` rows of `columns` values, `stride` apart: value `(r, c)` goes to `to(c)[r]`.
///
/// # Safety
/// All those values must be readable, and `rows` floats writable at each `to(c)`, by nobody else at the same time.
pub(crate) unsafe fn flip(
    from: *const f32,
    stride: usize,
    rows: usize,
    columns: usize,
    to: impl Fn(usize) -> *mut f32,
) {
    for r in (0..rows).step_by(LANES) {
        let high = LANES.min(rows - r);
        for c in (0..columns).step_by(LANES) {
            let wide = LANES.min(columns - c);
            // SAFETY: the block lies within what the caller promised.
            unsafe {
                let from = from.add(r * stride + c);
                match level() {
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 => x86::block(from, stride, high, wide, |i| to(c + i).add(r)),
                    _ => block(from, stride, high, wide, |i| to(c + i).add(r)),
                }
            }
        }
    }
}

/// # Safety
/// See [`flip`].
#[inline(always)]
unsafe fn block(
    from: *const f32,
    stride: usize,
    rows: usize,
    columns: usize,
    to: impl Fn(usize) -> *mut f32,
) {
    for c in 0..columns {
        let to = to(c);
        for r in 0..rows {
            // SAFETY: the caller promises both.
            unsafe { *to.add(r) = *from.add(r * stride + c) };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    /// Up to 16 by 16 values.
    ///
    /// # Safety
    /// See [`flip`](super::flip); needs AVX-512.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn block(
        from: *const f32,
        stride: usize,
        rows: usize,
        columns: usize,
        to: impl Fn(usize) -> *mut f32,
    ) {
        // Whole blocks never leave the registers: nothing in them depends on a length.
        if rows == 16 && columns == 16 {
            // SAFETY: only values that the caller promised are read and written, here and below.
            let flipped =
                transposed(std::array::from_fn(|r| unsafe { _mm512_loadu_ps(from.add(r * stride)) }));
            for (c, row) in flipped.into_iter().enumerate() {
                // SAFETY: as above.
                unsafe { _mm512_storeu_ps(to(c), row) };
            }
            return;
        }
        let mask = |count: usize| ((1u32 << count) - 1) as __mmask16;
        let mut block = [_mm512_setzero_ps(); 16];
        for (r, row) in block.iter_mut().enumerate().take(rows) {
            // SAFETY: as above.
            *row = unsafe { _mm512_maskz_loadu_ps(mask(columns), from.add(r * stride)) };
        }
        for (c, row) in transposed(block).into_iter().enumerate().take(columns) {
            // SAFETY: as above.
            unsafe { _mm512_mask_storeu_ps(to(c), mask(rows), row) };
        }
    }

    /// Pairs of rows, then fours, then eights, then all sixteen: each step doubles what lies side by side.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn transposed(mut a: [__m512; 16]) -> [__m512; 16] {
        let mut b = [_mm512_setzero_pd(); 16];
        for i in 0..8 {
            b[2 * i] = _mm512_castps_pd(_mm512_unpacklo_ps(a[2 * i], a[2 * i + 1]));
            b[2 * i + 1] = _mm512_castps_pd(_mm512_unpackhi_ps(a[2 * i], a[2 * i + 1]));
        }
        for i in 0..4 {
            let [p, q, r, s] = [b[4 * i], b[4 * i + 1], b[4 * i + 2], b[4 * i + 3]];
            a[4 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(p, r));
            a[4 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(p, r));
            a[4 * i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(q, s));
            a[4 * i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(q, s));
        }
        for i in 0..4 {
            let [p, q, r, s] = [a[i], a[i + 4], a[i + 8], a[i + 12]];
            let low = _mm512_shuffle_f32x4::<0x88>(p, q);
            let high = _mm512_shuffle_f32x4::<0xdd>(p, q);
            let low2 = _mm512_shuffle_f32x4::<0x88>(r, s);
            let high2 = _mm512_shuffle_f32x4::<0xdd>(r, s);
            a[i] = _mm512_shuffle_f32x4::<0x88>(low, low2);
            a[i + 4] = _mm512_shuffle_f32x4::<0x88>(high, high2);
            a[i + 8] = _mm512_shuffle_f32x4::<0xdd>(low, low2);
            a[i + 12] = _mm512_shuffle_f32x4::<0xdd>(high, high2);
        }
        a
    }
}

/// Matrices to pack: how many, how far from one to the next, and their size.
pub(crate) struct Matrices<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) batch: usize,
    pub(crate) stride: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

/// Columns of a matrix that are packed at once.
const PART: usize = 512;

/// Packs the right side of a sum: rows of the matrices become the columns of the sum. `place` says which `k` the value
/// in matrix `b`, column `c` belongs to, out of `depth`, each another one; a `k` that nobody has stays zero.
pub(crate) fn panels(
    from: &Matrices<'_>,
    depth: usize,
    widths: &[(usize, usize)],
    place: impl Fn(usize, usize) -> usize + Sync,
) -> Vec<f32> {
    let &Matrices { values, batch, stride, rows, columns } = from;
    assert!(batch == 0 || values.len() >= (batch - 1) * stride + rows * columns, "matrices to pack");
    let total: usize = widths.last().map_or(0, |(start, width)| start + width);
    // Zeros are written only where nothing else will be.
    let whole = batch * columns == depth;
    let out = if whole { Room::new(total * depth) } else { Room::zeroed(total * depth) };
    // One matrix may be long, and a batch of matrices many: both are cut into parts of some size.
    let part = columns.min(PART);
    let parts = columns.div_ceil(part);
    (0..batch * parts).into_par_iter().with_min_len((1 << 14) / (rows * part).max(1) + 1).for_each(|task| {
        let (b, first) = (task / parts, task % parts * part);
        let wide = part.min(columns - first);
        // Asked once, not for every sixteen rows: finding a place takes divisions.
        let mut places = [0; PART];
        for (c, at) in places.iter_mut().enumerate().take(wide) {
            *at = place(b, first + c);
            assert!(*at < depth, "a place beyond the panel");
        }
        for &(start, width) in widths {
            let high = width.min(rows.saturating_sub(start));
            let from = values[b * stride + start.min(rows) * columns..].as_ptr();
            // SAFETY: the matrix has `high` more rows from `start` on; every (b, c) has a place of its own below
            // `depth`, so no two tasks write the same row of a panel.
            unsafe {
                flip(from.add(first), columns, high, wide, |c| out.at(start * depth + places[c] * width));
                if whole && high < width {
                    for place in &places[..wide] {
                        out.zeros(start * depth + place * width + high, width - high);
                    }
                }
            }
        }
    });
    // SAFETY: every `k` of every panel was written, or it is zero from the start.
    unsafe { out.filled() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flipping_is_the_transpose_for_all_sizes() {
        for (rows, columns) in [(1, 1), (3, 5), (16, 16), (17, 31), (40, 7), (5, 48)] {
            let stride = columns + 3;
            let from: Vec<f32> = (0..rows * stride).map(|v| v as f32).collect();
            let mut to = vec![-1.0; rows * columns];
            let start = to.as_mut_ptr();
            // SAFETY: both buffers are as large as asked.
            unsafe { flip(from.as_ptr(), stride, rows, columns, |c| start.add(c * rows)) };
            for r in 0..rows {
                for c in 0..columns {
                    assert_eq!(to[c * rows + r], from[r * stride + c], "{rows}x{columns} at {r},{c}");
                }
            }
        }
    }
}
