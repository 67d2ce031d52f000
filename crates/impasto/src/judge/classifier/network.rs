//! The network: small enough to be trained in a minute.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::{Conv, ConvShape, Dense, Norm};
use impasto_nn::{Activation, Fill, Init, Mode};

use super::Shape;

/// Channels after each halving; the last one serves for all that follow.
const WIDTHS: [usize; 3] = [32, 64, 128];
/// The side at which halving ends.
const SMALLEST: usize = 4;

/// 3 x 3 convolutions that halve the side down to 4, one more that looks around, and a dense layer on the means.
#[derive(Module, Debug)]
pub(super) struct Net {
    convs: Vec<Conv>,
    norms: Vec<Norm>,
    head: Dense,
}

impl Net {
    pub(super) fn new(shape: Shape, init: &mut Init) -> Self {
        let mut table = Vec::new();
        let (mut side, mut inputs) = (shape.side, shape.channels);
        while side > SMALLEST {
            let outputs = WIDTHS[table.len().min(WIDTHS.len() - 1)];
            table.push((inputs, outputs, 2));
            (side, inputs) = (side.div_ceil(2), outputs);
        }
        let last = WIDTHS[WIDTHS.len() - 1];
        table.push((inputs, last, 1));
        let conv = |&(inputs, outputs, stride): &(usize, usize, usize)| {
            Conv::new(ConvShape::same(inputs, outputs, 3, stride).without_bias(), Fill::He, init)
        };
        let convs = table.iter().map(conv).collect();
        let norms = table.iter().map(|&(_, outputs, _)| Norm::new(outputs, init)).collect();
        Self { convs, norms, head: Dense::new(last, shape.kinds, Fill::Glorot, init) }
    }

    /// `[n, channels, side, side]` to logits `[n, kinds]`.
    pub(super) fn forward(&mut self, x: Tensor<4>, mode: &Mode<'_>) -> Tensor<2> {
        let mut x = x;
        for (conv, norm) in self.convs.iter().zip(&mut self.norms) {
            x = norm.forward(conv.forward(x), Activation::Leaky, mode);
        }
        let [n, channels, height, width] = x.dims();
        let means = x.reshape([n, channels, height * width]).mean_dim(2).reshape([n, channels]);
        self.head.forward(means)
    }
}
