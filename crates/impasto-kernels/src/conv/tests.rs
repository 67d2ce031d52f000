//! Against plain sums.

use super::*;
use crate::tile::Words;
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
