//! Batch normalisation (Ioffe and Szegedy, 2015).

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use impasto_kernels::{batch_norm_apply, batch_norm_train};

use crate::{Activation, Fill, Init, Mode, values};

const EPSILON: f64 = 1e-5;
/// The share of a batch's statistics that goes into the running ones.
const MOMENTUM: f64 = 0.1;

/// Each channel is brought to mean 0 and variance 1 over the batch, then scaled and shifted by learned numbers.
///
/// It keeps its running statistics itself, which is why `forward` takes `&mut self`.
#[derive(Module, Debug)]
pub struct Norm {
    scale: Param<Tensor<1>>,
    shift: Param<Tensor<1>>,
    mean: Param<Tensor<1>>,
    variance: Param<Tensor<1>>,
}

impl Norm {
    /// A norm over this many channels.
    pub fn new(channels: usize, init: &mut Init) -> Self {
        Self {
            scale: init.weight([channels], (1, 1), Fill::Constant(1.0)),
            shift: init.weight([channels], (1, 1), Fill::Constant(0.0)),
            mean: init.buffer([channels], 0.0),
            variance: init.buffer([channels], 1.0),
        }
    }

    /// What painting multiplies each channel by.
    pub fn gains(&self) -> Vec<f32> {
        let [scale, variance] = [&self.scale, &self.variance].map(|param| values(param.val()));
        let gain = |(scale, variance): (&f32, f32)| scale / (variance + EPSILON as f32).sqrt();
        scale.iter().zip(variance).map(gain).collect()
    }

    /// `[n, channels, ...]` to the same shape; the activation that follows is applied in the same pass.
    pub fn forward<const D: usize>(
        &mut self,
        x: Tensor<D>,
        activation: Activation,
        mode: &Mode<'_>,
    ) -> Tensor<D> {
        let (scale, shift) = (self.scale.val(), self.shift.val());
        let activation = activation.into();
        if matches!(mode, Mode::Painting) {
            let running = [self.mean.val(), self.variance.val()];
            return batch_norm_apply(x, [scale, shift], running, EPSILON, activation);
        }
        let dims = x.dims();
        let values = dims.iter().product::<usize>() / dims[1];
        let (output, [mean, variance]) = batch_norm_train(x, scale, shift, EPSILON, activation);
        // The running variance estimates that of the whole set, so it is the unbiased one.
        let unbiased = values as f64 / (values.max(2) - 1) as f64;
        follow(&mut self.mean, mean);
        follow(&mut self.variance, variance.mul_scalar(unbiased));
        output
    }
}

fn follow(running: &mut Param<Tensor<1>>, batch: Tensor<1>) {
    *running = running.clone().map(|old| {
        let autodiff = old.is_autodiff();
        let new = old.inner().mul_scalar(1.0 - MOMENTUM) + batch.mul_scalar(MOMENTUM);
        if autodiff { new.autodiff() } else { new }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor;
    use burn::tensor::Device;
    use impasto_random::Random;

    #[test]
    fn training_normalises_each_channel_and_painting_uses_what_was_learned() {
        let device = Device::flex();
        let mut random = Random::new(1, "norm", 0);
        let data: Vec<f32> = random.normals(64 * 2 * 9).iter().map(|v| v * 3.0 + 5.0).collect();
        let x = tensor(data, [64, 2, 3, 3], &device);
        let mut norm = Norm::new(2, &mut Init::empty(&device));
        let mut dice = Random::new(0, "", 0);
        let out = values(norm.forward(x.clone(), Activation::None, &Mode::Training(&mut dice)));
        let mean = out.iter().sum::<f32>() / out.len() as f32;
        let variance = out.iter().map(|v| v * v).sum::<f32>() / out.len() as f32;
        assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "mean {mean}, variance {variance}");
        assert!((values(norm.mean.val())[0] - 0.5).abs() < 0.1, "a tenth of the way from 0 to 5");
        for _ in 0..100 {
            norm.forward(x.clone(), Activation::None, &Mode::Training(&mut dice));
        }
        let painted = values(norm.forward(x, Activation::None, &Mode::Painting));
        let worst = painted.iter().zip(&out).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 0.02, "running statistics have settled: {worst}");
        assert!(norm.gains().iter().all(|gain| (gain * 3.0 - 1.0).abs() < 0.1), "{:?}", norm.gains());
    }
}
