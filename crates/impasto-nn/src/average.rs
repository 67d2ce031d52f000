//! A running average of a network's weights: what Impasto paints with.

use std::vec;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Shape, Tensor};
use impasto_kernels::blend;

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
        self.refresh(step, |averaging| network.visit(averaging));
    }

    /// Hands the averaged tensors to `work`, which must take in every tensor of the network in the network's order.
    pub(crate) fn refresh<R>(&mut self, step: u64, work: impl FnOnce(&mut Averaging) -> R) -> R {
        let keep = self.keep.min((1.0 + step as f64) / (10.0 + step as f64));
        // The network gives its tensors away, so that they have one owner and can be changed in place.
        let mut taken = Take::default();
        self.network = self.network.clone().map(&mut taken);
        let count = taken.values.len();
        let mut averaging = Averaging { keep, old: taken.values.into_iter(), new: Vec::with_capacity(count) };
        let answer = work(&mut averaging);
        assert_eq!(averaging.new.len(), count, "averaged tensors and tensors of the network");
        let mut put = Put { values: averaging.new.into_iter().zip(taken.shapes) };
        self.network = self.network.clone().map(&mut put);
        answer
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

/// The tensors of an average on their way from old to new.
pub(crate) struct Averaging {
    keep: f64,
    old: vec::IntoIter<Tensor<1>>,
    new: Vec<Tensor<1>>,
}

impl Averaging {
    /// The next tensor, and how much of it is kept; whoever takes it must [`put`](Self::put) one back.
    pub(crate) fn next(&mut self) -> Option<(Tensor<1>, f64)> {
        self.old.next().map(|old| (old, self.keep))
    }

    /// What the last tensor became.
    pub(crate) fn put(&mut self, new: Tensor<1>) {
        self.new.push(new);
    }

    /// The next tensor takes in this value.
    pub(crate) fn take_in<const D: usize>(&mut self, value: Tensor<D>) {
        if let Some((old, keep)) = self.next() {
            self.put(blend(old, value.inner().flatten(0, D - 1), keep));
        }
    }
}

impl ModuleVisitor for Averaging {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.take_in(param.val());
    }
}

/// Takes the tensors out of a network and leaves empty ones.
#[derive(Default)]
struct Take {
    values: Vec<Tensor<1>>,
    shapes: Vec<Shape>,
}

impl ModuleMapper for Take {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| {
            let device = old.device();
            self.shapes.push(old.shape());
            self.values.push(old.flatten(0, D - 1));
            Tensor::empty([0; D], &device)
        })
    }
}

/// Puts tensors back.
struct Put<I> {
    values: I,
}

impl<I: Iterator<Item = (Tensor<1>, Shape)>> ModuleMapper for Put<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some((values, shape)) = self.values.next() else { return param };
        param.map(|_| values.reshape(shape))
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
