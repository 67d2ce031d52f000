//! A transposed convolution.

use super::phase::{Phase, Side, phases};
use super::{Finish, Geometry, Pictures, in_parts, minimal};
use crate::flip::Matrices;
use crate::narrow::{FEW, Lines, sum_lines};
use crate::picture::{Frame, Pairing, Strides, framed, framed_lines};
use crate::products::Products;
use crate::room::Room;
use crate::sum::{Left, Right, packed, sum, widths};
use crate::tile::Words;

/// A transposed convolution, or the gradient of a convolution for its input: `x` is `[n, inputs, ..]`, the weight
/// `[inputs, outputs / groups, kernel, kernel]`.
///
/// Pixels of the output whose places differ by the stride see the same values of the kernel; such a phase is a plain
/// convolution with those values, so nothing is multiplied by zero and nothing is added up in memory.
pub(crate) fn scatter(
    products: Products,
    x: Pictures<'_>,
    weight: &[f32],
    geometry: &Geometry,
    [outputs, height, width]: [usize; 3],
    finish: Finish<'_>,
) -> Vec<f32> {
    let channels = [x.shape[1], outputs];
    // Of one phase.
    let size = [height.div_ceil(geometry.stride[0]), width.div_ceil(geometry.stride[1])];
    if let Some(short) = minimal::short(products, geometry, x.shape[0], channels, size, minimal::WORTH) {
        return minimal::scatter(short, x, weight, geometry, [outputs, height, width], finish);
    }
    let words = products.words();
    let [n, inputs, h, w] = x.shape;
    let groups = geometry.groups;
    let (each_in, each_out, taps) = (inputs / groups, outputs / groups, geometry.area());
    assert_eq!(weight.len(), inputs * each_out * taps, "a weight for {inputs} to {outputs} channels");
    let sides = [Side::new(geometry, 0, height), Side::new(geometry, 1, width)];
    let frame = around(&sides);
    if each_out <= FEW {
        return scatter_few(x, weight, geometry, [outputs, height, width], finish, &sides, frame);
    }
    let strides = Strides::new(words, Pairing::Channels, [n, groups, each_in], frame);
    let half = each_in.div_ceil(words.values());
    let phases = phases(&sides, geometry.kernel[1], half);
    let depth = half * taps;
    let prepared = |group: usize| {
        let steps = |phase: &Phase<'_>| phase.steps(half, group, strides, frame);
        let weight = &weight[group * each_in * each_out * taps..];
        let right = packed_by_phase(words, weight, [each_in, each_out, taps], depth, &phases);
        (phases.iter().map(steps).collect::<Vec<_>>(), right)
    };
    let prepared: Vec<_> = (0..groups).map(prepared).collect();
    let out = Room::new(n * outputs * height * width);
    in_parts(n, phases[0].pixels(), |pictures, threads| {
        let shape = [groups, each_in, h, w];
        let left = framed(threads, words, Pairing::Channels, x.of(&pictures), shape, frame);
        for (group, (steps, right)) in prepared.iter().enumerate() {
            for (phase, steps) in phases.iter().zip(steps) {
                let offset = |row: usize| phase.offset(row, strides, frame);
                let left = Left { kind: words, words: &left, offset, steps };
                let right = Right::Panels { words: right, depth, from: phase.start };
                let rows = pictures.len() * phase.pixels();
                sum(threads, [rows, each_out], &left, right, |mut piece| {
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

/// What a picture needs around it.
fn around([down, right]: &[Side; 2]) -> Frame {
    Frame {
        top: down.before,
        left: right.before,
        height: down.before + down.after,
        width: right.before + right.after,
    }
}

/// The weight of a group, packed so that the places of the kernel that a phase sees lie together.
fn packed_by_phase(
    words: Words,
    weight: &[f32],
    [each_in, each_out, taps]: [usize; 3],
    depth: usize,
    phases: &[Phase<'_>],
) -> Vec<u32> {
    let together = words.values();
    // By place in the kernel: where its phase starts, how many places that has, which of them it is.
    let mut places = vec![(0, 0, 0); taps];
    for phase in phases {
        for (number, &(tap, _)) in phase.taps.iter().enumerate() {
            places[tap] = (phase.start, phase.taps.len(), number);
        }
    }
    let place = |channel: usize, tap: usize| {
        let (start, count, number) = places[tap];
        (start + channel / together * count + number) * together + channel % together
    };
    let matrices =
        Matrices { values: weight, batch: each_in, stride: each_out * taps, rows: each_out, columns: taps };
    packed(words, &matrices, depth, &widths(words, each_out), place)
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
    let strides = Strides::new(Words::Single, Pairing::Channels, [n, groups, each_in], frame);
    let prepared = |group: usize, phase: &Phase<'_>| {
        let mut weights = Vec::with_capacity(each_in * phase.taps.len() * each_out);
        for channel in group * each_in..(group + 1) * each_in {
            for &(tap, _) in &phase.taps {
                weights
                    .extend((0..each_out).map(|output| weight[(channel * each_out + output) * taps + tap]));
            }
        }
        (phase.steps(each_in, group, strides, frame), weights)
    };
    let prepared: Vec<_> = (0..groups)
        .flat_map(|group| phases.iter().map(move |phase| (group, phase)))
        .map(|(group, phase)| (group, phase, prepared(group, phase)))
        .collect();
    let out = Room::new(n * outputs * height * width);
    in_parts(n, phases[0].pixels(), |pictures, threads| {
        let left = framed_lines(threads, x.of(&pictures), [h, w], frame);
        for (group, phase, (steps, weights)) in &prepared {
            let [down, right] = phase.sides;
            let first = group * each_out;
            let offset = |line: usize| phase.offset(line * right.count, strides, frame);
            let values = bytemuck::cast_slice(&left);
            let lines =
                Lines { values, count: pictures.len() * down.count, width: right.count, offset, steps };
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
