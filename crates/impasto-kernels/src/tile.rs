//! The innermost loop: one tile of a sum of products, held in registers.
//!
//! `c[r][j] += sum over k of rows[r][steps[k]] * panel[k][j]`. The left side is read where it lies, by row and step;
//! that is how a convolution reads its picture without a copy for every window. The right side is packed in panels as
//! wide as the tile, so it is read from front to back.
//!
//! A word of either side is one f32, or two bf16 that are multiplied with the two of the other side.

use std::sync::OnceLock;

use crate::dispatch::{Level, level};

/// What a word holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// One f32.
    Single,
    /// Two bf16, of two neighbouring `k`.
    Pairs,
}

/// Computes one tile: left rows, steps, how many steps, panel, output, floats between output rows, whether to add.
///
/// # Safety
/// Every row pointer plus every step, and the panel up to `count * columns`, must be readable words; the output must be
/// writable for all rows of the tile; and the processor must have what the tile was compiled for.
type Run = unsafe fn(*const *const u32, *const u32, usize, *const u32, *mut f32, usize, bool);

/// A tile of fixed size.
#[derive(Clone, Copy)]
pub(crate) struct Tile {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) run: Run,
}

/// The most rows that any tile has.
pub(crate) const MOST_ROWS: usize = 12;
/// All tiles have a multiple of this many columns.
pub(crate) const LANES: usize = 16;

/// The tiles of this processor, widest first. `None` where it can't multiply such words.
pub(crate) fn tiles(words: Words) -> Option<&'static [Tile]> {
    static SINGLE: OnceLock<Vec<Tile>> = OnceLock::new();
    static PAIRS: OnceLock<Vec<Tile>> = OnceLock::new();
    let found = match words {
        Words::Single => SINGLE.get_or_init(single),
        Words::Pairs => PAIRS.get_or_init(pairs),
    };
    (!found.is_empty()).then_some(found.as_slice())
}

/// Whether this processor multiplies pairs of bf16.
pub fn has_pairs() -> bool {
    tiles(Words::Pairs).is_some()
}

/// The name of the instructions in use, for people.
pub fn instructions() -> &'static str {
    match level() {
        Level::Avx512 if has_pairs() => "AVX-512 with bf16",
        Level::Avx512 => "AVX-512",
        Level::Avx2 => "AVX2",
        Level::Plain if cfg!(target_arch = "aarch64") => "NEON",
        Level::Plain => "plain",
    }
}

fn single() -> Vec<Tile> {
    match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => vec![
            Tile { rows: 6, columns: 64, run: x86::single::<6, 4> },
            Tile { rows: 8, columns: 48, run: x86::single::<8, 3> },
            Tile { rows: 12, columns: 32, run: x86::single::<12, 2> },
            Tile { rows: 12, columns: 16, run: x86::single::<12, 1> },
        ],
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => vec![Tile { rows: 6, columns: 16, run: x86::narrow }],
        _ => vec![Tile { rows: 4, columns: 16, run: plain::<4> }],
    }
}

fn pairs() -> Vec<Tile> {
    #[cfg(target_arch = "x86_64")]
    if level() == Level::Avx512 && is_x86_feature_detected!("avx512bf16") {
        return vec![
            Tile { rows: 6, columns: 64, run: x86::pairs::<6, 4> },
            Tile { rows: 8, columns: 48, run: x86::pairs::<8, 3> },
            Tile { rows: 12, columns: 32, run: x86::pairs::<12, 2> },
            Tile { rows: 12, columns: 16, run: x86::pairs::<12, 1> },
        ];
    }
    Vec::new()
}

/// For any processor; NEON comes out of it on ARM.
///
/// # Safety
/// See [`Run`].
unsafe fn plain<const M: usize>(
    rows: *const *const u32,
    steps: *const u32,
    count: usize,
    panel: *const u32,
    c: *mut f32,
    stride: usize,
    add: bool,
) {
    let mut sums = [[0f32; LANES]; M];
    for k in 0..count {
        // SAFETY: the caller promises readable words at every row and step, and a panel of `count` times `LANES`.
        let (step, right) =
            unsafe { (*steps.add(k) as usize, &*panel.add(k * LANES).cast::<[f32; LANES]>()) };
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: as above.
            let left = unsafe { *(*rows.add(r)).add(step).cast::<f32>() };
            for (sum, &right) in sums.iter_mut().zip(right) {
                // One instruction where the target always has it, never a call into the mathematics library.
                *sum = if cfg!(target_arch = "aarch64") {
                    left.mul_add(right, *sum)
                } else {
                    *sum + left * right
                };
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        // SAFETY: the caller promises `M` writable rows of `LANES` floats.
        let out = unsafe { std::slice::from_raw_parts_mut(c.add(r * stride), LANES) };
        for (out, &sum) in out.iter_mut().zip(sums) {
            *out = if add { *out + sum } else { sum };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    /// A tile of `M` rows and `V` vectors. The two kinds of words differ in one instruction, which must be compiled with
    /// the features of the function around it; that is why this is a macro.
    macro_rules! tile {
        ($name:ident, $features:literal, $multiply:expr) => {
            /// # Safety
            /// See [`Run`](super::Run); needs the features that it is compiled for.
            #[target_feature(enable = $features)]
            pub(super) unsafe fn $name<const M: usize, const V: usize>(
                rows: *const *const u32,
                steps: *const u32,
                count: usize,
                panel: *const u32,
                c: *mut f32,
                stride: usize,
                add: bool,
            ) {
                let mut sums = [[_mm512_setzero_ps(); V]; M];
                let mut left = [std::ptr::null::<i32>(); M];
                let mut right = [_mm512_setzero_si512(); V];
                // SAFETY: the caller promises readable words at every row and step, a panel of `count * V * 16` words,
                // and `M` writable rows of `V * 16` floats.
                unsafe {
                    for (r, left) in left.iter_mut().enumerate() {
                        *left = (*rows.add(r)).cast();
                    }
                    for k in 0..count {
                        let step = *steps.add(k) as usize;
                        for (v, right) in right.iter_mut().enumerate() {
                            *right = _mm512_loadu_si512(panel.add((k * V + v) * 16).cast());
                        }
                        for (left, sums) in left.iter().zip(&mut sums) {
                            let left = _mm512_set1_epi32(*left.add(step));
                            for (sum, right) in sums.iter_mut().zip(&right) {
                                *sum = $multiply(*sum, left, *right);
                            }
                        }
                    }
                    store(&sums, c, stride, add);
                }
            }
        };
    }

    tile!(single, "avx512f", |sum, left, right| _mm512_fmadd_ps(
        _mm512_castsi512_ps(left),
        _mm512_castsi512_ps(right),
        sum
    ));
    // All bits of an integer are bits of two bf16.
    tile!(pairs, "avx512f,avx512bf16", |sum, left, right| _mm512_dpbf16_ps(
        sum,
        std::mem::transmute::<__m512i, __m512bh>(left),
        std::mem::transmute::<__m512i, __m512bh>(right)
    ));

    /// # Safety
    /// `M` rows of `V * 16` floats must be writable at `c`.
    #[target_feature(enable = "avx512f")]
    #[inline]
    unsafe fn store<const M: usize, const V: usize>(
        sums: &[[__m512; V]; M],
        c: *mut f32,
        stride: usize,
        add: bool,
    ) {
        for (r, sums) in sums.iter().enumerate() {
            for (v, &sum) in sums.iter().enumerate() {
                // SAFETY: promised by the caller.
                unsafe {
                    let out = c.add(r * stride + v * 16);
                    let sum = if add { _mm512_add_ps(_mm512_loadu_ps(out), sum) } else { sum };
                    _mm512_storeu_ps(out, sum);
                }
            }
        }
    }

    /// Six rows of sixteen columns in twelve registers of AVX2.
    ///
    /// # Safety
    /// See [`Run`](super::Run); needs AVX2 and FMA.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn narrow(
        rows: *const *const u32,
        steps: *const u32,
        count: usize,
        panel: *const u32,
        c: *mut f32,
        stride: usize,
        add: bool,
    ) {
        let mut sums = [[_mm256_setzero_ps(); 2]; 6];
        let mut left = [std::ptr::null::<f32>(); 6];
        // SAFETY: the caller promises readable words at every row and step, a panel of `count * 16` floats, and six
        // writable rows of 16 floats.
        unsafe {
            for (r, left) in left.iter_mut().enumerate() {
                *left = (*rows.add(r)).cast();
            }
            for k in 0..count {
                let step = *steps.add(k) as usize;
                let right = [0, 8].map(|at| _mm256_loadu_ps(panel.add(k * 16 + at).cast()));
                for (left, sums) in left.iter().zip(&mut sums) {
                    let left = _mm256_set1_ps(*left.add(step));
                    sums[0] = _mm256_fmadd_ps(left, right[0], sums[0]);
                    sums[1] = _mm256_fmadd_ps(left, right[1], sums[1]);
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                for (v, &sum) in sums.iter().enumerate() {
                    let out = c.add(r * stride + v * 8);
                    _mm256_storeu_ps(out, if add { _mm256_add_ps(_mm256_loadu_ps(out), sum) } else { sum });
                }
            }
        }
    }
}
