//! Convolution and transposed convolution with square kernels.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use impasto_kernels::{Geometry, conv_transpose2d, conv2d};

use crate::{Activation, Fill, Init};

/// The numbers that name a convolution.
#[derive(Debug, Clone, Copy)]
pub struct ConvShape {
    /// Channels in.
    pub inputs: usize,
    /// Channels out.
    pub outputs: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Step between windows (for a transposed convolution: how much larger the picture becomes).
    pub stride: usize,
    /// Zeros added (for a transposed convolution: cut off) on each side.
    pub padding: usize,
    /// For a transposed convolution: rows and columns added at the end.
    pub padding_out: usize,
    /// Whether a bias is added; there is no use for one before a norm.
    pub bias: bool,
    /// What lies beyond the border: zeros, or the picture's other side, which makes it a tile. Only for convolutions.
    pub wraps: bool,
}

impl ConvShape {
    /// A convolution that keeps the size, or divides it by the stride (multiplies it, when transposed).
    ///
    /// For even kernels the padding is that of the 4x4, stride 2 table of DCGAN.
    pub fn same(inputs: usize, outputs: usize, kernel: usize, stride: usize) -> Self {
        let padding = (kernel - 1) / 2;
        let padding_out = (stride + 2 * padding).saturating_sub(kernel);
        Self { inputs, outputs, kernel, stride, padding, padding_out, bias: true, wraps: false }
    }

    /// The same without a bias.
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    /// The same for a tile, or not.
    pub fn wrapping(self, wraps: bool) -> Self {
        Self { wraps, ..self }
    }

    fn geometry(&self) -> Geometry {
        Geometry::square(self.kernel, self.stride, self.padding)
    }

    /// Inputs and outputs that one value of the kernel connects.
    fn fans(&self) -> (usize, usize) {
        let area = self.kernel * self.kernel;
        (self.inputs * area, self.outputs * area)
    }
}

/// A convolution.
#[derive(Module, Debug)]
pub struct Conv {
    /// `[outputs, inputs, kernel, kernel]`
    weight: Param<Tensor<4>>,
    /// `[outputs]`
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    shape: ConvShape,
}

impl Conv {
    /// A layer with these numbers.
    pub fn new(shape: ConvShape, fill: Fill, init: &mut Init) -> Self {
        let ConvShape { inputs, outputs, kernel, .. } = shape;
        let weight = init.weight([outputs, inputs, kernel, kernel], shape.fans(), fill);
        Self { weight, bias: bias(shape, init), shape }
    }

    /// `[n, inputs, h, w]` to `[n, outputs, h / stride, w / stride]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.activated(x, Activation::None)
    }

    /// The same with an activation, in one go.
    pub fn activated(&self, x: Tensor<4>, activation: Activation) -> Tensor<4> {
        let bias = self.bias.as_ref().map(Param::val);
        let ConvShape { kernel, stride, padding, wraps, .. } = self.shape;
        if wraps {
            let geometry = Geometry::square(kernel, stride, 0);
            return conv2d(framed(x, padding), self.weight.val(), bias, geometry, activation.into());
        }
        conv2d(x, self.weight.val(), bias, self.shape.geometry(), activation.into())
    }

    /// The adjoint of its linear part: `[n, outputs, ..]` to `[n, inputs, size]`.
    ///
    /// # Panics
    /// When the convolution wraps.
    pub fn adjoint(&self, g: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
        assert!(!self.shape.wraps, "a convolution of tiles has no adjoint here");
        let [.., height, width] = g.dims();
        let ConvShape { kernel, stride, padding, .. } = self.shape;
        let added = |size: usize, side: usize| size + 2 * padding - kernel - (side - 1) * stride;
        let added = [added(size[0], height), added(size[1], width)];
        conv_transpose2d(g, self.weight.val(), None, self.shape.geometry(), added, Activation::None.into())
    }
}

/// A transposed convolution: the gradient of a convolution, used to make pictures larger.
#[derive(Module, Debug)]
pub struct ConvTranspose {
    /// `[inputs, outputs, kernel, kernel]`
    weight: Param<Tensor<4>>,
    /// `[outputs]`
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    shape: ConvShape,
}

impl ConvTranspose {
    /// A layer with these numbers.
    pub fn new(shape: ConvShape, fill: Fill, init: &mut Init) -> Self {
        let ConvShape { inputs, outputs, kernel, .. } = shape;
        let weight = init.weight([inputs, outputs, kernel, kernel], shape.fans(), fill);
        Self { weight, bias: bias(shape, init), shape }
    }

    /// `[n, inputs, h, w]` to `[n, outputs, h * stride, w * stride]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.activated(x, Activation::None)
    }

    /// The same with an activation, in one go.
    pub fn activated(&self, x: Tensor<4>, activation: Activation) -> Tensor<4> {
        let added = [self.shape.padding_out; 2];
        let bias = self.bias.as_ref().map(Param::val);
        conv_transpose2d(x, self.weight.val(), bias, self.shape.geometry(), added, activation.into())
    }
}

/// A tile with so much of its other sides around it.
fn framed(x: Tensor<4>, by: usize) -> Tensor<4> {
    [2, 3].into_iter().fold(x, |x, side| {
        let last = x.dims()[side] - by;
        let ends = [x.clone().narrow(side, last, by), x.clone().narrow(side, 0, by)];
        let [before, after] = ends;
        Tensor::cat(vec![before, x, after], side)
    })
}

fn bias(shape: ConvShape, init: &mut Init) -> Option<Param<Tensor<1>>> {
    shape.bias.then(|| init.weight([shape.outputs], shape.fans(), Fill::Constant(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{tensor, values};
    use burn::tensor::Device;
    use impasto_random::Random;

    fn init() -> Init {
        Init::drawn(Random::new(1, "conv", 0), &Device::flex())
    }

    #[test]
    fn strides_divide_and_multiply_the_size() {
        for (kernel, stride, size) in
            [(5, 1, 7usize), (5, 2, 14), (5, 2, 28), (4, 2, 64), (3, 2, 32), (3, 1, 9)]
        {
            let x = Tensor::<4>::ones([2, 3, size, size], &Device::flex());
            let shape = ConvShape::same(3, 4, kernel, stride);
            let down = Conv::new(shape, Fill::He, &mut init()).forward(x.clone());
            assert_eq!(down.dims(), [2, 4, size.div_ceil(stride), size.div_ceil(stride)]);
            let up = ConvTranspose::new(shape, Fill::He, &mut init()).forward(x);
            assert_eq!(up.dims(), [2, 4, size * stride, size * stride], "kernel {kernel}");
        }
    }

    #[test]
    fn a_wrapping_convolution_sees_the_tiles_around_it() {
        let shape = ConvShape::same(2, 3, 3, 1);
        let [plain, wrapping] =
            [false, true].map(|wraps| Conv::new(shape.wrapping(wraps), Fill::He, &mut init()));
        let x = tensor(Random::new(2, "x", 0).normals(2 * 5 * 4), [1, 2, 5, 4], &Device::flex());
        let tiles = x.clone().repeat(&[1, 1, 3, 3]);
        let middle = plain.forward(tiles).slice([0..1, 0..3, 5..10, 4..8]);
        let (middle, wrapped) = (values(middle), values(wrapping.forward(x)));
        assert!(middle.iter().zip(&wrapped).all(|(a, b)| (a - b).abs() < 1e-5), "{middle:?}, {wrapped:?}");
    }

    #[test]
    fn a_transposed_convolution_is_the_adjoint_of_the_convolution() {
        // <conv(x), y> = <x, transposed(y)> when both have the same kernel.
        let device = Device::flex();
        let mut random = Random::new(2, "adjoint", 0);
        let kernel = tensor(random.normals(4 * 3 * 25), [4, 3, 5, 5], &device);
        let x = tensor(random.normals(3 * 64), [1, 3, 8, 8], &device);
        let y = tensor(random.normals(4 * 16), [1, 4, 4, 4], &device);
        let shape = ConvShape::same(3, 4, 5, 2).without_bias();
        let mut conv = Conv::new(shape, Fill::He, &mut init());
        conv.weight = Param::from_tensor(kernel.clone());
        let shape = ConvShape::same(4, 3, 5, 2).without_bias();
        let mut up = ConvTranspose::new(shape, Fill::He, &mut init());
        up.weight = Param::from_tensor(kernel);
        let left = values((conv.forward(x.clone()) * y.clone()).sum())[0];
        let right = values((up.forward(y) * x).sum())[0];
        assert!((left - right).abs() < 1e-3 * left.abs().max(1.0), "{left} against {right}");
    }
}
