//! Convolutions as sums of products: forward, for the input, and for the weight.
//!
//! A transposed convolution is the input gradient of a convolution and the other way round, so three functions serve
//! both: [`correlate`], [`scatter`] and [`for_weight`]. None of them unfolds windows: on a framed picture the value that
//! row `r` (a pixel) needs at step `k` (a channel and a place in the kernel) lies at `offset(r) + steps[k]`.

mod correlate;
mod geometry;
mod minimal;
mod phase;
mod scatter;
#[cfg(test)]
mod tests;
mod weight;
mod winograd;

use std::ops::Range;

use crate::activation::Activation;
use crate::flip::flip;
use crate::limit::step;
use crate::picture::{Frame, Strides};
use crate::room::{Room, Threads};
use crate::sum::Piece;

pub(crate) use correlate::{Panels, correlate};
pub use geometry::Geometry;
pub(crate) use scatter::scatter;
pub(crate) use weight::for_weight;
pub(crate) use winograd::{Edge, Squares};

/// A batch of pictures.
#[derive(Clone, Copy)]
pub(crate) struct Pictures<'a> {
    pub(crate) values: &'a [f32],
    /// `[n, channels, height, width]`
    pub(crate) shape: [usize; 4],
}

impl<'a> Pictures<'a> {
    /// The values of some of them.
    fn of(&self, pictures: &Range<usize>) -> &'a [f32] {
        let each = self.shape[1] * self.shape[2] * self.shape[3];
        &self.values[pictures.start * each..pictures.end * each]
    }
}

/// Rows that make a part of a batch.
const TOGETHER: usize = 384;

/// Cuts a batch of pictures that have so many rows each. A part is small enough that its framed copy, and output whose
/// pixels are written phase by phase, stay in the cache. Few pictures stay together, and all threads work on them.
fn in_parts(n: usize, rows: usize, work: impl Fn(Range<usize>, Threads) + Sync) {
    let pictures = TOGETHER.div_ceil(rows.max(1));
    let parts = n.div_ceil(pictures);
    if parts < 2 * rayon::current_num_threads() {
        return work(0..n, Threads::All);
    }
    Threads::All.each(parts, 1, |part| work(part * pictures..n.min((part + 1) * pictures), Threads::One));
}

/// What is done to a finished sum.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a> {
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) activation: Activation,
}

impl Finish<'_> {
    pub(crate) const NOTHING: Self = Self { bias: None, activation: Activation::None };

    /// The same for pixels of one channel.
    fn line(&self, sums: &mut [f32], channel: usize) {
        if let Some(bias) = self.bias {
            sums.iter_mut().for_each(|v| *v += bias[channel]);
        }
        self.activation.apply(sums);
    }

    fn apply(&self, piece: &mut Piece<'_>, channel: usize) {
        if self.bias.is_none() && self.activation == Activation::None {
            return;
        }
        let count = piece.columns.len();
        for row in piece.sums.chunks_mut(piece.stride).take(piece.rows.len()) {
            let row = &mut row[..count];
            if let Some(bias) = self.bias {
                row.iter_mut().zip(&bias[channel + piece.columns.start..]).for_each(|(v, b)| *v += b);
            }
            self.activation.apply(row);
        }
    }
}

/// The frame in which every window of a convolution lies, and no more.
fn whole_frame(geometry: &Geometry, size: [usize; 2], out: [usize; 2]) -> Frame {
    let side = |side: usize| (out[side] - 1) * geometry.stride[side] + geometry.reach(side);
    let [top, left] = geometry.padding;
    // Without padding the picture itself will do, even where its last rows are not used.
    let [height, width] = [0, 1].map(|s| if geometry.padding == [0, 0] { size[s] } else { side(s) });
    Frame { top, left, height, width }
}

/// Where the values of a window lie: by channel, then row and column of the kernel.
fn window_steps(
    geometry: &Geometry,
    channels: usize,
    group: usize,
    strides: Strides,
    frame: Frame,
) -> Vec<u32> {
    let start = group * strides.group;
    let [kernel_height, kernel_width] = geometry.kernel;
    let [down, right] = geometry.dilation;
    let mut steps = Vec::with_capacity(channels * kernel_height * kernel_width);
    for c in 0..channels {
        for y in 0..kernel_height {
            steps.extend(
                (0..kernel_width)
                    .map(|x| step(start + c * strides.channel + y * down * frame.width + x * right)),
            );
        }
    }
    steps
}

/// Writes a piece whose rows are pixels and columns channels into planes of `area` pixels.
///
/// # Safety
/// The piece must lie within the output, and nobody else may write the same values.
unsafe fn to_planes(piece: &Piece<'_>, area: usize, channels: usize, first: usize, out: &Room) {
    let mut row = piece.rows.start;
    while row < piece.rows.end {
        let (picture, pixel) = (row / area, row % area);
        let count = (area - pixel).min(piece.rows.end - row);
        let from = piece.sums[(row - piece.rows.start) * piece.stride..].as_ptr();
        let start = (picture * channels + first + piece.columns.start) * area + pixel;
        // SAFETY: the piece has `count` more rows of `stride` sums, and the planes lie within the output.
        unsafe { flip(from, piece.stride, count, piece.columns.len(), |c| out.at(start + c * area)) };
        row += count;
    }
}
