//! Activations by name.

use burn::tensor::Tensor;
use impasto_kernels::activate;
use serde::{Deserialize, Serialize};

/// What follows a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// Nothing.
    None,
    /// `max(x, 0)`.
    #[default]
    Relu,
    /// `x` above zero, `0.2 x` below: DCGAN's slope.
    Leaky,
    /// `x` above zero, `0.3 x` below: the slope of the tutorial nets.
    #[serde(rename = "leaky-0.3")]
    LeakyThird,
    /// Into (-1, 1).
    Tanh,
    /// Into (0, 1), then stretched to (-1, 1), the range that pictures have everywhere in Impasto.
    Sigmoid,
}

impl Activation {
    /// What all of them are called in settings.
    pub const NAMES: [&'static str; 6] = ["none", "relu", "leaky", "leaky-0.3", "tanh", "sigmoid"];

    /// Applies it.
    pub fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        activate(x, self.into())
    }
}

/// As the kernels name it, to be applied in the pass of the layer before it.
impl From<Activation> for impasto_kernels::Activation {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::None => Self::None,
            Activation::Relu => Self::Leaky(0.0),
            Activation::Leaky => Self::Leaky(0.2),
            Activation::LeakyThird => Self::Leaky(0.3),
            Activation::Tanh => Self::Tanh(1.0),
            // A sigmoid stretched to (-1, 1) is the tanh of half the argument.
            Activation::Sigmoid => Self::Tanh(0.5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{tensor, values};
    use burn::tensor::Device;

    fn apply(activation: Activation) -> Vec<f32> {
        values(activation.forward(tensor(vec![-2.0, 0.0, 1.0], [3], &Device::flex())))
    }

    #[test]
    fn each_activation_is_its_formula() {
        assert_eq!(apply(Activation::None), [-2.0, 0.0, 1.0]);
        assert_eq!(apply(Activation::Relu), [0.0, 0.0, 1.0]);
        assert_eq!(apply(Activation::Leaky), [-0.4, 0.0, 1.0]);
        assert_eq!(apply(Activation::LeakyThird), [-0.6, 0.0, 1.0]);
        assert!((apply(Activation::Tanh)[2] - 1f32.tanh()).abs() < 1e-6);
        // A stretched sigmoid is tanh of half the argument.
        assert!((apply(Activation::Sigmoid)[0] - (-1f32).tanh()).abs() < 1e-6);
    }
}
