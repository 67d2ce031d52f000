//! Short convolutions, plain and transposed.

use std::ops::Range;

use super::passes::{Places, Sums, Weave, both_sides, gather};
use super::side::{Matrices, Windows, matrices, start};
use super::{LARGE, Run, SMALL, Short, Tiling, spread_channels};
use crate::conv::{Finish, Geometry, Pictures};
use crate::flip::flip;
use crate::limit::steps;
use crate::room::{Room, Threads};
use crate::sum::{Left, Right, sum, widths};
use crate::tile::{LANES, Words};

/// A short convolution, see [`correlate`](crate::conv::correlate).
pub(crate) fn correlate(
    short: Short,
    x: Pictures<'_>,
    weight: &[f32],
    geometry: &Geometry,
    size: [usize; 3],
    finish: Finish<'_>,
) -> Vec<f32> {
    let [_, height, width] = size;
    let area = geometry.area();
    let walk = Walk {
        short,
        maps: matrices(short.taps),
        windows: geometry.padding.map(|padding| Windows::down(short, padding)),
        phases: [short.phases(), 1],
        first: [vec![0], vec![0]],
        tiling: Tiling::new(x.shape[0], height.div_ceil(2), width.div_ceil(2)),
        strides: [area, x.shape[1] * area],
        is_up: false,
    };
    walk.run(x, weight, size, finish)
}

/// A short transposed convolution, see [`scatter`](crate::conv::scatter).
pub(crate) fn scatter(
    short: Short,
    x: Pictures<'_>,
    weight: &[f32],
    geometry: &Geometry,
    size: [usize; 3],
    finish: Finish<'_>,
) -> Vec<f32> {
    let [outputs, height, width] = size;
    let area = geometry.area();
    let first = geometry
        .padding
        .map(|padding| (0..short.stride).map(|phase| start(short, padding, phase).1).collect::<Vec<_>>());
    let tiles = |first: &[usize], size: usize| {
        let counts = first.iter().map(|&first| size.saturating_sub(first).div_ceil(2 * short.stride));
        counts.max().unwrap_or(0)
    };
    let walk = Walk {
        short,
        maps: matrices(short.taps),
        windows: geometry.padding.map(|padding| Windows::up(short, padding)),
        phases: [1, short.phases()],
        tiling: Tiling::new(x.shape[0], tiles(&first[0], height), tiles(&first[1], width)),
        first,
        strides: [outputs * area, area],
        is_up: true,
    };
    walk.run(x, weight, size, finish)
}

/// A convolution, plain or transposed, that is known to be short.
struct Walk {
    short: Short,
    maps: Matrices,
    windows: [Windows; 2],
    /// Phases of the input, which are added up, and of the output, which are not.
    phases: [usize; 2],
    /// By phase of the output: its first row, its first column.
    first: [Vec<usize>; 2],
    tiling: Tiling,
    /// From input to input and from output to output in the weight.
    strides: [usize; 2],
    is_up: bool,
}

impl Walk {
    fn positions(&self) -> usize {
        let side = self.maps.input.rows.len();
        side * side
    }

    fn run(
        &self,
        x: Pictures<'_>,
        weight: &[f32],
        [outputs, height, width]: [usize; 3],
        finish: Finish<'_>,
    ) -> Vec<f32> {
        let [n, inputs, _, _] = x.shape;
        let [summed, apart] = self.phases;
        let depth = summed * inputs;
        let lanes = outputs.next_multiple_of(LANES);
        let weights = self.weights(weight, inputs, outputs);
        let sums = self.positions() * apart;
        let steps = steps("a weight", depth, lanes);
        let out = Room::new(n * outputs * height * width);
        let each = sums * (depth + outputs) * LANES;
        let work = |part: &Range<usize>, threads: Threads| {
            let runs = self.tiling.runs(part);
            let tiles = part.len() * self.tiling.across;
            let columns = tiles * LANES;
            let spread = self.spread(threads, x, &runs, tiles);
            let products = Room::new(sums * outputs * columns);
            for number in 0..sums {
                let left = bytemuck::cast_slice(&weights[number * depth * lanes..][..depth * lanes]);
                let left = Left { kind: Words::Single, words: left, offset: |row| row, steps: &steps };
                let right = bytemuck::cast_slice(&spread[number * depth * columns..][..depth * columns]);
                let right = Right::Panels { words: right, depth, from: 0 };
                sum(threads, [outputs, columns], &left, right, |piece| {
                    for (row, sums) in piece.rows.clone().zip(piece.sums.chunks(piece.stride)) {
                        let to = products.at((number * outputs + row) * columns + piece.columns.start);
                        // SAFETY: rows and columns of this product, which pieces share without overlap.
                        unsafe { sums.as_ptr().copy_to_nonoverlapping(to, piece.columns.len()) };
                    }
                });
            }
            // SAFETY: the pieces of all sums cover all products.
            let products = unsafe { products.filled() };
            threads.each(outputs, 1, |channel| {
                let size = [outputs, height, width];
                self.gather(&products, (channel, columns), &runs, size, finish, &out);
            });
        };
        let parts = self.tiling.parts(each, SMALL);
        if parts.len() >= 4 * rayon::current_num_threads() && weights.len() <= LARGE {
            Threads::All.each(parts.len(), 1, |part| work(&parts[part], Threads::One));
        } else {
            let parts = self.tiling.parts(each, LARGE);
            parts.iter().for_each(|part| work(part, Threads::All));
        }
        // SAFETY: the tiles of all parts cover all pixels.
        unsafe { out.filled() }
    }

    /// The weight after its matrix: position, phase, input, and as lanes the outputs.
    fn weights(&self, weight: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
        let Short { taps, stride } = self.short;
        let area = (taps * stride).pow(2);
        let lanes = outputs.next_multiple_of(LANES);
        let (positions, phases) = (self.positions(), self.short.phases());
        let room = Room::new(positions * phases * inputs * lanes);
        let [by_input, by_output] = self.strides;
        Threads::All.each(inputs, 1, |input| {
            let mut values = vec![0f32; area * lanes];
            let to = values.as_mut_ptr();
            let from = &weight[input * by_input..][..(outputs - 1) * by_output + area];
            // SAFETY: each output's kernel was just cut out; there is room for all places' lanes.
            unsafe { flip(from.as_ptr(), by_output, outputs, area, |tap| to.add(tap * lanes)) };
            for phase in 0..phases {
                let from: Vec<usize> = self.taps(phase).map(|tap| tap * lanes).collect();
                let square = |position: usize| ((position * phases + phase) * inputs + input) * lanes;
                let to: Vec<usize> = (0..positions).map(square).collect();
                // SAFETY: the lanes of this input belong to no other task.
                unsafe { both_sides(&values, &from, &self.maps.weight, lanes, &room, &to) };
            }
        });
        // SAFETY: the lanes of all inputs are all there is.
        unsafe { room.filled() }
    }

    /// The places in the kernel that a phase's filter has, row by row.
    fn taps(&self, phase: usize) -> impl Iterator<Item = usize> {
        let Short { taps, stride } = self.short;
        let is_up = self.is_up;
        let place = move |j: usize, phase: usize| stride * if is_up { taps - 1 - j } else { j } + phase;
        (0..taps).flat_map(move |i| {
            (0..taps).map(move |j| place(i, phase / stride) * taps * stride + place(j, phase % stride))
        })
    }

    /// The pictures after their matrix, packed in panels: position and phase of the output, phase of the input and
    /// channel, tiles.
    fn spread(&self, threads: Threads, x: Pictures<'_>, runs: &[Run], tiles: usize) -> Vec<f32> {
        let [summed, apart] = self.phases;
        let inputs = x.shape[1];
        let depth = summed * inputs;
        let columns = tiles * LANES;
        let room = Room::new(self.positions() * apart * depth * columns);
        let mut lanes = Vec::with_capacity(tiles);
        for (start, width) in widths(Words::Single, columns) {
            lanes.extend((0..width).step_by(LANES).map(|lane| (start * depth + lane, width)));
        }
        let (position, panels) = (apart * depth * columns, depth * columns);
        let (phase, phase_rows) = if apart > 1 { (panels, 0) } else { (0, inputs) };
        let places = Places { room: &room, position, phase, tiles: &lanes, row: 0, phase_rows };
        let runs = (runs, self.tiling.across);
        // SAFETY: the panels have a row of lanes for each phase and channel.
        unsafe { spread_channels(threads, x, &self.windows, &self.maps.input, runs, &places) };
        // SAFETY: the lanes of all channels are all there is.
        unsafe { room.filled() }
    }

    /// One channel of the output from its products.
    fn gather(
        &self,
        products: &[f32],
        (channel, columns): (usize, usize),
        runs: &[Run],
        [channels, height, width]: [usize; 3],
        finish: Finish<'_>,
        out: &Room,
    ) {
        let apart = self.phases[1];
        let stride = if self.is_up { self.short.stride } else { 1 };
        let whole = 2 * stride * self.tiling.across;
        let values = &products[channel * columns..];
        let products = Sums { values, position: apart * channels * columns, phase: channels * columns };
        let weave = Weave { stride, first: [&self.first[0], &self.first[1]] };
        let mut pixels = Vec::new();
        for run in runs {
            let rows = 2 * stride * run.rows.len();
            pixels.resize(rows * whole * LANES, 0.0);
            let tiles = (run.rows.len(), self.tiling.across, run.first);
            gather(&products, &weave, tiles, &self.maps.output, &mut pixels);
            finish.line(&mut pixels, channel);
            let top = 2 * stride * run.rows.start;
            let rows = rows.min(height - top);
            // Rows that are whole follow each other in the output as they do here.
            let (lines, each) = if whole == width { (1, rows * width) } else { (rows, width) };
            for line in 0..lines {
                let to = |lane: usize| {
                    out.at((((run.picture + lane) * channels + channel) * height + top + line) * width)
                };
                let from = pixels[line * whole * LANES..][..each * LANES].as_ptr();
                // SAFETY: so many pixels' lanes were just cut out, and these lines of the output belong to no one else.
                unsafe { flip(from, LANES, each, run.pictures, to) };
            }
        }
    }
}
