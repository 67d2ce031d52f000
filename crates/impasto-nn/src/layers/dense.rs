//! A fully connected layer.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use impasto_kernels::linear;

use crate::{Activation, Fill, Init};

/// `y = activation(x w + b)`.
#[derive(Module, Debug)]
pub struct Dense {
    /// `[inputs, outputs]`
    weight: Param<Tensor<2>>,
    /// `[outputs]`
    bias: Option<Param<Tensor<1>>>,
}

impl Dense {
    /// A layer with a bias that starts at zero.
    pub fn new(inputs: usize, outputs: usize, fill: Fill, init: &mut Init) -> Self {
        let bias = Some(init.weight([outputs], (inputs, outputs), Fill::Constant(0.0)));
        Self { bias, ..Self::without_bias(inputs, outputs, fill, init) }
    }

    /// A layer without a bias, for use before a norm or as an embedding of one-hot rows.
    pub fn without_bias(inputs: usize, outputs: usize, fill: Fill, init: &mut Init) -> Self {
        Self { weight: init.weight([inputs, outputs], (inputs, outputs), fill), bias: None }
    }

    /// `[inputs, outputs]`, outside of any gradient.
    pub fn weight(&self) -> Tensor<2> {
        let weight = self.weight.val();
        if weight.is_autodiff() { weight.inner() } else { weight }
    }

    /// `[n, inputs]` to `[n, outputs]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.activated(x, Activation::None)
    }

    /// The same with an activation, in one go.
    pub fn activated(&self, x: Tensor<2>, activation: Activation) -> Tensor<2> {
        linear(x, self.weight.val(), self.bias.as_ref().map(Param::val), activation.into())
    }

    /// The adjoint of its linear part: `[n, outputs]` to `[n, inputs]`.
    pub fn adjoint(&self, g: Tensor<2>) -> Tensor<2> {
        linear(g, self.weight.val().transpose(), None, Activation::None.into())
    }
}
