//! What the pixels of a transposed convolution see.

use super::{Geometry, to_planes};
use crate::flip::flip;
use crate::limit::step;
use crate::picture::{Frame, Strides};
use crate::room::Room;
use crate::sum::Piece;
use crate::tile::LANES;

/// One side of a transposed convolution: which pixels of the input each pixel of the output sees.
pub(super) struct Side {
    /// Zeros that are needed before the input.
    pub(super) before: usize,
    /// How much is needed from the input's start on.
    pub(super) after: usize,
    pub(super) phases: Vec<SidePhase>,
}

/// Every `stride`-th pixel of a side.
pub(super) struct SidePhase {
    /// Its first pixel.
    pub(super) first: usize,
    /// How many pixels.
    pub(super) count: usize,
    /// Where the first pixel stands in the input.
    pub(super) input: usize,
    /// Places in the kernel, and how far before the pixel's own input each looks.
    pub(super) taps: Vec<(usize, usize)>,
}

impl Side {
    pub(super) fn new(geometry: &Geometry, side: usize, size: usize) -> Self {
        let (stride, padding) = (geometry.stride[side], geometry.padding[side]);
        let place = |tap: usize| tap * geometry.dilation[side];
        let phases = (0..stride).map(|first| {
            let phase = (first + padding) % stride;
            let taps = (0..geometry.kernel[side]).filter(|&tap| place(tap) % stride == phase);
            SidePhase {
                first,
                count: size.saturating_sub(first).div_ceil(stride),
                input: (first + padding - phase) / stride,
                taps: taps.map(|tap| (tap, (place(tap) - phase) / stride)).collect(),
            }
        });
        let phases: Vec<SidePhase> = phases.collect();
        let shifts = phases.iter().flat_map(|phase| phase.taps.iter().map(|tap| tap.1));
        let seen = phases.iter().filter(|phase| phase.count > 0);
        let ends = seen.map(|phase| phase.input + phase.count);
        Self { before: shifts.max().unwrap_or(0), after: ends.max().unwrap_or(0), phases }
    }
}

/// Pixels of the output that see the same places of the kernel.
pub(super) struct Phase<'a> {
    pub(super) sides: [&'a SidePhase; 2],
    /// Place in the kernel; rows and columns before the pixel's own input.
    pub(super) taps: Vec<(usize, [usize; 2])>,
    /// Its first step among those of all phases.
    pub(super) start: usize,
}

pub(super) fn phases(sides: &[Side; 2], width: usize, channels: usize) -> Vec<Phase<'_>> {
    let (mut found, mut start) = (Vec::new(), 0);
    for down in &sides[0].phases {
        for right in &sides[1].phases {
            let mut taps = Vec::new();
            for &(y, up) in &down.taps {
                taps.extend(right.taps.iter().map(|&(x, back)| (y * width + x, [up, back])));
            }
            let count = taps.len() * channels;
            found.push(Phase { sides: [down, right], taps, start });
            start += count;
        }
    }
    found
}

impl Phase<'_> {
    pub(super) fn pixels(&self) -> usize {
        self.sides[0].count * self.sides[1].count
    }

    pub(super) fn steps(&self, channels: usize, group: usize, strides: Strides, frame: Frame) -> Vec<u32> {
        let mut steps = Vec::with_capacity(channels * self.taps.len());
        for channel in 0..channels {
            let start = group * strides.group + channel * strides.channel;
            steps.extend(
                self.taps
                    .iter()
                    .map(|&(_, [up, back])| step(start + (frame.top - up) * frame.width + frame.left - back)),
            );
        }
        steps
    }

    /// Picture, row and column of the phase's pixel.
    fn pixel(&self, row: usize) -> [usize; 3] {
        let width = self.sides[1].count;
        [row / self.pixels(), row % self.pixels() / width, row % width]
    }

    pub(super) fn offset(&self, row: usize, strides: Strides, frame: Frame) -> usize {
        let [picture, y, x] = self.pixel(row);
        picture * strides.picture + (self.sides[0].input + y) * frame.width + self.sides[1].input + x
    }

    /// # Safety
    /// The piece must lie within the output, and nobody else may write the same values.
    pub(super) unsafe fn store(
        &self,
        piece: &Piece<'_>,
        [channels, height, width]: [usize; 3],
        first: usize,
        stride: [usize; 2],
        out: &Room,
    ) {
        if stride == [1, 1] {
            // SAFETY: with a stride of 1 the only phase has all pixels, in order.
            return unsafe { to_planes(piece, height * width, channels, first, out) };
        }
        let mut block = [0f32; LANES * LANES];
        let mut row = piece.rows.start;
        while row < piece.rows.end {
            let [picture, y, x] = self.pixel(row);
            let count = (self.sides[1].count - x).min(piece.rows.end - row).min(LANES);
            let y = self.sides[0].first + y * stride[0];
            let x = self.sides[1].first + x * stride[1];
            let sums = &piece.sums[(row - piece.rows.start) * piece.stride..];
            for c in (0..piece.columns.len()).step_by(LANES) {
                let some = LANES.min(piece.columns.len() - c);
                let start = block.as_mut_ptr();
                // SAFETY: up to sixteen rows and columns from the piece into a block of sixteen by sixteen; every
                // pixel and channel lies within the output.
                unsafe { flip(sums[c..].as_ptr(), piece.stride, count, some, |c| start.add(c * LANES)) };
                for (channel, values) in block.chunks_exact(LANES).enumerate().take(some) {
                    let plane = picture * channels + first + piece.columns.start + c + channel;
                    for (i, &value) in values.iter().enumerate().take(count) {
                        // SAFETY: as above.
                        unsafe { *out.at((plane * height + y) * width + x + i * stride[1]) = value };
                    }
                }
            }
            row += count;
        }
    }
}
