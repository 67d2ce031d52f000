//! A convolution.

use super::{Finish, Geometry, Pictures, in_parts, minimal, to_planes, whole_frame, window_steps};
use crate::flip::Matrices;
use crate::narrow::{FEW, Lines, sum_lines};
use crate::picture::{Pairing, Strides, framed, framed_lines};
use crate::products::Products;
use crate::room::Room;
use crate::sum::{Left, Right, packed, sum, widths};
use crate::tile::Words;

/// A convolution: weight `[outputs, inputs / groups, kernel, kernel]`, output of `size`.
pub(crate) fn correlate(
    products: Products,
    x: Pictures<'_>,
    weight: &[f32],
    geometry: &Geometry,
    [outputs, height, width]: [usize; 3],
    finish: Finish<'_>,
) -> Vec<f32> {
    let channels = [x.shape[1], outputs];
    if let Some(short) =
        minimal::short(products, geometry, x.shape[0], channels, [height, width], minimal::WORTH)
    {
        return minimal::correlate(short, x, weight, geometry, [outputs, height, width], finish);
    }
    let words = products.words();
    let (inputs, groups) = (x.shape[1], geometry.groups);
    let (each_in, each_out, taps) = (inputs / groups, outputs / groups, geometry.area());
    assert_eq!(weight.len(), outputs * each_in * taps, "a weight for {inputs} to {outputs} channels");
    if each_out <= FEW && geometry.stride[1] == 1 {
        return correlate_few(x, weight, geometry, [outputs, height, width], finish);
    }
    Panels::new(words, weight, geometry, [inputs, outputs]).correlate(x, geometry, [height, width], finish)
}

/// A weight that is packed for the tiles.
#[derive(Debug)]
pub(crate) struct Panels {
    words: Words,
    inputs: usize,
    outputs: usize,
    /// By group.
    packed: Vec<Vec<u32>>,
}

impl Panels {
    /// Packs the weight of a convolution, `[outputs, inputs / groups, kernel, kernel]`.
    pub(crate) fn new(
        words: Words,
        weight: &[f32],
        geometry: &Geometry,
        [inputs, outputs]: [usize; 2],
    ) -> Self {
        let groups = geometry.groups;
        let (each_in, each_out, taps) = (inputs / groups, outputs / groups, geometry.area());
        let depth = each_in.div_ceil(words.values()) * taps;
        let widths = widths(words, each_out);
        let place = |_: usize, k: usize| {
            let (channel, tap) = (k / taps, k % taps);
            (channel / words.values() * taps + tap) * words.values() + channel % words.values()
        };
        let group = |group: usize| {
            let matrix = Matrices {
                values: &weight[group * each_out * each_in * taps..],
                batch: 1,
                stride: 0,
                rows: each_out,
                columns: each_in * taps,
            };
            packed(words, &matrix, depth, &widths, place)
        };
        Self { words, inputs, outputs, packed: (0..groups).map(group).collect() }
    }

    /// The convolution that it is the weight of, as [`correlate`].
    pub(crate) fn correlate(
        &self,
        x: Pictures<'_>,
        geometry: &Geometry,
        [height, width]: [usize; 2],
        finish: Finish<'_>,
    ) -> Vec<f32> {
        let &Self { words, inputs, outputs, .. } = self;
        let [n, channels, h, w] = x.shape;
        assert!(channels == inputs && self.packed.len() == geometry.groups, "pictures that a weight is for");
        let (groups, each_in, each_out) =
            (geometry.groups, inputs / geometry.groups, outputs / geometry.groups);
        let frame = whole_frame(geometry, [h, w], [height, width]);
        let strides = Strides::new(words, Pairing::Channels, [n, groups, each_in], frame);
        let half = each_in.div_ceil(words.values());
        let depth = half * geometry.area();
        let steps = |group| window_steps(geometry, half, group, strides, frame);
        let steps: Vec<_> = (0..groups).map(steps).collect();
        let area = height * width;
        let out = Room::new(n * outputs * area);
        in_parts(n, area, |pictures, threads| {
            let shape = [groups, each_in, h, w];
            let left = framed(threads, words, Pairing::Channels, x.of(&pictures), shape, frame);
            let offset = |row: usize| {
                let (picture, y, x) = (row / area, row % area / width, row % width);
                picture * strides.picture + y * geometry.stride[0] * frame.width + x * geometry.stride[1]
            };
            for (group, (right, steps)) in self.packed.iter().zip(&steps).enumerate() {
                let left = Left { kind: words, words: &left, offset, steps };
                let right = Right::Panels { words: right, depth, from: 0 };
                sum(threads, [pictures.len() * area, each_out], &left, right, |mut piece| {
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
    let strides = Strides::new(Words::Single, Pairing::Channels, [n, groups, each_in], frame);
    let prepared = |group: usize| {
        let of = |at: usize| weight[(group * each_out + at % each_out) * depth + at / each_out];
        let weights: Vec<f32> = (0..depth * each_out).map(of).collect();
        (window_steps(geometry, each_in, group, strides, frame), weights)
    };
    let prepared: Vec<_> = (0..groups).map(prepared).collect();
    let out = Room::new(n * outputs * height * width);
    in_parts(n, height * width, |pictures, threads| {
        let left = framed_lines(threads, x.of(&pictures), [h, w], frame);
        let offset =
            |line: usize| line / height * strides.picture + line % height * geometry.stride[0] * frame.width;
        for (group, (steps, weights)) in prepared.iter().enumerate() {
            let first = group * each_out;
            let values = bytemuck::cast_slice(&left);
            let lines = Lines { values, count: pictures.len() * height, width, offset, steps };
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
