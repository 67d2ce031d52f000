//! What is drawn, and when two results are the same.

use burn::tensor::{Device, Gradients, Tensor, TensorData, activation as plain};
use impasto_kernels::{Activation, Geometry};
use impasto_random::Random;

/// Numbers drawn for one case.
pub(crate) struct Draw(Random);

impl Draw {
    pub(crate) fn case(name: &str, number: u64) -> Self {
        Self(Random::new(3, name, number))
    }

    pub(crate) fn number(&mut self, low: usize, high: usize) -> usize {
        low + self.0.below(high - low + 1)
    }

    pub(crate) fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        let values = self.0.normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    pub(crate) fn tracked<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        self.tensor(shape).autodiff().require_grad()
    }

    pub(crate) fn activation(&mut self) -> Activation {
        [Activation::None, Activation::Leaky(0.2), Activation::Leaky(0.0), Activation::Tanh(0.5)]
            [self.number(0, 3)]
    }

    pub(crate) fn geometry(&mut self) -> Geometry {
        let mut pair = |low, high| [self.number(low, high), self.number(low, high)];
        let (kernel, stride, padding, dilation) = (pair(1, 5), pair(1, 3), pair(0, 2), pair(1, 2));
        Geometry { kernel, stride, padding, dilation, groups: [1, 1, 2, 3][self.number(0, 3)] }
    }
}

pub(crate) fn on_burn<const D: usize>(activation: Activation, x: Tensor<D>) -> Tensor<D> {
    match activation {
        Activation::None => x,
        Activation::Leaky(slope) => plain::leaky_relu(x, slope.into()),
        Activation::Tanh(scale) => x.mul_scalar(scale).tanh(),
    }
}

pub(crate) fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_into_vec().expect("values of type f32")
}

pub(crate) fn close(found: &[f32], right: &[f32], what: &str) {
    assert_eq!(found.len(), right.len(), "{what}");
    let largest = right.iter().fold(1f32, |most, v| most.max(v.abs()));
    for (at, (found, right)) in found.iter().zip(right).enumerate() {
        assert!((found - right).abs() < 2e-5 * largest, "{what} at {at}: {found} instead of {right}");
    }
}

/// Output, and the gradients of a weighted sum of the output.
pub(crate) fn all<const D: usize, const E: usize, const F: usize>(
    output: Tensor<D>,
    weights: &Tensor<D>,
    [x, weight]: [&Tensor<E>; 2],
    bias: &Tensor<F>,
) -> [Vec<f32>; 4] {
    let gradients: Gradients = (output.clone() * weights.clone()).sum().backward();
    let of = |x: &Tensor<E>| x.grad(&gradients).map(values).expect("a gradient");
    [values(output), of(x), of(weight), bias.grad(&gradients).map(values).expect("a gradient")]
}

pub(crate) fn compare(found: [Vec<f32>; 4], right: [Vec<f32>; 4], what: &str) {
    for ((found, right), part) in found.iter().zip(&right).zip(["output", "x", "weight", "bias"]) {
        close(found, right, &format!("{part} of {what}"));
    }
}
