//! Where first weights come from: our own random numbers, in the order in which layers are made.

use burn::module::Param;
use burn::tensor::{Device, Tensor};
use impasto_random::Random;

use crate::foresight::is_outline;
use crate::tensor;

/// How a weight starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    /// One value.
    Constant(f64),
    /// Normal with mean 0 and this deviation.
    Normal(f64),
    /// Glorot and Bengio's uniform: keeps variance through linear and tanh layers.
    Glorot,
    /// He and others' uniform: keeps variance through relu layers.
    He,
    /// The same, times this: for the branches of residual sums (Zhang and others, "Fixup initialization", 2019).
    HeTimes(f64),
}

/// Makes first weights.
#[derive(Debug, Clone)]
pub struct Init {
    device: Device,
    /// Nothing to draw from when the weights are about to be loaded: zeros are quicker.
    random: Option<Random>,
}

impl Init {
    /// Weights drawn from this stream.
    pub fn drawn(random: Random, device: &Device) -> Self {
        Self { device: device.clone(), random: Some(random) }
    }

    /// Zeros, to be loaded over.
    pub fn empty(device: &Device) -> Self {
        Self { device: device.clone(), random: None }
    }

    /// Where the weights will lie.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// A weight that is trained. `fans` are the inputs and outputs that one value of it connects.
    pub fn weight<const D: usize>(
        &mut self,
        shape: [usize; D],
        fans: (usize, usize),
        fill: Fill,
    ) -> Param<Tensor<D>> {
        if is_outline(&shape) {
            return self.outline();
        }
        let values = self.values(shape.iter().product(), fans, fill);
        Param::from_tensor(tensor(values, shape, &self.device))
    }

    /// A value that belongs to the network and is not trained, such as a running mean.
    pub fn buffer<const D: usize>(&self, shape: [usize; D], value: f32) -> Param<Tensor<D>> {
        if is_outline(&shape) {
            return self.outline().set_require_grad(false);
        }
        let values = vec![value; shape.iter().product()];
        Param::from_tensor(tensor(values, shape, &self.device)).set_require_grad(false)
    }

    /// A single number in place of a weight.
    fn outline<const D: usize>(&self) -> Param<Tensor<D>> {
        Param::from_tensor(tensor(vec![0.0], [1; D], &self.device))
    }

    fn values(&mut self, count: usize, (inputs, outputs): (usize, usize), fill: Fill) -> Vec<f32> {
        if let Fill::Constant(value) = fill {
            return vec![value as f32; count];
        }
        let Some(random) = self.random.as_mut() else { return vec![0.0; count] };
        match fill {
            Fill::Constant(value) => vec![value as f32; count],
            Fill::Normal(deviation) => {
                random.normals(count).into_iter().map(|v| v * deviation as f32).collect()
            }
            Fill::Glorot => {
                let bound = (6.0 / (inputs + outputs) as f64).sqrt();
                random.uniforms(count, -bound, bound)
            }
            Fill::He => self.values(count, (inputs, outputs), Fill::HeTimes(1.0)),
            Fill::HeTimes(times) => {
                let bound = times * (6.0 / inputs as f64).sqrt();
                random.uniforms(count, -bound, bound)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;

    fn deviation(fill: Fill) -> f64 {
        let mut init = Init::drawn(Random::new(1, "init", 0), &Device::flex());
        let drawn = values(init.weight([300, 100], (300, 100), fill).val());
        (drawn.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / drawn.len() as f64).sqrt()
    }

    #[test]
    fn fills_have_the_deviations_of_their_papers() {
        assert!((deviation(Fill::Normal(0.02)) - 0.02).abs() < 5e-4);
        assert!((deviation(Fill::Glorot) - (2.0f64 / 400.0).sqrt()).abs() < 1e-3);
        assert!((deviation(Fill::He) - (2.0f64 / 300.0).sqrt()).abs() < 1e-3);
        assert!((deviation(Fill::HeTimes(0.5)) - 0.5 * (2.0f64 / 300.0).sqrt()).abs() < 1e-3);
        assert_eq!(deviation(Fill::Constant(1.0)), 1.0);
    }

    #[test]
    fn an_empty_start_is_zero_but_keeps_constants() {
        let mut init = Init::empty(&Device::flex());
        assert!(values(init.weight([4], (1, 1), Fill::He).val()).iter().all(|&v| v == 0.0));
        assert!(values(init.weight([4], (1, 1), Fill::Constant(1.0)).val()).iter().all(|&v| v == 1.0));
    }
}
