//! Instance normalisation (Ulyanov, Vedaldi and Lempitsky, 2016): as a batch norm in which every picture is a batch.

use std::collections::VecDeque;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use impasto_kernels::{batch_norm_apply, batch_norm_train};

use crate::{Activation, Fill, Init};

/// Keeps flat channels from being divided by zero.
const EPSILON: f64 = 1e-5;

/// Each channel of each picture is brought to mean 0 and variance 1, then scaled and shifted by learned numbers.
#[derive(Module, Debug)]
pub struct InstanceNorm {
    scale: Param<Tensor<1>>,
    shift: Param<Tensor<1>>,
}

/// Where the norms of a network have their means and variances from.
#[derive(Debug, Default)]
pub enum Moments {
    /// From each picture itself.
    #[default]
    Own,
    /// The same, and they are kept, one norm after the other.
    Kept(Vec<[Tensor<1>; 2]>),
    /// Those that were kept of another picture, for one that is alone: parts of a picture get those of the whole.
    Given(VecDeque<[Tensor<1>; 2]>),
}

impl InstanceNorm {
    /// A norm over this many channels.
    pub fn new(channels: usize, init: &mut Init) -> Self {
        Self {
            scale: init.weight([channels], (1, 1), Fill::Constant(1.0)),
            shift: init.weight([channels], (1, 1), Fill::Constant(0.0)),
        }
    }

    /// `[n, channels, h, w]` to the same shape; the activation that follows is applied in the same pass.
    ///
    /// # Panics
    /// When moments are given for fewer norms than there are, or for several pictures.
    pub fn forward(&self, x: Tensor<4>, activation: Activation, moments: &mut Moments) -> Tensor<4> {
        let shape = x.dims();
        let [n, channels, height, width] = shape;
        let each = [&self.scale, &self.shift].map(|param| param.val().repeat_dim(0, n));
        let planes = x.reshape([1, n * channels, height, width]);
        if let Moments::Given(given) = moments {
            let known = given.pop_front().expect("moments for every norm");
            return batch_norm_apply(planes, each, known, EPSILON, activation.into()).reshape(shape);
        }
        let [scale, shift] = each;
        let (out, own) = batch_norm_train(planes, scale, shift, EPSILON, activation.into());
        if let Moments::Kept(kept) = moments {
            kept.push(own);
        }
        out.reshape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{tensor, values};
    use burn::tensor::Device;
    use impasto_random::Random;

    fn pictures() -> Tensor<4> {
        let data = Random::new(1, "x", 0).normals(2 * 3 * 20).into_iter().enumerate();
        let data = data.map(|(at, v)| v * (1 + at / 20) as f32 + (at / 60) as f32).collect();
        tensor(data, [2, 3, 4, 5], &Device::flex())
    }

    fn norm() -> InstanceNorm {
        InstanceNorm::new(3, &mut Init::empty(&Device::flex()))
    }

    #[test]
    fn every_channel_of_every_picture_has_mean_nought_and_variance_one() {
        let out = values(norm().forward(pictures(), Activation::None, &mut Moments::Own));
        for plane in out.chunks_exact(20) {
            let mean = plane.iter().sum::<f32>() / 20.0;
            let variance = plane.iter().map(|value| value * value).sum::<f32>() / 20.0;
            assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-2, "{mean}, {variance}");
        }
    }

    #[test]
    fn moments_that_are_kept_do_the_same_for_a_part() {
        let norm = norm();
        let whole = pictures().narrow(0, 1, 1);
        let mut kept = Moments::Kept(Vec::new());
        let out = norm.forward(whole.clone(), Activation::Relu, &mut kept);
        let Moments::Kept(kept) = kept else { panic!("they were kept") };
        let mut given = Moments::Given(kept.into_iter().collect());
        let part = norm.forward(whole.narrow(2, 1, 2), Activation::Relu, &mut given);
        let far = values((part - out.narrow(2, 1, 2)).abs().max());
        assert!(far[0] < 1e-5, "{far:?}");
    }
}
