//! Convolutions as sums of products: forward, for the input, and for the weight.
//!
//! A transposed convolution is the input gradient of a convolution and the other way round, so three functions serve
//! both: [`correlate`], [`scatter`] and [`for_weight`]. None of them unfolds windows: on a framed picture the value that
//! row `r` (a pixel) needs at step `k` (a channel and a place in the kernel) lies at `offset(r) + steps[k]`.

use std::ops::Range;

use rayon::prelude::*;

use crate::activation::Activation;
use crate::flip::{Matrices, flip, panels};
use crate::narrow::{FEW, Lines, sum_lines};
use crate::picture::{Frame, Framed, Pairing, framed, framed_lines};
use crate::room::{Room, Threads};
use crate::sum::{Left, Piece, Right, panel_words, sum, widths};
use crate::tile::{LANES, Words};

/// The numbers of a convolution, height first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// The kernel's size.
    pub kernel: [usize; 2],
    /// From one window to the next.
    pub stride: [usize; 2],
    /// Zeros on each side.
    pub padding: [usize; 2],
    /// From one value of a window to the next.
    pub dilation: [usize; 2],
    /// Channels are cut into this many groups that don't see each other.
    pub groups: usize,
}

impl Geometry {
    /// A square kernel.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        let [kernel, stride, padding] = [kernel, stride, padding].map(|v| [v; 2]);
        Self { kernel, stride, padding, dilation: [1; 2], groups: 1 }
    }

    /// Height and width of a convolution's output.
    ///
    /// # Panics
    /// When the kernel is larger than the padded picture.
    pub fn down(&self, size: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|side| {
            let reach = self.reach(side);
            let padded = size[side] + 2 * self.padding[side];
            assert!(padded >= reach, "a kernel that reaches over {reach} pixels on a picture of {padded}");
            (padded - reach) / self.stride[side] + 1
        })
    }

    /// Height and width of a transposed convolution's output, with this many rows and columns added at the end.
    ///
    /// # Panics
    /// When the padding cuts everything off.
    pub fn up(&self, size: [usize; 2], added: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|side| {
            let whole = (size[side] - 1) * self.stride[side] + self.reach(side) + added[side];
            assert!(whole > 2 * self.padding[side], "padding cuts a picture of {whole} pixels away");
            whole - 2 * self.padding[side]
        })
    }

    /// How many pixels a kernel spans.
    fn reach(&self, side: usize) -> usize {
        (self.kernel[side] - 1) * self.dilation[side] + 1
    }

    fn area(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}

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

/// A convolution: weight `[outputs, inputs / groups, kernel, kernel]`, output of `size`.
pub(crate) fn correlate(
    words: Words,
    x: Pictures<'_>,
    weight: &[f32],
    geometry: &Geometry,
    [outputs, height, width]: [usize; 3],
    finish: Finish<'_>,
) -> Vec<f32> {
    let [n, inputs, h, w] = x.shape;
    let groups = geometry.groups;
    let (each_in, each_out, taps) = (inputs / groups, outputs / groups, geometry.area());
    assert_eq!(weight.len(), outputs * each_in * taps, "a weight for {inputs} to {outputs} channels");
    if each_out <= FEW && geometry.stride[1] == 1 {
        return correlate_few(x, weight, geometry, [outputs, height, width], finish);
    }
    let frame = whole_frame(geometry, [h, w], [height, width]);
    let half = each_in.div_ceil(words.values());
    let depth = half * taps;
    let widths = widths(words, each_out);
    let place = |_: usize, k: usize| {
        let (channel, tap) = (k / taps, k % taps);
        (channel / words.values() * taps + tap) * words.values() + channel % words.values()
    };
    let right = |group: usize| {
        let matrix = Matrices {
            values: &weight[group * each_out * each_in * taps..],
            batch: 1,
            stride: 0,
            rows: each_out,
            columns: each_in * taps,
        };
        let deep = depth * words.values();
        panel_words(words, panels(&matrix, deep, &widths, place), &widths, deep)
    };
    let rights: Vec<_> = (0..groups).map(right).collect();
    let area = height * width;
    let out = Room::new(n * outputs * area);
    in_parts(n, area, |pictures, threads| {
        let shape = [groups, each_in, h, w];
        let left = framed(threads, words, Pairing::Channels, x.of(&pictures), shape, frame);
        let offset = |row: usize| {
            let (picture, y, x) = (row / area, row % area / width, row % width);
            picture * left.picture + y * geometry.stride[0] * frame.width + x * geometry.stride[1]
        };
        for (group, right) in rights.iter().enumerate() {
            let steps = window_steps(geometry, half, group * left.group, left.channel, frame.width);
            let left = Left { words: &left.words, offset, steps: &steps };
            let right = Right::Panels { words: right, depth, from: 0 };
            sum(threads, words, [pictures.len() * area, each_out], &left, right, |mut piece| {
                finish.apply(&mut piece, group * each_out);
                piece.shift(pictures.start * area);
                // SAFETY: pieces don't overlap and lie within the output of n * area rows, outputs columns.
                unsafe { to_planes(&piece, area, outputs, group * each_out, &out) };
            });
        }
    });
    // SAFETY: the groups' pieces cover all pixels and channels.
    unsafe { out.filled() }
}

/// A convolution with few outputs in each group and neighbouring windows.
fn correlate_few(
    x: Pictures<'_>,
    weight: &[f32],
    geometry: &Geometry,
    [outputs, height, width]: [usize; 3],
    finish: Finish<'_>,
) -> Vec<f32> {
    let [n, inputs, h, w] = x.shape;
    let groups = geometry.groups;
    let (each_in, each_out, taps) = (inputs / groups, outputs / groups, geometry.area());
    let frame = whole_frame(geometry, [h, w], [height, width]);
    let depth = each_in * taps;
    let weights = |group: usize| {
        let of = |at: usize| weight[(group * each_out + at % each_out) * depth + at / each_out];
        (0..depth * each_out).map(of).collect::<Vec<f32>>()
    };
    let weights: Vec<_> = (0..groups).map(weights).collect();
    let out = Room::new(n * outputs * height * width);
    in_parts(n, height * width, |pictures, threads| {
        let left = framed_lines(threads, x.of(&pictures), [groups, each_in, h, w], frame);
        let offset =
            |line: usize| line / height * left.picture + line % height * geometry.stride[0] * frame.width;
        for (group, weights) in weights.iter().enumerate() {
            let first = group * each_out;
            let steps = window_steps(geometry, each_in, group * left.group, left.channel, frame.width);
            let values = bytemuck::cast_slice(&left.words);
            let lines = Lines { values, count: pictures.len() * height, width, offset, steps: &steps };
            sum_lines(threads, &lines, weights, each_out, |line, pixel, output, sums| {
                finish.line(sums, first + output);
                let plane = (pictures.start + line / height) * outputs + first + output;
                let to = out.at((plane * height + line % height) * width + pixel);
                // SAFETY: these pixels of this plane are written by nobody else, and lie within the output.
                unsafe { sums.as_ptr().copy_to_nonoverlapping(to, sums.len()) };
            });
        }
    });
    // SAFETY: the lines cover all pixels of all channels.
    unsafe { out.filled() }
}

/// The gradient of a convolution for its weight: `[outputs, inputs / groups, kernel, kernel]`.
pub(crate) fn for_weight(
    words: Words,
    x: Pictures<'_>,
    gradient: Pictures<'_>,
    geometry: &Geometry,
) -> Vec<f32> {
    let [n, inputs, h, w] = x.shape;
    let [_, outputs, height, width] = gradient.shape;
    let groups = geometry.groups;
    let (each_in, each_out, taps) = (inputs / groups, outputs / groups, geometry.area());
    if (each_in, each_out, geometry.stride[1]) == (1, 1, 1) {
        return for_weight_depthwise(x, gradient, geometry);
    }
    let frame = whole_frame(geometry, [h, w], [height, width]);
    let shape = [groups, each_in, h, w];
    let left = framed(Threads::All, words, Pairing::Pictures, x.values, shape, frame);
    let area = height * width;
    let together = words.values();
    let depth = n.div_ceil(together) * area;
    let mut steps = Vec::with_capacity(depth);
    for picture in 0..n.div_ceil(together) {
        for y in 0..height {
            let row = picture * left.picture + y * geometry.stride[0] * frame.width;
            steps.extend((0..width).map(|x| (row + x * geometry.stride[1]) as u32));
        }
    }
    let widths = widths(words, each_out);
    let place = |picture: usize, p: usize| (picture / together * area + p) * together + picture % together;
    let rows = each_in * taps;
    let out = Room::new(outputs * rows);
    for group in 0..groups {
        let matrices = Matrices {
            values: &gradient.values[group * each_out * area..],
            batch: n,
            stride: outputs * area,
            rows: each_out,
            columns: area,
        };
        let deep = depth * together;
        let right = panel_words(words, panels(&matrices, deep, &widths, place), &widths, deep);
        let windows = window_steps(geometry, each_in, group * left.group, left.channel, frame.width);
        let offset = |row: usize| windows[row] as usize;
        let left = Left { words: &left.words, offset, steps: &steps };
        let right = Right::Panels { words: &right, depth, from: 0 };
        sum(Threads::All, words, [rows, each_out], &left, right, |piece| {
            // SAFETY: pieces don't overlap and lie within the weight of one group.
            unsafe { to_planes(&piece, rows, outputs, group * each_out, &out) };
        });
    }
    // SAFETY: the groups' pieces cover the whole weight.
    unsafe { out.filled() }
}

/// The weight's gradient where every channel has a kernel of its own: products of whole lines.
fn for_weight_depthwise(x: Pictures<'_>, gradient: Pictures<'_>, geometry: &Geometry) -> Vec<f32> {
    let [n, channels, h, w] = x.shape;
    let [_, _, height, width] = gradient.shape;
    let frame = whole_frame(geometry, [h, w], [height, width]);
    let left = framed_lines(Threads::All, x.values, [channels, 1, h, w], frame);
    let values: &[f32] = bytemuck::cast_slice(&left.words);
    let one = |channel: usize| {
        let steps = window_steps(geometry, 1, channel * left.group, left.channel, frame.width);
        let lines = (0..n).flat_map(|picture| (0..height).map(move |y| (picture, y)));
        steps.into_iter().map(move |step| {
            let line = |(picture, y): (usize, usize)| {
                let start = picture * left.picture + y * geometry.stride[0] * frame.width + step as usize;
                let of = ((picture * channels + channel) * height + y) * width;
                dot(&values[start..][..width], &gradient.values[of..][..width])
            };
            lines.clone().map(line).sum::<f32>()
        })
    };
    (0..channels).into_par_iter().flat_map_iter(one).collect()
}

/// Sixteen sums side by side.
fn dot(left: &[f32], right: &[f32]) -> f32 {
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<LANES>(), right.as_chunks::<LANES>());
    let mut sums = [0f32; LANES];
    for (left, right) in left.iter().zip(right) {
        sums.iter_mut().zip(left.iter().zip(right)).for_each(|(sum, (l, r))| *sum += l * r);
    }
    sums.iter().sum::<f32>() + left_rest.iter().zip(right_rest).map(|(l, r)| l * r).sum::<f32>()
}

/// A transposed convolution, or the gradient of a convolution for its input: `x` is `[n, inputs, ..]`, the weight
/// `[inputs, outputs / groups, kernel, kernel]`.
///
/// Pixels of the output whose places differ by the stride see the same values of the kernel; such a phase is a plain
/// convolution with those values, so nothing is multiplied by zero and nothing is added up in memory.
pub(crate) fn scatter(
    words: Words,
    x: Pictures<'_>,
    weight: &[f32],
    geometry: &Geometry,
    [outputs, height, width]: [usize; 3],
    finish: Finish<'_>,
) -> Vec<f32> {
    let [n, inputs, h, w] = x.shape;
    let groups = geometry.groups;
    let (each_in, each_out, taps) = (inputs / groups, outputs / groups, geometry.area());
    assert_eq!(weight.len(), inputs * each_out * taps, "a weight for {inputs} to {outputs} channels");
    let sides = [Side::new(geometry, 0, height), Side::new(geometry, 1, width)];
    let frame = Frame {
        top: sides[0].before,
        left: sides[1].before,
        height: sides[0].before + sides[0].after,
        width: sides[1].before + sides[1].after,
    };
    if each_out <= FEW {
        return scatter_few(x, weight, geometry, [outputs, height, width], finish, &sides, frame);
    }
    let together = words.values();
    let half = each_in.div_ceil(together);
    let phases = phases(&sides, geometry.kernel[1], half);
    let depth = half * taps;
    let widths = widths(words, each_out);
    // By place in the kernel: where its phase starts, how many places that has, which of them it is.
    let mut places = vec![(0, 0, 0); taps];
    for phase in &phases {
        for (number, &(tap, _)) in phase.taps.iter().enumerate() {
            places[tap] = (phase.start, phase.taps.len(), number);
        }
    }
    let place = |channel: usize, tap: usize| {
        let (start, count, number) = places[tap];
        (start + channel / together * count + number) * together + channel % together
    };
    let right = |group: usize| {
        let matrices = Matrices {
            values: &weight[group * each_in * each_out * taps..],
            batch: each_in,
            stride: each_out * taps,
            rows: each_out,
            columns: taps,
        };
        let deep = depth * together;
        panel_words(words, panels(&matrices, deep, &widths, place), &widths, deep)
    };
    let rights: Vec<_> = (0..groups).map(right).collect();
    let out = Room::new(n * outputs * height * width);
    in_parts(n, phases[0].pixels(), |pictures, threads| {
        let shape = [groups, each_in, h, w];
        let left = framed(threads, words, Pairing::Channels, x.of(&pictures), shape, frame);
        for (group, right) in rights.iter().enumerate() {
            for phase in &phases {
                let steps = phase.steps(half, group, &left, &frame);
                let offset = |row: usize| phase.offset(row, &left, &frame);
                let left = Left { words: &left.words, offset, steps: &steps };
                let right = Right::Panels { words: right, depth, from: phase.start };
                let rows = pictures.len() * phase.pixels();
                sum(threads, words, [rows, each_out], &left, right, |mut piece| {
                    finish.apply(&mut piece, group * each_out);
                    piece.shift(pictures.start * phase.pixels());
                    let shape = [outputs, height, width];
                    // SAFETY: pieces don't overlap, phases have different pixels, groups different channels.
                    unsafe { phase.store(&piece, shape, group * each_out, geometry.stride, &out) };
                });
            }
        }
    });
    // SAFETY: the phases cover all pixels, the groups all channels.
    unsafe { out.filled() }
}

/// The same for few outputs in each group.
fn scatter_few(
    x: Pictures<'_>,
    weight: &[f32],
    geometry: &Geometry,
    [outputs, height, width]: [usize; 3],
    finish: Finish<'_>,
    sides: &[Side; 2],
    frame: Frame,
) -> Vec<f32> {
    let [n, inputs, h, w] = x.shape;
    let groups = geometry.groups;
    let (each_in, each_out, taps) = (inputs / groups, outputs / groups, geometry.area());
    let phases = phases(sides, geometry.kernel[1], each_in);
    let weights = |group: usize, phase: &Phase<'_>| {
        let mut weights = Vec::with_capacity(each_in * phase.taps.len() * each_out);
        for channel in group * each_in..(group + 1) * each_in {
            for &(tap, _) in &phase.taps {
                weights
                    .extend((0..each_out).map(|output| weight[(channel * each_out + output) * taps + tap]));
            }
        }
        weights
    };
    let sums: Vec<_> = (0..groups)
        .flat_map(|group| phases.iter().map(move |phase| (group, phase)))
        .map(|(group, phase)| (group, phase, weights(group, phase)))
        .collect();
    let out = Room::new(n * outputs * height * width);
    in_parts(n, phases[0].pixels(), |pictures, threads| {
        let left = framed_lines(threads, x.of(&pictures), [groups, each_in, h, w], frame);
        for (group, phase, weights) in &sums {
            let [down, right] = phase.sides;
            let first = group * each_out;
            let steps = phase.steps(each_in, *group, &left, &frame);
            let offset = |line: usize| phase.offset(line * right.count, &left, &frame);
            let values = bytemuck::cast_slice(&left.words);
            let lines = Lines {
                values,
                count: pictures.len() * down.count,
                width: right.count,
                offset,
                steps: &steps,
            };
            sum_lines(threads, &lines, weights, each_out, |line, pixel, output, sums| {
                finish.line(sums, first + output);
                let plane = (pictures.start + line / down.count) * outputs + first + output;
                let y = down.first + line % down.count * geometry.stride[0];
                let start = (plane * height + y) * width + right.first;
                for (i, &value) in sums.iter().enumerate() {
                    // SAFETY: this pixel of this plane is written by nobody else, and lies within the output.
                    unsafe { *out.at(start + (pixel + i) * geometry.stride[1]) = value };
                }
            });
        }
    });
    // SAFETY: the phases cover all pixels, the groups all channels.
    unsafe { out.filled() }
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
    start: usize,
    channel: usize,
    width: usize,
) -> Vec<u32> {
    let [kernel_height, kernel_width] = geometry.kernel;
    let [down, right] = geometry.dilation;
    let mut steps = Vec::with_capacity(channels * kernel_height * kernel_width);
    for c in 0..channels {
        for y in 0..kernel_height {
            steps.extend(
                (0..kernel_width).map(|x| (start + c * channel + y * down * width + x * right) as u32),
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

/// One side of a transposed convolution: which pixels of the input each pixel of the output sees.
struct Side {
    /// Zeros that are needed before the input.
    before: usize,
    /// How much is needed from the input's start on.
    after: usize,
    phases: Vec<SidePhase>,
}

/// Every `stride`-th pixel of a side.
struct SidePhase {
    /// Its first pixel.
    first: usize,
    /// How many pixels.
    count: usize,
    /// Where the first pixel stands in the input.
    input: usize,
    /// Places in the kernel, and how far before the pixel's own input each looks.
    taps: Vec<(usize, usize)>,
}

impl Side {
    fn new(geometry: &Geometry, side: usize, size: usize) -> Self {
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
struct Phase<'a> {
    sides: [&'a SidePhase; 2],
    /// Place in the kernel; rows and columns before the pixel's own input.
    taps: Vec<(usize, [usize; 2])>,
    /// Its first step among those of all phases.
    start: usize,
}

fn phases(sides: &[Side; 2], width: usize, channels: usize) -> Vec<Phase<'_>> {
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
    fn pixels(&self) -> usize {
        self.sides[0].count * self.sides[1].count
    }

    fn steps(&self, channels: usize, group: usize, left: &Framed<'_>, frame: &Frame) -> Vec<u32> {
        let mut steps = Vec::with_capacity(channels * self.taps.len());
        for channel in 0..channels {
            let start = group * left.group + channel * left.channel;
            steps.extend(
                self.taps.iter().map(|&(_, [up, back])| {
                    (start + (frame.top - up) * frame.width + frame.left - back) as u32
                }),
            );
        }
        steps
    }

    /// Picture, row and column of the phase's pixel.
    fn pixel(&self, row: usize) -> [usize; 3] {
        let width = self.sides[1].count;
        [row / self.pixels(), row % self.pixels() / width, row % width]
    }

    fn offset(&self, row: usize, left: &Framed<'_>, frame: &Frame) -> usize {
        let [picture, y, x] = self.pixel(row);
        picture * left.picture + (self.sides[0].input + y) * frame.width + self.sides[1].input + x
    }

    /// # Safety
    /// The piece must lie within the output, and nobody else may write the same values.
    unsafe fn store(
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

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    /// A case drawn by number: shapes, strides, paddings, groups.
    struct Case {
        n: usize,
        inputs: usize,
        outputs: usize,
        size: [usize; 2],
        geometry: Geometry,
    }

    fn case(number: u64) -> Case {
        let mut random = Random::new(7, "conv", number);
        let mut draw = |low: usize, high: usize| low + random.below(high - low + 1);
        let groups = [1, 1, 1, 2, 3][draw(0, 4)];
        let geometry = Geometry {
            kernel: [draw(1, 5), draw(1, 5)],
            stride: [draw(1, 3), draw(1, 3)],
            padding: [draw(0, 2), draw(0, 2)],
            dilation: [draw(1, 2), draw(1, 2)],
            groups,
        };
        let size = [geometry.reach(0).max(draw(1, 14)), geometry.reach(1).max(draw(1, 14))];
        Case { n: draw(1, 4), inputs: groups * draw(1, 9), outputs: groups * draw(1, 70), size, geometry }
    }

    fn values(count: usize, name: &str, number: u64) -> Vec<f32> {
        Random::new(number, name, 0).normals(count)
    }

    /// Every product of a convolution: places of output, input and weight.
    fn products(case: &Case, mut each: impl FnMut(usize, usize, usize)) {
        let Case { n, inputs, outputs, size: [h, w], geometry } = *case;
        let [height, width] = geometry.down([h, w]);
        let (each_in, each_out) = (inputs / geometry.groups, outputs / geometry.groups);
        for (b, o) in (0..n).flat_map(|b| (0..outputs).map(move |o| (b, o))) {
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                for c in 0..each_in {
                    for (i, j) in
                        (0..geometry.kernel[0]).flat_map(|i| (0..geometry.kernel[1]).map(move |j| (i, j)))
                    {
                        let at = |side: usize, out: usize, k: usize| {
                            (out * geometry.stride[side] + k * geometry.dilation[side])
                                .checked_sub(geometry.padding[side])
                        };
                        let (Some(r), Some(s)) = (at(0, y, i), at(1, x, j)) else { continue };
                        if r < h && s < w {
                            let channel = o / each_out * each_in + c;
                            each(
                                ((b * outputs + o) * height + y) * width + x,
                                ((b * inputs + channel) * h + r) * w + s,
                                ((o * each_in + c) * geometry.kernel[0] + i) * geometry.kernel[1] + j,
                            );
                        }
                    }
                }
            }
        }
    }

    fn close(found: &[f32], right: &[f64], scale: f64, what: &str) {
        assert_eq!(found.len(), right.len(), "{what}");
        for (at, (found, right)) in found.iter().zip(right).enumerate() {
            assert!((f64::from(*found) - right).abs() < scale, "{what} at {at}: {found} instead of {right}");
        }
    }

    fn check(number: u64, words: Words) {
        let case = case(number);
        let Case { n, inputs, outputs, size: [h, w], geometry } = case;
        let [height, width] = geometry.down([h, w]);
        let x = values(n * inputs * h * w, "x", number);
        let gradient = values(n * outputs * height * width, "gradient", number);
        let weight = values(outputs * inputs / geometry.groups * geometry.area(), "weight", number);
        let bias = values(outputs, "bias", number);
        let mut forward: Vec<f64> =
            (0..gradient.len()).map(|at| f64::from(bias[at / (height * width) % outputs])).collect();
        let (mut for_x, mut for_w) = (vec![0f64; x.len()], vec![0f64; weight.len()]);
        products(&case, |o, i, k| {
            forward[o] += f64::from(x[i]) * f64::from(weight[k]);
            for_x[i] += f64::from(gradient[o]) * f64::from(weight[k]);
            for_w[k] += f64::from(gradient[o]) * f64::from(x[i]);
        });
        let what = format!("case {number}: {n}x{inputs}x{h}x{w} to {outputs}, {geometry:?}, {words:?}");
        let scale =
            |terms: usize| if words == Words::Pairs { 0.06 } else { 1e-5 } * (terms as f64).sqrt().max(1.0);
        let pictures = Pictures { values: &x, shape: [n, inputs, h, w] };
        let gradients = Pictures { values: &gradient, shape: [n, outputs, height, width] };
        let finish = Finish { bias: Some(&bias), activation: Activation::None };
        let found = correlate(words, pictures, &weight, &geometry, [outputs, height, width], finish);
        close(&found, &forward, scale(inputs * geometry.area()), &what);
        let found = scatter(words, gradients, &weight, &geometry, [inputs, h, w], Finish::NOTHING);
        close(&found, &for_x, scale(outputs * geometry.area()), &what);
        let found = for_weight(words, pictures, gradients, &geometry);
        close(&found, &for_w, scale(n * height * width), &what);
    }

    #[test]
    fn drawn_convolutions_are_their_plain_sums() {
        for number in 0..120 {
            check(number, Words::Single);
            if crate::has_pairs() {
                check(number, Words::Pairs);
            }
        }
    }

    #[test]
    #[ignore]
    fn speed() {
        let case = |c: usize, o: usize, size: usize, k: usize, s: usize| {
            (c, o, size, Geometry::square(k, s, (k - 1) / 2))
        };
        for (c, o, size, geometry) in [
            case(128, 256, 7, 5, 1),
            case(64, 128, 14, 5, 2),
            case(1, 64, 28, 5, 2),
            case(3, 64, 64, 4, 2),
            case(64, 128, 32, 4, 2),
            case(128, 256, 16, 4, 2),
            case(256, 512, 8, 4, 2),
        ] {
            let n = 64;
            let [height, width] = geometry.down([size; 2]);
            let x = values(n * c * size * size, "x", 0);
            let g = values(n * o * height * width, "g", 0);
            let w = values(c * o * geometry.area(), "w", 0);
            let (x, g) = (
                Pictures { values: &x, shape: [n, c, size, size] },
                Pictures { values: &g, shape: [n, o, height, width] },
            );
            for words in [Words::Single, Words::Pairs] {
                let flops = 2e-9 * (n * o * height * width * c * geometry.area()) as f64;
                let time = |f: &dyn Fn() -> Vec<f32>| {
                    f();
                    let mut all: Vec<f64> = (0..9)
                        .map(|_| {
                            let t = std::time::Instant::now();
                            std::hint::black_box(f());
                            t.elapsed().as_secs_f64()
                        })
                        .collect();
                    all.sort_by(f64::total_cmp);
                    (all[4] * 1e3, flops / all[4])
                };
                let (a, b, d) = (
                    time(&|| correlate(words, x, &w, &geometry, [o, height, width], Finish::NOTHING)),
                    time(&|| scatter(words, g, &w, &geometry, [c, size, size], Finish::NOTHING)),
                    time(&|| for_weight(words, x, g, &geometry)),
                );
                println!(
                    "{words:?} {c}->{o} at {size}: {flops:.2} GF; correlate {:.2} ms {:.0}, scatter {:.2} ms {:.0}, weight {:.2} ms {:.0} GF/s",
                    a.0, a.1, b.0, b.1, d.0, d.1
                );
            }
        }
    }
}
