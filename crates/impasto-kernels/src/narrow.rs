//! Sums for few outputs: the last layer of a generator, whose outputs are three colours, or a depthwise convolution.
//!
//! The tiles of [`sum`](crate::sum) keep channels in their vectors; with one or three channels most lanes would be
//! idle. Here the lanes are neighbouring pixels of a line, which lie side by side in the framed picture.

use crate::dispatch::{Level, level};
use crate::room::Threads;
use crate::tile::LANES;

/// Up to this many outputs are few.
pub(crate) const FEW: usize = 4;
/// Vectors of pixels that are summed side by side, enough to hide how long a product takes.
const VECTORS: usize = 6;

/// Lines of pixels, and how the value that a pixel needs at a step is found: `offset(line) + pixel + steps[k]`.
pub(crate) struct Lines<'a, F> {
    pub(crate) values: &'a [f32],
    pub(crate) count: usize,
    pub(crate) width: usize,
    pub(crate) offset: F,
    pub(crate) steps: &'a [u32],
}

/// Sums each line with weights `[k, outputs]`, and hands over `(line, first pixel, output, sums)`.
pub(crate) fn sum_lines<F: Fn(usize) -> usize + Sync>(
    threads: Threads,
    lines: &Lines<'_, F>,
    weights: &[f32],
    outputs: usize,
    store: impl Fn(usize, usize, usize, &mut [f32]) + Sync,
) {
    assert!(outputs <= FEW && weights.len() == lines.steps.len() * outputs, "weights for few outputs");
    let across = lines.width.div_ceil(LANES);
    let furthest = lines.steps.iter().max().map_or(0, |&step| step as usize);
    let units = lines.count * across;
    // Lines of a few pictures to a task; each unit is one vector of pixels.
    threads.each(units.div_ceil(VECTORS), 32, |task| {
        let units = task * VECTORS..units.min((task + 1) * VECTORS);
        let mut starts = [std::ptr::null(); VECTORS];
        for (v, start) in starts.iter_mut().enumerate() {
            // Beyond the last unit it is computed once more, and not stored.
            let unit = (units.start + v).min(units.end - 1);
            let offset = (lines.offset)(unit / across) + unit % across * LANES;
            assert!(offset + furthest + LANES <= lines.values.len(), "a line leaves its tensor");
            *start = lines.values.as_ptr().wrapping_add(offset);
        }
        let mut sums = [[[0f32; LANES]; VECTORS]; FEW];
        // SAFETY: every start plus every step has a vector of values, as was just checked, and there is a weight for
        // every step and output.
        unsafe { run(&starts, lines.steps, weights, outputs, &mut sums) };
        for (output, sums) in sums.iter_mut().enumerate().take(outputs) {
            for (unit, sums) in units.clone().zip(sums) {
                let first = unit % across * LANES;
                store(unit / across, first, output, &mut sums[..LANES.min(lines.width - first)]);
            }
        }
    });
}

type Sums = [[[f32; LANES]; VECTORS]; FEW];

/// # Safety
/// Sixteen values must be readable at every start plus every step, and there must be `outputs` weights for each step.
unsafe fn run(
    starts: &[*const f32; VECTORS],
    steps: &[u32],
    weights: &[f32],
    outputs: usize,
    sums: &mut Sums,
) {
    // SAFETY: promised by the caller; the processor is asked for its instructions.
    unsafe {
        match (level(), outputs) {
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512, 1) => x86::vectors::<1>(starts, steps, weights, sums),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512, 2) => x86::vectors::<2>(starts, steps, weights, sums),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512, 3) => x86::vectors::<3>(starts, steps, weights, sums),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512, 4) => x86::vectors::<4>(starts, steps, weights, sums),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx2, _) => x86::avx2(starts, steps, weights, outputs, sums),
            _ => plain(starts, steps, weights, outputs, sums),
        }
    }
}

/// One vector of pixels after the other, which compilers turn into whatever vectors there are.
///
/// # Safety
/// See [`run`].
#[inline(always)]
unsafe fn plain(
    starts: &[*const f32; VECTORS],
    steps: &[u32],
    weights: &[f32],
    outputs: usize,
    sums: &mut Sums,
) {
    for (output, sums) in sums.iter_mut().enumerate().take(outputs) {
        for (sums, &start) in sums.iter_mut().zip(starts) {
            for (&step, weights) in steps.iter().zip(weights.chunks_exact(outputs)) {
                // SAFETY: promised by the caller.
                let values = unsafe { &*start.add(step as usize).cast::<[f32; LANES]>() };
                let weight = weights[output];
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{FEW, LANES, Sums, VECTORS};
    use std::arch::x86_64::*;

    /// # Safety
    /// See [`run`](super::run); needs AVX2.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn avx2(
        starts: &[*const f32; VECTORS],
        steps: &[u32],
        weights: &[f32],
        outputs: usize,
        sums: &mut Sums,
    ) {
        // SAFETY: promised by the caller.
        unsafe { super::plain(starts, steps, weights, outputs, sums) }
    }

    /// All vectors and outputs in registers.
    ///
    /// # Safety
    /// See [`run`](super::run), with `O` outputs; needs AVX-512.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn vectors<const O: usize>(
        starts: &[*const f32; VECTORS],
        steps: &[u32],
        weights: &[f32],
        out: &mut Sums,
    ) {
        const { assert!(O <= FEW && LANES == 16) };
        let mut sums = [[_mm512_setzero_ps(); VECTORS]; O];
        let mut values = [_mm512_setzero_ps(); VECTORS];
        for (&step, weights) in steps.iter().zip(weights.chunks_exact(O)) {
            for (value, start) in values.iter_mut().zip(starts) {
                // SAFETY: promised by the caller.
                *value = unsafe { _mm512_loadu_ps(start.add(step as usize)) };
            }
            for (sums, &weight) in sums.iter_mut().zip(weights) {
                let weight = _mm512_set1_ps(weight);
                for (sum, value) in sums.iter_mut().zip(&values) {
                    *sum = _mm512_fmadd_ps(weight, *value, *sum);
                }
            }
        }
        for (out, sums) in out.iter_mut().zip(&sums) {
            for (out, &sum) in out.iter_mut().zip(sums) {
                // SAFETY: sixteen floats are written into an array of sixteen.
                unsafe { _mm512_storeu_ps(out.as_mut_ptr(), sum) };
            }
        }
    }
}
