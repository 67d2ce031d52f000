//! A network that turns pictures into latents and back: dense layers, with convolutions before and after on request.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::Activation::Relu;
use impasto_nn::Fill;
use impasto_nn::layers::{Conv, ConvShape, ConvTranspose, Dense};
use serde::{Deserialize, Serialize};

use super::parts::{halvings, inputs, stack, with_classes};
use crate::recipe::{Entrance, Scene};

/// What it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Dense,
    Conv,
}

/// Its numbers.
pub(super) struct Layout<'a> {
    pub(super) kind: Kind,
    /// Channels of the first convolution.
    pub(super) width: usize,
    /// Widths of the encoder's dense layers; the decoder has them backwards.
    pub(super) widths: &'a [usize],
    /// Numbers in a latent.
    pub(super) latent: usize,
}

/// Encoder and decoder; the convolutions are empty in a dense one.
#[derive(Module, Debug)]
pub(super) struct Autoencoder {
    downs: Vec<Conv>,
    encoder: Vec<Dense>,
    middle: Dense,
    log_variance: Dense,
    decoder: Vec<Dense>,
    last: Dense,
    ups: Vec<ConvTranspose>,
    /// Of a picture.
    #[module(skip)]
    shape: [usize; 3],
    /// Of what the last dense layer gives.
    #[module(skip)]
    base: [usize; 3],
}

impl Autoencoder {
    pub(super) fn new(layout: &Layout<'_>, scene: &Scene) -> Self {
        let mut init = scene.init("autoencoder");
        let shape = [scene.channels, scene.height, scene.width];
        let shapes = match layout.kind {
            Kind::Dense => vec![shape],
            Kind::Conv => halvings(shape, layout.width),
        };
        let conv = |pair: &[[usize; 3]]| ConvShape::same(pair[0][0], pair[1][0], 4, 2);
        let back = |pair: &[[usize; 3]]| ConvShape::same(pair[1][0], pair[0][0], 4, 2);
        let base = *shapes.last().unwrap_or(&shape);
        let flat = base.iter().product();
        let deepest = layout.widths[layout.widths.len() - 1];
        let backwards: Vec<usize> = layout.widths.iter().rev().copied().collect();
        Self {
            downs: shapes.windows(2).map(|pair| Conv::new(conv(pair), Fill::He, &mut init)).collect(),
            encoder: stack(inputs(flat, scene), layout.widths, &mut init),
            middle: Dense::new(deepest, layout.latent, Fill::Glorot, &mut init),
            log_variance: Dense::new(deepest, layout.latent, Fill::Glorot, &mut init),
            decoder: stack(inputs(layout.latent, scene), &backwards, &mut init),
            last: Dense::new(layout.widths[0], flat, Fill::Glorot, &mut init),
            ups: shapes
                .windows(2)
                .rev()
                .map(|pair| ConvTranspose::new(back(pair), Fill::He, &mut init))
                .collect(),
            shape,
            base,
        }
    }

    /// Of a picture: channels, height, width.
    pub(super) fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// `[n, pixels]` in [0, 1] to means and log-variances, `[n, latent]` each.
    pub(super) fn encode(&self, x: Tensor<2>, classes: Option<Tensor<2>>) -> (Tensor<2>, Tensor<2>) {
        let [n, _] = x.dims();
        let [channels, height, width] = self.shape;
        let mut x = x.reshape([n, channels, height, width]);
        for down in &self.downs {
            x = Relu.forward(down.forward(x)); // [n, more channels, h / 2, w / 2]
        }
        let mut x = with_classes(x.flatten(1, 3), classes);
        for layer in &self.encoder {
            x = Relu.forward(layer.forward(x));
        }
        (self.middle.forward(x.clone()), self.log_variance.forward(x).clamp(-12.0, 12.0))
    }

    /// The weights that a latent meets first.
    pub(super) fn entrance(&self, latent: usize) -> Entrance {
        let layer = self.decoder.first().unwrap_or(&self.last);
        Entrance::through(0, layer, latent, &vec![1.0; layer.weight().dims()[1]])
    }

    /// What the decoder's first layer makes of latents.
    pub(super) fn first(&self, z: Tensor<2>, classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
        Some(Relu.forward(self.decoder.first()?.forward(with_classes(z, classes))))
    }

    /// `[n, latent]` to logits `[n, pixels]`.
    pub(super) fn decode(&self, z: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<2> {
        let [n, _] = z.dims();
        let mut x = with_classes(z, classes);
        for layer in &self.decoder {
            x = Relu.forward(layer.forward(x));
        }
        let [channels, height, width] = self.base;
        let mut x = self.last.forward(x).reshape([n, channels, height, width]);
        for up in &self.ups {
            x = up.forward(Relu.forward(x)); // [n, fewer channels, 2 h, 2 w]
        }
        x.flatten(1, 3)
    }
}
