//! The operations that networks are made of, as functions on Burn's tensors.
//!
//! On the CPU they are computed here; on any other device, and with `IMPASTO_KERNELS=off`, by Burn.

use std::borrow::Cow;

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Tensor, module};
use rayon::prelude::*;

use crate::activation::{Activation, composed};
use crate::conv::{Finish, Geometry, Pictures, correlate, for_weight, scatter};
use crate::dense;
use crate::limit::count;
use crate::products::Products;
use crate::record::{Operand, covers, record};

/// `activation(conv(x) + bias)`; the weight is `[outputs, inputs / groups, kernel, kernel]`. No pictures give none.
///
/// # Panics
/// When sizes don't belong together, when there are no channels or no pixels, and when there are too many of them.
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    geometry: Geometry,
    activation: Activation,
) -> Tensor<4> {
    let [n, inputs, height, width] = x.dims();
    let [outputs, ..] = weight.dims();
    let [height, width] = geometry.down([height, width]);
    geometry.each(outputs);
    let expected = [outputs, geometry.each(inputs)];
    geometry.fits(weight.dims(), expected, bias.as_ref().map(Tensor::dims), [n, outputs, height, width]);
    if !covers(&x.device()) {
        let Geometry { stride, padding, dilation, groups, .. } = geometry;
        let options = ConvOptions::new(stride, padding, dilation, groups);
        return composed(module::conv2d(x, weight, bias, options), activation);
    }
    walk(Way::Down, [x, weight], bias, geometry, [outputs, height, width], activation)
}

/// `activation(transposed conv(x) + bias)`; the weight is `[inputs, outputs / groups, kernel, kernel]`, and `added`
/// rows and columns stand at the end of the output. No pictures give none.
///
/// # Panics
/// As [`conv2d`].
pub fn conv_transpose2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    geometry: Geometry,
    added: [usize; 2],
    activation: Activation,
) -> Tensor<4> {
    let [n, inputs, height, width] = x.dims();
    geometry.each(inputs);
    let [_, each_out, ..] = weight.dims();
    let outputs = count("the outputs of a transposed convolution", &[each_out, geometry.groups]);
    let [height, width] = geometry.up([height, width], added);
    let expected = [inputs, each_out];
    geometry.fits(weight.dims(), expected, bias.as_ref().map(Tensor::dims), [n, outputs, height, width]);
    if !covers(&x.device()) {
        let Geometry { stride, padding, dilation, groups, .. } = geometry;
        let options = ConvTransposeOptions::new(stride, padding, added, dilation, groups);
        return composed(module::conv_transpose2d(x, weight, bias, options), activation);
    }
    walk(Way::Up, [x, weight], bias, geometry, [outputs, height, width], activation)
}

/// A convolution and a transposed one are each other's gradient for the input.
#[derive(Clone, Copy)]
enum Way {
    Down,
    Up,
}

/// Either of the two, with an output of so many channels, rows and columns.
fn walk(
    way: Way,
    [x, weight]: [Tensor<4>; 2],
    bias: Option<Tensor<1>>,
    geometry: Geometry,
    size: [usize; 3],
    activation: Activation,
) -> Tensor<4> {
    let products = Products::now();
    let shape @ [n, inputs, h, w] = x.dims();
    let [outputs, height, width] = size;
    let out = [n, outputs, height, width];
    let (there, back) = match way {
        Way::Down => (correlate as Sum, scatter as Sum),
        Way::Up => (scatter as Sum, correlate as Sum),
    };
    let (x, weight, bias) = (Operand::new(x), Operand::new(weight), bias.map(Operand::new));
    let finish = Finish { bias: bias.as_ref().map(Operand::slice), activation };
    let pictures = Pictures { values: x.slice(), shape };
    let output = there(products, pictures, weight.slice(), &geometry, size, finish);
    let (kept_x, kept_weight) = (x.kept(), weight.kept());
    with_bias(x, weight, bias, output, out, move |gradient, y, wanted| {
        let gradient = bent(gradient, y, activation);
        let after = Pictures { values: &gradient, shape: out };
        let before = Pictures { values: kept_x.slice(), shape };
        let for_x = || back(products, after, kept_weight.slice(), &geometry, [inputs, h, w], Finish::NOTHING);
        let for_w = || match way {
            Way::Down => for_weight(products, before, after, &geometry),
            Way::Up => for_weight(products, after, before, &geometry),
        };
        let for_bias = || channel_sums(&gradient, outputs, height * width);
        [wanted[0].then(for_x), wanted[1].then(for_w), wanted[2].then(for_bias)]
    })
}

/// What [`correlate`] and [`scatter`] are.
type Sum = fn(Products, Pictures<'_>, &[f32], &Geometry, [usize; 3], Finish<'_>) -> Vec<f32>;

/// `activation(x w + bias)`: `[n, inputs]` times `[inputs, outputs]`.
///
/// # Panics
/// When sizes don't belong together, or there are too many of them.
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>, activation: Activation) -> Tensor<2> {
    let ([n, inputs], [rows, outputs]) = (x.dims(), weight.dims());
    assert_eq!(inputs, rows, "the inputs of a batch and of its weights");
    let shape = bias.as_ref().map(Tensor::dims);
    assert!(shape.is_none_or(|shape| shape == [outputs]), "a bias of {shape:?} for {outputs} outputs");
    count("the output of a dense layer", &[n, outputs]);
    if !covers(&x.device()) {
        return composed(module::linear(x, weight, bias), activation);
    }
    let words = Products::now().words();
    let size = [n, inputs, outputs];
    let (x, weight, bias) = (Operand::new(x), Operand::new(weight), bias.map(Operand::new));
    let slice = bias.as_ref().map(Operand::slice);
    let output = dense::forward(words, x.slice(), weight.slice(), slice, size, activation);
    let (kept_x, kept_weight) = (x.kept(), weight.kept());
    with_bias(x, weight, bias, output, [n, outputs], move |gradient, y, wanted| {
        let gradient = bent(gradient, y, activation);
        let for_x = || dense::for_input(words, &gradient, kept_weight.slice(), size);
        let for_w = || dense::for_weight(words, kept_x.slice(), &gradient, size);
        let for_bias = || channel_sums(&gradient, outputs, 1);
        [wanted[0].then(for_x), wanted[1].then(for_w), wanted[2].then(for_bias)]
    })
}

/// Records with or without the third operand.
fn with_bias<const D: usize>(
    x: Operand,
    weight: Operand,
    bias: Option<Operand>,
    output: Vec<f32>,
    shape: [usize; D],
    backward: impl Fn(&[f32], &[f32], [bool; 3]) -> [Option<Vec<f32>>; 3] + Send + Sync + 'static,
) -> Tensor<D> {
    match bias {
        Some(bias) => record([x, weight, bias], output, shape, backward),
        None => record([x, weight], output, shape, move |gradient, y, [x, weight]| {
            let [x, weight, _] = backward(gradient, y, [x, weight, false]);
            [x, weight]
        }),
    }
}

/// The gradient before the activation.
pub(crate) fn bent<'a>(gradient: &'a [f32], y: &[f32], activation: Activation) -> Cow<'a, [f32]> {
    if activation == Activation::None {
        return Cow::Borrowed(gradient);
    }
    Cow::Owned(activation.back(gradient, y))
}

/// The sum over each channel of `[n, channels, area]`.
fn channel_sums(values: &[f32], channels: usize, area: usize) -> Vec<f32> {
    if area == 1 {
        let mut sums = vec![0f32; channels];
        for row in values.chunks_exact(channels.max(1)) {
            sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
        }
        return sums;
    }
    (0..channels)
        .into_par_iter()
        .with_min_len(8)
        .map(|channel| values.chunks_exact(area).skip(channel).step_by(channels).map(plane_sum).sum())
        .collect()
}

/// Sixteen sums side by side, which the compiler can keep in vectors.
pub(crate) fn plane_sum(values: &[f32]) -> f32 {
    let (blocks, rest) = values.as_chunks::<16>();
    let mut sums = [0f32; 16];
    for block in blocks {
        sums.iter_mut().zip(block).for_each(|(sum, v)| *sum += v);
    }
    sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
}
