//! Against plain sums.

use super::*;
use crate::products::Products;
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
fn each_product(case: &Case, mut each: impl FnMut(usize, usize, usize)) {
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

/// The three sums of a case, and whether they are right.
fn check(case: &Case, what: &str, products: Products, ways: &Ways<'_>) {
    let Case { n, inputs, outputs, size: [h, w], geometry } = *case;
    let [height, width] = geometry.down([h, w]);
    let x = values(n * inputs * h * w, "x", 1);
    let gradient = values(n * outputs * height * width, "gradient", 1);
    let weight = values(outputs * inputs / geometry.groups * geometry.area(), "weight", 1);
    let bias = values(outputs, "bias", 1);
    let mut forward: Vec<f64> =
        (0..gradient.len()).map(|at| f64::from(bias[at / (height * width) % outputs])).collect();
    let (mut for_x, mut for_w) = (vec![0f64; x.len()], vec![0f64; weight.len()]);
    each_product(case, |o, i, k| {
        forward[o] += f64::from(x[i]) * f64::from(weight[k]);
        for_x[i] += f64::from(gradient[o]) * f64::from(weight[k]);
        for_w[k] += f64::from(gradient[o]) * f64::from(x[i]);
    });
    let what = format!("{what}: {n}x{inputs}x{h}x{w} to {outputs}, {geometry:?}, {products:?}");
    let scale =
        |terms: usize| if products == Products::Pairs { 0.06 } else { 1e-5 } * (terms as f64).sqrt().max(1.0);
    let pictures = Pictures { values: &x, shape: [n, inputs, h, w] };
    let gradients = Pictures { values: &gradient, shape: [n, outputs, height, width] };
    let finish = Finish { bias: Some(&bias), activation: Activation::None };
    let found = (ways.correlate)(products, pictures, &weight, &geometry, [outputs, height, width], finish);
    close(&found, &forward, scale(inputs * geometry.area()), &what);
    let found = (ways.scatter)(products, gradients, &weight, &geometry, [inputs, h, w], Finish::NOTHING);
    close(&found, &for_x, scale(outputs * geometry.area()), &what);
    let found = (ways.for_weight)(products, pictures, gradients, &geometry);
    close(&found, &for_w, scale(n * height * width), &what);
}

type Sum<'a> = &'a dyn Fn(Products, Pictures<'_>, &[f32], &Geometry, [usize; 3], Finish<'_>) -> Vec<f32>;

/// How sums are made.
struct Ways<'a> {
    correlate: Sum<'a>,
    scatter: Sum<'a>,
    for_weight: &'a dyn Fn(Products, Pictures<'_>, Pictures<'_>, &Geometry) -> Vec<f32>,
}

#[test]
fn drawn_convolutions_are_their_plain_sums() {
    let ways = Ways { correlate: &correlate, scatter: &scatter, for_weight: &for_weight };
    for number in 0..120 {
        check(&case(number), &format!("case {number}"), Products::Each, &ways);
        if crate::has_pairs() {
            check(&case(number), &format!("case {number}"), Products::Pairs, &ways);
        }
    }
}

fn short_case(number: u64) -> Case {
    let mut random = Random::new(7, "short", number);
    let mut draw = |low: usize, high: usize| low + random.below(high - low + 1);
    let (taps, stride) = (draw(2, 3), draw(1, 3));
    let kernel = taps * stride;
    let geometry = Geometry::square(kernel, stride, draw(0, kernel - 1));
    let least = kernel.saturating_sub(2 * geometry.padding[0]).max(1);
    let size = [draw(least, least + 9), draw(least, least + 9)];
    Case { n: draw(1, 40), inputs: draw(1, 20), outputs: draw(1, 40), size, geometry }
}

#[test]
fn short_convolutions_are_their_plain_sums() {
    let short = |geometry: &Geometry| minimal::Short::of(geometry).expect("a short convolution");
    let ways = Ways {
        correlate: &|_, x, weight, geometry, size, finish| {
            minimal::correlate(short(geometry), x, weight, geometry, size, finish)
        },
        scatter: &|_, x, weight, geometry, size, finish| {
            minimal::scatter(short(geometry), x, weight, geometry, size, finish)
        },
        for_weight: &|_, x, gradient, geometry| minimal::for_weight(short(geometry), x, gradient, geometry),
    };
    for number in 0..100 {
        check(&short_case(number), &format!("case {number}"), Products::Shared, &ways);
    }
}
