//! A running average of a network's weights: what Impasto paints with.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// An exponential moving average of a network, outside of any gradient.
///
/// The share that is kept grows as `(1 + t) / (10 + t)` up to its final value, so that the first, random weights are
/// soon forgotten. Running statistics of norms are averaged like weights.
#[derive(Debug, Clone)]
pub struct Average<M> {
    network: M,
    keep: f64,
}

impl<M: Module> Average<M> {
    /// Starts as a copy of the network.
    pub fn new(network: &M, keep: f64) -> Self {
        Self { network: network.valid(), keep }
    }

    /// Takes in the network as it is after `step` steps.
    pub fn update(&mut self, network: &M, step: u64) {
        let keep = self.keep.min((1.0 + step as f64) / (10.0 + step as f64));
        let mut values = Collect(Vec::new());
        network.visit(&mut values);
        let mut blend = Blend { values: values.0.into_iter(), keep };
        self.network = self.network.clone().map(&mut blend);
    }

    /// The averaged network, to paint with: a handle that shares the weights.
    pub fn network(&self) -> M {
        self.network.clone()
    }

    /// The averaged network, to save and load.
    pub fn network_mut(&mut self) -> &mut M {
        &mut self.network
    }
}

struct Collect(Vec<Tensor<1>>);

impl ModuleVisitor for Collect {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().inner().flatten(0, D - 1));
    }
}

struct Blend<I> {
    values: I,
    keep: f64,
}

impl<I: Iterator<Item = Tensor<1>>> ModuleMapper for Blend<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(new) = self.values.next() else { return param };
        let keep = self.keep;
        param.map(|old| {
            let shape = old.dims();
            old.mul_scalar(keep) + new.reshape(shape).mul_scalar(1.0 - keep)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Dense;
    use crate::{Fill, Init, number};
    use burn::tensor::Device;

    fn constant(value: f64) -> Dense {
        Dense::without_bias(1, 1, Fill::Constant(value), &mut Init::empty(&Device::flex()))
    }

    fn read(average: &Average<Dense>) -> f64 {
        number(average.network().forward(Tensor::ones([1, 1], &Device::flex())).sum())
    }

    #[test]
    fn late_steps_keep_the_final_share_and_early_ones_less() {
        let mut average = Average::new(&constant(1.0), 0.99);
        average.update(&constant(2.0), 1_000_000);
        assert!((read(&average) - 1.01).abs() < 1e-6);
        let mut average = Average::new(&constant(1.0), 0.99);
        average.update(&constant(2.0), 0);
        assert!((read(&average) - 1.9).abs() < 1e-6);
    }
}
