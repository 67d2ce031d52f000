//! Against convolutions with every product.

use super::*;
use crate::activation::Activation;
use crate::conv::{correlate, scatter};
use crate::products::Products;
use impasto_random::Random;

fn close(found: &[f32], right: &[f32], what: &str) {
    assert_eq!(found.len(), right.len(), "{what}");
    let size = right.iter().map(|v| v.abs()).fold(0.0, f32::max);
    let off = found.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off <= 2e-5 * size, "{what}: off by {off} of {size}");
}

#[test]
fn fixed_convolutions_are_those_with_every_product() {
    for number in 0..120 {
        let mut random = Random::new(9, "winograd", number);
        let mut draw = |low: usize, high: usize| low + random.below(high - low + 1);
        let kernel @ [high, wide] = [[3, 3], [5, 5], [1, 3], [3, 1], [1, 7], [7, 1]][draw(0, 5)];
        let padding = [draw(0, high - 1), draw(0, wide - 1)];
        let geometry = Geometry { kernel, padding, ..Geometry::square(1, 1, 0) };
        let (n, inputs, outputs) = (draw(1, 3), draw(1, 40), draw(1, 100));
        let least = |side: usize| kernel[side].saturating_sub(2 * padding[side]).max(1);
        let [h, w] = [draw(least(0), least(0) + 23), draw(least(1), least(1) + 23)];
        let what = format!("{n}x{inputs}x{h}x{w} to {outputs}, {geometry:?}");
        let [height, width] = geometry.down([h, w]);
        let drawn = |count| Random::new(number, "values", count as u64).normals(count);
        let (x, y) = (drawn(n * inputs * h * w), drawn(n * outputs * height * width));
        let (weight, bias) = (drawn(inputs * outputs * high * wide), drawn(outputs));
        let finish = Finish { bias: Some(&bias), activation: Activation::Leaky(0.1) };
        let pictures = Pictures { values: &x, shape: [n, inputs, h, w] };
        let found = Squares::down(&weight, [inputs, outputs], kernel);
        let found = found.of(pictures, Edge::Zeros(padding), [height, width], finish);
        let size = [outputs, height, width];
        close(&found, &correlate(Products::Each, pictures, &weight, &geometry, size, finish), &what);
        let pictures = Pictures { values: &y, shape: [n, outputs, height, width] };
        let padding = [high - 1 - padding[0], wide - 1 - padding[1]];
        let found = Squares::up(&weight, [outputs, inputs], kernel);
        let found = found.of(pictures, Edge::Zeros(padding), [h, w], Finish::NOTHING);
        let size = [inputs, h, w];
        close(&found, &scatter(Products::Each, pictures, &weight, &geometry, size, Finish::NOTHING), &what);
    }
}

#[test]
fn a_picture_is_the_same_beside_others_and_on_any_number_of_threads() {
    let (inputs, outputs, side) = (20, 33, 17);
    let x = Random::new(3, "x", 0).normals(5 * inputs * side * side);
    let weight = Random::new(3, "weight", 0).normals(outputs * inputs * 9);
    let squares = Squares::down(&weight, [inputs, outputs], [3; 2]);
    let look = |x: &[f32], threads: usize| {
        let shape = [x.len() / (inputs * side * side), inputs, side, side];
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            squares.of(Pictures { values: x, shape }, Edge::Zeros([1; 2]), [side; 2], Finish::NOTHING)
        })
    };
    let all = look(&x, 3);
    assert_eq!(all, look(&x, 1));
    assert!(look(&[], 2).is_empty(), "no pictures give none");
    let each = inputs * side * side;
    assert_eq!(all[2 * outputs * side * side..][..outputs * side * side], look(&x[2 * each..3 * each], 2));
}

#[test]
fn large_pictures_of_many_channels_pay_and_odd_kernels_do_not() {
    let square = |taps, stride| Geometry::square(taps, stride, taps / 2);
    assert!(
        Squares::pay(&square(3, 1), [64, 64], [384, 384]) && Squares::pay(&square(3, 1), [448, 384], [8, 8])
    );
    assert!(Squares::pay(
        &Geometry { kernel: [1, 7], padding: [0, 3], ..square(1, 1) },
        [192, 192],
        [17, 17]
    ));
    assert!(Squares::pay(&square(5, 1), [48, 64], [35, 35]));
    for (geometry, channels, size) in [
        (square(3, 1), [3, 64], [384, 384]),
        (square(3, 1), [64, 3], [384, 384]),
        (square(3, 1), [64, 64], [1, 1]),
        (square(3, 2), [64, 64], [384, 384]),
        (square(1, 1), [64, 64], [384, 384]),
        (square(7, 1), [64, 64], [384, 384]),
        (Geometry { dilation: [2; 2], ..square(3, 1) }, [64, 64], [384, 384]),
        (Geometry { groups: 2, ..square(3, 1) }, [64, 64], [384, 384]),
        (Geometry { kernel: [5, 3], ..square(3, 1) }, [64, 64], [384, 384]),
    ] {
        assert!(!Squares::pay(&geometry, channels, size), "{geometry:?}, {channels:?}, {size:?}");
    }
}
