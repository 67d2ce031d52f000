//! What a norm works on, and the numbers of one channel.

use std::ops::Range;

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::Activation;
use crate::room::CHUNK;

/// Lanes of a sum: the order of additions is the same however wide the vectors are.
pub(super) const LANES: usize = 16;

/// Columns that are walked together.
pub(super) const COLUMNS: usize = 64;

/// `[rows, channels, area]`
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) rows: usize,
    pub(super) channels: usize,
    pub(super) area: usize,
}

impl Layout {
    /// Of a tensor with these dimensions.
    ///
    /// # Panics
    /// When one of `each` has not one value for each channel.
    pub(super) fn of<const D: usize, const N: usize>(dims: [usize; D], each: [&Tensor<1>; N]) -> Self {
        assert!(D >= 2, "a norm of {dims:?}: there must be channels");
        for values in each {
            assert_eq!(values.dims(), [dims[1]], "values for the channels of {dims:?}");
        }
        Self { rows: dims[0], channels: dims[1], area: dims[2..].iter().product() }
    }

    /// Values of a channel.
    pub(super) fn count(&self) -> f64 {
        (self.rows * self.area) as f64
    }

    /// Whether a plane is long enough to be walked by itself.
    pub(super) fn by_plane(&self) -> bool {
        self.area >= LANES
    }

    /// Calls `work` with every group of channels, on several threads when there is much to do; what it gives for each
    /// channel follows in order.
    pub(super) fn each_group<T: Send>(&self, work: impl Fn(Range<usize>) -> Vec<T> + Sync) -> Vec<T> {
        let size = if self.by_plane() { 1 } else { COLUMNS / self.area.max(1) };
        let work = |group: usize| work(group * size..self.channels.min((group + 1) * size));
        let groups = 0..self.channels.div_ceil(size);
        if self.rows * self.channels * self.area <= CHUNK {
            groups.flat_map(work).collect()
        } else {
            groups.into_par_iter().flat_map_iter(work).collect()
        }
    }
}

/// What goes into a norm.
pub(super) struct View<'a> {
    pub(super) layout: Layout,
    pub(super) x: &'a [f32],
    pub(super) scale: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) epsilon: f64,
    pub(super) activation: Activation,
}

/// Mean and variance of a channel.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    pub(super) mean: f32,
    pub(super) variance: f32,
}

/// The numbers of one channel: a value becomes `(x - mean) * factor + shift`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Affine {
    pub(super) mean: f32,
    pub(super) factor: f32,
    pub(super) shift: f32,
    /// One over the deviation.
    pub(super) inverse: f32,
}

/// The numbers of one channel's backward: the gradient of `x` is `factor * dz - level - (x - mean) * tilt`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Back {
    pub(super) level: f32,
    pub(super) tilt: f32,
    /// Gradients of scale and shift.
    pub(super) sums: [f32; 2],
}

impl View<'_> {
    #[inline(always)]
    pub(super) fn affine(&self, channel: usize, moments: Moments) -> Affine {
        let inverse = (f64::from(moments.variance) + self.epsilon).sqrt().recip() as f32;
        let factor = self.scale[channel] * inverse;
        Affine { mean: moments.mean, factor, shift: self.shift[channel], inverse }
    }

    /// From the sums of `dz` and of `dz * (x - mean)` over the channel, where `dz` is the gradient before the
    /// activation.
    #[inline(always)]
    pub(super) fn back(&self, affine: Affine, [plain, centred]: [f64; 2]) -> Back {
        let [factor, inverse] = [affine.factor, affine.inverse].map(f64::from);
        let count = self.layout.count();
        Back {
            level: (factor * plain / count) as f32,
            tilt: (factor * inverse * inverse * centred / count) as f32,
            sums: [(centred * inverse) as f32, plain as f32],
        }
    }
}

impl Affine {
    #[inline(always)]
    pub(super) fn of(&self, x: f32) -> f32 {
        (x - self.mean) * self.factor + self.shift
    }
}
