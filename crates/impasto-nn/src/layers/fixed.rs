//! Layers of trained networks that only look: their weights come from a file and never change.

use burn::tensor::{Device, Tensor};
use impasto_kernels::{FixedWeight, Geometry, Pool, pool2d};

use crate::{Activation, tensor};

/// A convolution with a bias, and relu behind it unless another activation is asked for. Kernels may be longer than high.
#[derive(Debug, Clone)]
pub struct FixedConv {
    /// `[outputs, inputs, height, width]`
    weight: FixedWeight,
    /// `[outputs]`
    bias: Tensor<1>,
    geometry: Geometry,
    activation: Activation,
    is_mirrored: bool,
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
        let weight = FixedWeight::new(tensor(weight, shape, device));
        let bias = tensor(bias, [outputs], device);
        Self { weight, bias, geometry, activation: Activation::Relu, is_mirrored: false }
    }

    /// The same with another activation behind it.
    pub fn with(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The same with one more pixel on each side of a picture, which mirrors the one next to the border.
    pub fn mirrored(self) -> Self {
        Self { is_mirrored: true, ..self }
    }

    /// `[n, inputs, h, w]` to `[n, outputs, ...]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        if self.is_mirrored {
            let (bias, activation) = (Some(self.bias.clone()), self.activation.into());
            return self.weight.conv2d_mirrored(x, bias, self.geometry, activation);
        }
        self.weight.conv2d(x, Some(self.bias.clone()), self.geometry, self.activation.into())
    }

    /// The adjoint of its linear part, which takes a gradient from before the activation back to an input of this height
    /// and width, the mirrored frame included.
    pub fn adjoint(&self, gradient: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
        let [.., height, width] = gradient.dims();
        let Geometry { kernel, stride, padding, .. } = self.geometry;
        let reached = |side: usize, out: usize| (out - 1) * stride[side] + kernel[side];
        let added = |side: usize, out: usize| size[side] + 2 * padding[side] - reached(side, out);
        let added = [added(0, height), added(1, width)];
        self.weight.conv_transpose2d(gradient, self.geometry, added)
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

    #[test]
    fn the_adjoint_is_that_of_the_linear_part() {
        // <conv(x), y> = <x, adjoint(y)>, also where the stride leaves a row over.
        let device = Device::flex();
        let mut random = impasto_random::Random::new(1, "fixed", 0);
        for (stride, size, out) in [(1, [6, 7], [4, 5]), (2, [6, 7], [2, 3])] {
            let conv =
                FixedConv::new(random.normals(4 * 27), [4, 3, 3, 3], vec![0.0; 4], stride, [0; 2], &device);
            let conv = conv.with(Activation::None);
            let x = tensor(random.normals(3 * 42), [1, 3, size[0], size[1]], &device);
            let y = tensor(random.normals(4 * out[0] * out[1]), [1, 4, out[0], out[1]], &device);
            let there = crate::number((conv.forward(x.clone()) * y.clone()).sum());
            let back = crate::number((conv.adjoint(y, size) * x).sum());
            assert!((there - back).abs() < 1e-3 * there.abs().max(1.0), "{there} against {back}");
        }
    }
}
