//! Convolutions and dense layers of drawn sizes.

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Tensor, module};
use impasto_kernels::{Activation, Geometry, Products, conv_transpose2d, conv2d, linear, with_products};

use super::draw::{Draw, all, compare, on_burn, values};

#[test]
fn convolutions_are_those_of_burn() {
    for number in 0..60 {
        let mut draw = Draw::case("down", number);
        let (geometry, activation) = (draw.geometry(), draw.activation());
        let Geometry { kernel, stride, padding, dilation, groups } = geometry;
        let [inputs, outputs] = [groups * draw.number(1, 7), groups * draw.number(1, 40)];
        let least = [0, 1].map(|side| ((kernel[side] - 1) * dilation[side] + 1).max(2));
        let size = [draw.number(least[0], 15), draw.number(least[1], 15)];
        let x = draw.number(1, 4);
        let x = draw.tracked([x, inputs, size[0], size[1]]);
        let weight = draw.tracked([outputs, inputs / groups, kernel[0], kernel[1]]);
        let bias = draw.tracked([outputs]);
        let found = conv2d(x.clone(), weight.clone(), Some(bias.clone()), geometry, activation);
        let options = ConvOptions::new(stride, padding, dilation, groups);
        let right = module::conv2d(x.clone(), weight.clone(), Some(bias.clone()), options);
        let right = on_burn(activation, right);
        assert_eq!(found.dims(), right.dims());
        let weights = draw.tensor(right.dims()).autodiff();
        let what = format!("convolution {number}, {geometry:?}, {activation:?}");
        let found = all(found, &weights, [&x, &weight], &bias);
        compare(found, all(right, &weights, [&x, &weight], &bias), &what);
    }
}

#[test]
fn transposed_convolutions_are_those_of_burn() {
    for number in 0..60 {
        let mut draw = Draw::case("up", number);
        let (mut geometry, activation) = (draw.geometry(), draw.activation());
        // More padding than kernel would cut everything off; Burn's own stops at its own limits.
        geometry.padding = [0, 1].map(|side| geometry.padding[side].min((geometry.kernel[side] - 1) / 2));
        let Geometry { kernel, stride, padding, dilation, groups } = geometry;
        let added = [0, 1].map(|side| draw.number(0, stride[side].max(dilation[side]) - 1));
        let [inputs, outputs] = [groups * draw.number(1, 20), groups * draw.number(1, 20)];
        let shape = [draw.number(1, 4), inputs, draw.number(1, 9), draw.number(1, 9)];
        let x = draw.tracked(shape);
        let weight = draw.tracked([inputs, outputs / groups, kernel[0], kernel[1]]);
        let bias = draw.tracked([outputs]);
        let found =
            conv_transpose2d(x.clone(), weight.clone(), Some(bias.clone()), geometry, added, activation);
        let options = ConvTransposeOptions::new(stride, padding, added, dilation, groups);
        let right = module::conv_transpose2d(x.clone(), weight.clone(), Some(bias.clone()), options);
        let right = on_burn(activation, right);
        assert_eq!(found.dims(), right.dims());
        let weights = draw.tensor(right.dims()).autodiff();
        let what = format!("transposed convolution {number}, {geometry:?} {added:?}, {activation:?}");
        let found = all(found, &weights, [&x, &weight], &bias);
        compare(found, all(right, &weights, [&x, &weight], &bias), &what);
    }
}

/// Large convolutions with short kernels share products; these are as large as that takes.
#[test]
fn convolutions_that_share_products_are_those_of_burn() {
    for (number, (kernel, stride)) in [(4, 2), (3, 1), (6, 2), (2, 1)].into_iter().enumerate() {
        let mut draw = Draw::case("shared", number as u64);
        // Without a kink, where the last bit of an output would decide about gradients.
        let activation = Activation::None;
        let geometry = Geometry::square(kernel, stride, 1);
        let size = stride * 2 * draw.number(5, 7);
        let small = geometry.down([size; 2]);
        let big = draw.tracked([31, 80, size, size]);
        let (weight, bias) = (draw.tracked([81, 80, kernel, kernel]), draw.tracked([81]));
        let output = draw.tensor([31, 81, small[0], small[1]]).autodiff();
        let options = ConvOptions::new([stride; 2], [1; 2], [1; 2], 1);
        let right = module::conv2d(big.clone(), weight.clone(), Some(bias.clone()), options);
        let run = |products: Products| {
            let found = with_products(products, || {
                conv2d(big.clone(), weight.clone(), Some(bias.clone()), geometry, activation)
            });
            all(found, &output, [&big, &weight], &bias)
        };
        let (shared, each) = (run(Products::Shared), run(Products::Each));
        if impasto_kernels::enabled() {
            let differ = shared.iter().zip(&each).take(3).all(|(shared, each)| shared != each);
            assert!(differ, "output and gradients of x and weight are computed in another way");
        }
        let right = all(on_burn(activation, right), &output, [&big, &weight], &bias);
        compare(shared, right, &format!("convolution {number}, {geometry:?}, {activation:?}"));
    }
}

#[test]
fn transposed_convolutions_that_share_products_are_those_of_burn() {
    for (number, (kernel, stride)) in [(4, 2), (3, 1), (6, 2)].into_iter().enumerate() {
        let mut draw = Draw::case("shared up", number as u64);
        let (geometry, activation) = (Geometry::square(kernel, stride, 1), Activation::None);
        let x = draw.tracked([30, 83, 12, 12]);
        let (weight, bias) = (draw.tracked([83, 82, kernel, kernel]), draw.tracked([82]));
        let options = ConvTransposeOptions::new([stride; 2], [1; 2], [stride - 1; 2], [1; 2], 1);
        let right = module::conv_transpose2d(x.clone(), weight.clone(), Some(bias.clone()), options);
        let right = on_burn(activation, right);
        let output = draw.tensor(right.dims()).autodiff();
        let added = [stride - 1; 2];
        let found = with_products(Products::Shared, || {
            conv_transpose2d(x.clone(), weight.clone(), Some(bias.clone()), geometry, added, activation)
        });
        let found = all(found, &output, [&x, &weight], &bias);
        let what = format!("transposed convolution {number}, {geometry:?}, {activation:?}");
        compare(found, all(right, &output, [&x, &weight], &bias), &what);
    }
}

/// Otherwise a picture that is painted again alone would not be the same.
#[test]
fn each_product_gives_the_same_picture_in_any_batch() {
    let mut draw = Draw::case("batch", 0);
    let (x, weight) = (draw.tensor([64, 80, 8, 8]), draw.tensor([80, 80, 3, 3]));
    let run =
        |x: Tensor<4>| values(conv2d(x, weight.clone(), None, Geometry::square(3, 1, 1), Activation::None));
    let (all, alone) = (run(x.clone()), run(x.narrow(0, 5, 1)));
    assert!(!impasto_kernels::enabled() || all[5 * alone.len()..][..alone.len()] == alone);
}

#[test]
fn dense_layers_are_those_of_burn() {
    for number in 0..40 {
        let mut draw = Draw::case("dense", number);
        let activation = draw.activation();
        let [n, inputs, outputs] = [draw.number(1, 70), draw.number(1, 130), draw.number(1, 150)];
        let x = draw.tracked([n, inputs]);
        let (weight, bias) = (draw.tracked([inputs, outputs]), draw.tracked([outputs]));
        let found = linear(x.clone(), weight.clone(), Some(bias.clone()), activation);
        let right = on_burn(activation, module::linear(x.clone(), weight.clone(), Some(bias.clone())));
        let weights = draw.tensor([n, outputs]).autodiff();
        let what = format!("dense {n}x{inputs}x{outputs}, {activation:?}");
        let found = all(found, &weights, [&x, &weight], &bias);
        compare(found, all(right, &weights, [&x, &weight], &bias), &what);
    }
}

#[test]
fn gradients_are_the_slopes_of_the_output() {
    let mut draw = Draw::case("slopes", 0);
    let geometry = Geometry { groups: 1, ..Geometry::square(3, 2, 1) };
    let (x, weight) = (draw.tracked([2, 3, 6, 5]), draw.tracked([4, 3, 3, 3]));
    let (towards, step) = (draw.tensor([4, 3, 3, 3]).autodiff(), 1e-2);
    let loss =
        |weight: Tensor<4>| conv2d(x.clone(), weight, None, geometry, Activation::Tanh(0.1)).square().sum();
    let gradients = loss(weight.clone()).backward();
    let gradient = weight.grad(&gradients).expect("a gradient");
    let along = values((gradient * towards.clone().inner()).sum())[0];
    let at = |by: f64| f64::from(values(loss(weight.clone() + towards.clone().mul_scalar(by)))[0]);
    let slope = (at(step) - at(-step)) / (2.0 * step);
    assert!((slope - f64::from(along)).abs() < 2e-3 * slope.abs(), "{along} along a slope of {slope}");
}

#[test]
fn operands_that_are_not_tracked_take_no_gradient_and_pass_it_on() {
    let mut draw = Draw::case("frozen", 0);
    let x = draw.tracked([2, 3, 5, 5]);
    let weight = draw.tensor([4, 3, 3, 3]);
    let y = conv2d(x.clone(), weight.clone(), None, Geometry::square(3, 1, 1), Activation::None);
    let gradients = y.sum().backward();
    assert!(x.grad(&gradients).is_some());
    let fixed = conv2d(x.inner(), weight, None, Geometry::square(3, 1, 1), Activation::None);
    assert!(!fixed.is_autodiff(), "constants stay outside of any graph");
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for products in [Products::Each, Products::Shared, Products::Pairs] {
        if products == Products::Pairs && !impasto_kernels::has_pairs() {
            continue;
        }
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| {
                let mut draw = Draw::case("threads", 0);
                let shared = products == Products::Shared;
                let (n, width) = if shared { (48, 80) } else { (9, 24) };
                let (x, bias) = (draw.tracked([n, width, 16, 16]), draw.tracked([width + 8]));
                let kernel = if shared { 4 } else { 5 };
                let weight = draw.tracked([width + 8, width, kernel, kernel]);
                let geometry = Geometry::square(kernel, 2, 2);
                let y = with_products(products, || {
                    conv2d(x.clone(), weight.clone(), Some(bias.clone()), geometry, Activation::Leaky(0.2))
                });
                let weights = draw.tensor(y.dims()).autodiff();
                all(y, &weights, [&x, &weight], &bias)
            })
        };
        let alone = with(1);
        for threads in [2, 3, 7] {
            assert!(alone == with(threads), "{products:?} with {threads} threads");
        }
    }
}
