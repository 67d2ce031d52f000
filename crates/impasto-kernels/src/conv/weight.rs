//! The gradient of a convolution for its weight.

use rayon::prelude::*;

use super::{Geometry, Pictures, minimal, to_planes, whole_frame, window_steps};
use crate::flip::Matrices;
use crate::limit::step;
use crate::picture::{Pairing, Strides, framed, framed_lines};
use crate::products::Products;
use crate::room::{Room, Threads};
use crate::sum::{Left, Right, packed, sum, widths};
use crate::tile::{LANES, Words};

/// The gradient of a convolution for its weight: `[outputs, inputs / groups, kernel, kernel]`.
pub(crate) fn for_weight(
    products: Products,
    x: Pictures<'_>,
    gradient: Pictures<'_>,
    geometry: &Geometry,
) -> Vec<f32> {
    let [n, inputs, h, w] = x.shape;
    let [_, outputs, height, width] = gradient.shape;
    if let Some(short) =
        minimal::short(products, geometry, n, [inputs, outputs], [height, width], minimal::WORTH_GRADIENT)
    {
        return minimal::for_weight(short, x, gradient, geometry);
    }
    let words = products.words();
    let groups = geometry.groups;
    let (each_in, each_out, taps) = (inputs / groups, outputs / groups, geometry.area());
    if n == 0 {
        return vec![0.0; outputs * each_in * taps];
    }
    if (each_in, each_out, geometry.stride[1]) == (1, 1, 1) {
        return for_weight_depthwise(x, gradient, geometry);
    }
    let frame = whole_frame(geometry, [h, w], [height, width]);
    let shape = [groups, each_in, h, w];
    let strides = Strides::new(words, Pairing::Pictures, [n, groups, each_in], frame);
    let left = framed(Threads::All, words, Pairing::Pictures, x.values, shape, frame);
    let area = height * width;
    let together = words.values();
    let depth = n.div_ceil(together) * area;
    let [down, across] = geometry.stride;
    let mut steps = Vec::with_capacity(depth);
    for row in (0..n.div_ceil(together)).flat_map(|picture| (0..height).map(move |y| (picture, y))) {
        let row = row.0 * strides.picture + row.1 * down * frame.width;
        steps.extend((0..width).map(|x| step(row + x * across)));
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
        let right = packed(words, &matrices, depth, &widths, place);
        let windows = window_steps(geometry, each_in, group, strides, frame);
        let offset = |row: usize| windows[row] as usize;
        let left = Left { kind: words, words: &left, offset, steps: &steps };
        let right = Right::Panels { words: &right, depth, from: 0 };
        sum(Threads::All, [rows, each_out], &left, right, |piece| {
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
    let strides = Strides::new(Words::Single, Pairing::Channels, [n, channels, 1], frame);
    let left = framed_lines(Threads::All, x.values, [h, w], frame);
    let values: &[f32] = bytemuck::cast_slice(&left);
    let one = |channel: usize| {
        let steps = window_steps(geometry, 1, channel, strides, frame);
        let lines = (0..n).flat_map(|picture| (0..height).map(move |y| (picture, y)));
        steps.into_iter().map(move |step| {
            let line = |(picture, y): (usize, usize)| {
                let start = picture * strides.picture + y * geometry.stride[0] * frame.width + step as usize;
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
