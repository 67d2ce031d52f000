//! Convolutions of networks that only look, with a quarter of the products: sixteen outputs of a 3x3 filter share 36 instead of
//! 144, four of a 5x5 filter 36 instead of 100, two of a 1x7 filter 8 instead of 14.
//!
//! After A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks" (2016), F(4x4, 3x3). The weight goes
//! through its matrices once and for all, so that a single picture is worth it, and what a picture becomes doesn't depend on
//! those beside it. Lanes are channels, unlike in [`minimal`](super::minimal), which learns from many pictures at once.

mod passes;
mod points;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ops::Range;

use self::passes::{Tiles, gather, has_sides, spread, squares};
use self::points::Side;
use super::{Finish, Geometry, Pictures};
use crate::flip::flip;
use crate::limit::steps;
use crate::room::{Room, Threads};
use crate::sum::{Left, Right, panel, widths};
use crate::tile::{LANES, MOST_ROWS, Words};

/// A weight after its matrices.
#[derive(Debug)]
pub(crate) struct Squares {
    /// Down and across.
    sides: [Side; 2],
    inputs: usize,
    outputs: usize,
    /// By product, packed in panels for the tiles.
    words: Vec<f32>,
}

/// What lies beyond a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Edge {
    /// So many rows and columns of zeros, on each side.
    Zeros([usize; 2]),
    /// One more pixel on each side, which mirrors the one next to the border.
    Mirror,
}

impl Edge {
    fn padding(self) -> [usize; 2] {
        match self {
            Self::Zeros(padding) => padding,
            Self::Mirror => [1; 2],
        }
    }
}

/// The sides of filters of this size.
fn sides(kernel: [usize; 2]) -> Option<[Side; 2]> {
    let [down, across] = kernel.map(Side::of);
    Some([down?, across?]).filter(|_| has_sides(kernel))
}

/// What the matrix of a side costs for each value, in products. Measured with AVX-512 and with AVX2.
const PASSES: usize = 16;
/// Values that a part of a batch may take while it is worked on, so that they stay in the caches.
const SMALL: usize = 1 << 20;
/// Tiles that a part has at least: the weight is read once for each part.
const LEAST: usize = 192;

#[derive(Default)]
struct Scratch {
    pixels: Vec<f32>,
    lines: Vec<f32>,
    places: Vec<usize>,
    seen: Vec<f32>,
    sums: Vec<f32>,
    offsets: Vec<usize>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// So many floats that begin where a line of the cache does.
fn aligned(values: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if values.len() < len + LANES {
        values.resize(len + LANES, 0.0);
    }
    let start = values.as_ptr().align_offset(LANES * size_of::<f32>()).min(LANES);
    &mut values[start..start + len]
}

impl Squares {
    /// Whether a convolution can be made so, and is quicker for it: `size` is that of the output.
    pub(crate) fn pay(geometry: &Geometry, [inputs, outputs]: [usize; 2], size: [usize; 2]) -> bool {
        let Geometry { kernel, stride, dilation, groups, .. } = *geometry;
        let plain = stride == [1; 2] && dilation == [1; 2] && groups == 1;
        let Some(sides) = sides(kernel).filter(|_| plain && inputs >= LANES && outputs >= LANES) else {
            return false;
        };
        let products = |at: usize| size[at].div_ceil(sides[at].outputs) * sides[at].products;
        let each = size[0] * size[1] * geometry.area() * inputs * outputs;
        let passes = PASSES * sides.iter().filter(|side| side.taps > 1).count();
        let shared = products(0) * products(1) * (inputs * outputs + passes * (inputs + outputs));
        7 * shared <= 6 * each
    }

    /// The weight of a convolution, `[outputs, inputs, kernel, kernel]`.
    pub(crate) fn down(weight: &[f32], [inputs, outputs]: [usize; 2], kernel: [usize; 2]) -> Self {
        let area = kernel[0] * kernel[1];
        Self::new(weight, [inputs, outputs], [area, inputs * area], kernel, false)
    }

    /// The weight of a transposed convolution, `[inputs, outputs, kernel, kernel]`: a plain one whose kernels are turned round.
    pub(crate) fn up(weight: &[f32], [inputs, outputs]: [usize; 2], kernel: [usize; 2]) -> Self {
        let area = kernel[0] * kernel[1];
        Self::new(weight, [inputs, outputs], [outputs * area, area], kernel, true)
    }

    fn new(
        weight: &[f32],
        [inputs, outputs]: [usize; 2],
        [by_input, by_output]: [usize; 2],
        kernel: [usize; 2],
        turned: bool,
    ) -> Self {
        let sides = sides(kernel).expect("a kernel that pays");
        let area = kernel[0] * kernel[1];
        let products = sides[0].products * sides[1].products;
        let lanes = outputs.next_multiple_of(LANES);
        let widths = widths(Words::Single, outputs);
        let total = widths.last().map_or(0, |(start, width)| start + width);
        let room = Room::zeroed(products * inputs * total);
        let matrices = sides.map(Side::weights);
        Threads::All.each(inputs, 1, |input| {
            let mut values = vec![0f32; area * lanes];
            let start = values.as_mut_ptr();
            let from = &weight[input * by_input..][..(outputs - 1) * by_output + area];
            let tap = |tap: usize| if turned { area - 1 - tap } else { tap };
            // SAFETY: each output's kernel was just cut out; there is room for all places' lanes.
            unsafe { flip(from.as_ptr(), by_output, outputs, area, |at| start.add(tap(at) * lanes)) };
            let place = |lane: usize| {
                let &(start, width) =
                    widths.iter().rev().find(|(start, _)| *start <= lane).unwrap_or(&(0, 0));
                start * inputs + input * width + (lane - start)
            };
            let places: Vec<usize> = (0..lanes).step_by(LANES).map(place).collect();
            // SAFETY: the panels have room for all outputs of each input for each product, and each input has its own.
            unsafe { squares(&values, &matrices, &room, &places, inputs * total) };
        });
        // SAFETY: it was zeroed.
        Self { sides, inputs, outputs, words: unsafe { room.filled() } }
    }

    /// The convolution of pictures; `size` is that of a picture of the output.
    pub(crate) fn of(
        &self,
        x: Pictures<'_>,
        edge: Edge,
        [height, width]: [usize; 2],
        finish: Finish<'_>,
    ) -> Vec<f32> {
        let [n, inputs, _, _] = x.shape;
        assert_eq!(inputs, self.inputs, "the channels that a weight is for");
        let [down, across] = [0, 1].map(|at| [height, width][at].div_ceil(self.sides[at].outputs));
        let walk = Walk {
            squares: self,
            x,
            edge,
            size: [height, width],
            down,
            across,
            finish,
            widths: widths(Words::Single, self.outputs),
            steps: steps("the channels of a tile", inputs, 1),
        };
        let out = Room::new(n * self.outputs * height * width);
        let (units, each) = (n * down, walk.per_part());
        Threads::All.each(units.div_ceil(each), 1, |part| {
            walk.part(part * each..units.min((part + 1) * each), &out);
        });
        // SAFETY: the tiles of all parts cover all pixels.
        unsafe { out.filled() }
    }
}

/// A convolution at work. Its units are rows of tiles, counted over all pictures.
struct Walk<'a> {
    squares: &'a Squares,
    x: Pictures<'a>,
    edge: Edge,
    size: [usize; 2],
    down: usize,
    across: usize,
    finish: Finish<'a>,
    widths: Vec<(usize, usize)>,
    steps: Vec<u32>,
}

impl Walk<'_> {
    /// Products of a tile.
    fn products(&self) -> usize {
        self.squares.sides.iter().map(|side| side.products).product()
    }

    /// How many rows of tiles a part has.
    fn per_part(&self) -> usize {
        let units = self.x.shape[0] * self.down;
        let channels = self.squares.inputs + self.squares.outputs;
        let tiles = (SMALL / (self.products() * channels)).max(LEAST);
        let parts = units.div_ceil((tiles / self.across).max(1));
        // The same number for each thread, so that none waits for the last part.
        units.div_ceil(parts.next_multiple_of(rayon::current_num_threads()).clamp(1, units.max(1))).max(1)
    }

    /// Makes some rows of tiles.
    fn part(&self, units: Range<usize>, out: &Room) {
        let (inputs, outputs) = (self.squares.inputs, self.squares.outputs);
        let tiles = units.len() * self.across;
        let depth = inputs.next_multiple_of(LANES);
        let stride = self.widths.last().map_or(0, |(start, width)| start + width);
        let (products, rows) = (self.products(), tiles + MOST_ROWS);
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch { pixels, lines, places, seen, sums, offsets } = scratch;
            let seen = aligned(seen, products * tiles * depth);
            let sums = aligned(sums, products * rows * stride);
            self.spread(&units, (pixels, lines, places), seen, depth);
            offsets.clear();
            offsets.extend((0..tiles).map(|tile| tile * depth));
            let weights: &[u32] = bytemuck::cast_slice(&self.squares.words);
            for product in 0..products {
                let words = bytemuck::cast_slice(&seen[product * tiles * depth..][..tiles * depth]);
                let left = Left { kind: Words::Single, words, offset: |row: usize| row, steps: &self.steps };
                let words = &weights[product * inputs * stride..][..inputs * stride];
                let right = Right::Panels { words, depth: inputs, from: 0 };
                let sums = &mut sums[product * rows * stride..][..rows * stride];
                for &(first, width) in &self.widths {
                    let none = (&mut Vec::new(), &mut Vec::new());
                    panel(&left, offsets, right, (first, width, outputs), &mut sums[first..], stride, none);
                }
            }
            self.gather(&units, (sums, rows * stride, stride), pixels, out);
        });
    }

    /// Rows of tiles of the same picture: which, and the part's tile that they begin with.
    fn runs(&self, units: &Range<usize>) -> impl Iterator<Item = (usize, Range<usize>, usize)> {
        let (units, down, across) = (units.clone(), self.down, self.across);
        (units.start / down..=(units.end - 1) / down).map(move |picture| {
            let from = units.start.max(picture * down);
            let to = units.end.min((picture + 1) * down);
            (picture, from - picture * down..to - picture * down, (from - units.start) * across)
        })
    }

    /// The pixels that the tiles see, after their matrices: product, tile, channel.
    fn spread(
        &self,
        units: &Range<usize>,
        (pixels, lines, places): (&mut Vec<f32>, &mut Vec<f32>, &mut Vec<usize>),
        seen: &mut [f32],
        depth: usize,
    ) {
        let [_, channels, height, width] = self.x.shape;
        let ([top, left], sides @ [down, right]) = (self.edge.padding(), self.squares.sides);
        let across = self.across;
        let whole = right.outputs * (across - 1) + right.products;
        let product = units.len() * across * depth;
        let lines = aligned(lines, down.products * whole * LANES);
        for (picture, rows, first) in self.runs(units) {
            let tiles = Tiles { sides, rows: rows.len(), across, whole, product, tile: depth };
            let high = down.outputs * (rows.len() - 1) + down.products;
            let pixels = aligned(pixels, high * whole * LANES);
            // What lies outside of the picture stays zero for all channels.
            pixels.fill(0.0);
            let start = down.outputs * rows.start;
            let seen_rows = start.saturating_sub(top)..height.min((start + high).saturating_sub(top));
            places.clear();
            for row in seen_rows.clone() {
                let line = ((row + top - start) * whole + left) * LANES;
                places.extend((0..width).map(|x| line + x * LANES));
            }
            for channel in (0..channels).step_by(LANES) {
                let count = LANES.min(channels - channel);
                if count < LANES {
                    pixels.fill(0.0);
                }
                let from = &self.x.values[(picture * channels + channel) * height * width..];
                let from = &from[seen_rows.start * width..][..(count - 1) * height * width + places.len()];
                let to = pixels.as_mut_ptr();
                // SAFETY: so many pixels of so many channels were just cut out; each place is one of the pixels.
                unsafe { flip(from.as_ptr(), height * width, count, places.len(), |at| to.add(places[at])) };
                if matches!(self.edge, Edge::Mirror) {
                    mirror(pixels, &Framed { start, height, width, whole });
                }
                spread(pixels, lines, &tiles, &mut seen[first * depth + channel..]);
            }
        }
    }

    /// Pictures of the sums.
    fn gather(
        &self,
        units: &Range<usize>,
        (sums, product, tile): (&[f32], usize, usize),
        pixels: &mut Vec<f32>,
        out: &Room,
    ) {
        let ([height, width], outputs, across) = (self.size, self.squares.outputs, self.across);
        let sides @ [down, _] = self.squares.sides;
        for (picture, rows, first) in self.runs(units) {
            let tiles = Tiles { sides, rows: rows.len(), across, whole: width, product, tile };
            let pixels = aligned(pixels, down.outputs * rows.len() * width * LANES);
            let top = down.outputs * rows.start;
            let count = (down.outputs * rows.len()).min(height - top) * width;
            for channel in (0..outputs).step_by(LANES) {
                let channels = LANES.min(outputs - channel);
                let mut bias = [0f32; LANES];
                if let Some(all) = self.finish.bias {
                    bias[..channels].copy_from_slice(&all[channel..channel + channels]);
                }
                gather(&sums[first * tile + channel..], &tiles, &bias, pixels);
                let pixels = &mut pixels[..count * LANES];
                self.finish.activation.apply(pixels);
                let plane = |lane: usize| (picture * outputs + channel + lane) * height + top;
                // SAFETY: so many pixels' lanes were just cut out, and these rows of the output belong to no one else.
                unsafe { flip(pixels.as_ptr(), LANES, count, channels, |lane| out.at(plane(lane) * width)) };
            }
        }
    }
}

/// Rows of framed pixels: the picture's frame begins so many rows above them.
struct Framed {
    start: usize,
    height: usize,
    width: usize,
    whole: usize,
}

/// Fills the frame of one pixel around a picture, as far as it lies in these rows, with what it mirrors.
fn mirror(pixels: &mut [f32], framed: &Framed) {
    let &Framed { start, height, width, whole } = framed;
    let line = whole * LANES;
    let high = pixels.len() / line;
    let inner = 1usize.saturating_sub(start)..high.min((height + 1).saturating_sub(start));
    for row in pixels[inner.start * line..inner.end * line].chunks_exact_mut(line) {
        row.copy_within(2 * LANES..3 * LANES, 0);
        if width + 1 < whole {
            row.copy_within((width - 1) * LANES..width * LANES, (width + 1) * LANES);
        }
    }
    if start == 0 {
        pixels.copy_within(2 * line..3 * line, 0);
    }
    // The row below the picture, counted from the first of these; what it mirrors lies two above it.
    if let Some(below) = (height + 1).checked_sub(start).filter(|&below| below < high) {
        pixels.copy_within((below - 2) * line..(below - 1) * line, below * line);
    }
}
