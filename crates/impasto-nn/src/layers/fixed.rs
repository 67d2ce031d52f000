//! Layers of trained networks that only look: their weights come from a file and never change.

use burn::tensor::{Device, Tensor};
use impasto_kernels::{Geometry, Pool, conv2d, pool2d};

use crate::{Activation, tensor};

/// A convolution with a bias, and relu behind it. Kernels may be longer than high.
#[derive(Debug, Clone)]
pub struct FixedConv {
    /// `[outputs, inputs, height, width]`
    weight: Tensor<4>,
    /// `[outputs]`
    bias: Tensor<1>,
    geometry: Geometry,
}

impl FixedConv {
    /// A convolution with these weights, row by row: `[outputs, inputs, height, width]` and `[outputs]`.
    ///
    /// # Panics
    /// When there are more or fewer values than the shape says.
    pub fn new(
        weight: Vec<f32>,
        shape: [usize; 4],
        bias: Vec<f32>,
        stride: usize,
        padding: [usize; 2],
        device: &Device,
    ) -> Self {
        let [outputs, _, height, width] = shape;
        let geometry =
            Geometry { kernel: [height, width], stride: [stride; 2], padding, dilation: [1; 2], groups: 1 };
        Self { weight: tensor(weight, shape, device), bias: tensor(bias, [outputs], device), geometry }
    }

    /// `[n, inputs, h, w]` to `[n, outputs, ...]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        conv2d(x, self.weight.clone(), Some(self.bias.clone()), self.geometry, Activation::Relu.into())
    }
}

/// The greatest value of each square window; nothing counts outside of the picture.
pub fn max_pool(x: Tensor<4>, kernel: usize, stride: usize, padding: usize) -> Tensor<4> {
    pool2d(x, Pool::Max, kernel, stride, padding)
}

/// The mean of each square window's values inside of the picture.
pub fn mean_pool(x: Tensor<4>, kernel: usize, stride: usize, padding: usize) -> Tensor<4> {
    pool2d(x, Pool::Mean, kernel, stride, padding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;

    #[test]
    fn long_kernels_look_along_one_side() {
        let device = Device::flex();
        // Each output is the sum of a pixel's row, three wide, less one.
        let conv = FixedConv::new(vec![1.0; 3], [1, 1, 1, 3], vec![-1.0], 1, [0, 1], &device);
        let x = tensor(vec![1.0, 2.0, 3.0, 0.0, 0.0, -5.0], [1, 1, 2, 3], &device);
        assert_eq!(values(conv.forward(x)), [2.0, 5.0, 4.0, 0.0, 0.0, 0.0]);
    }
}
