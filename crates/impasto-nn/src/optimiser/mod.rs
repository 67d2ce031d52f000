//! Optimisers by name, with state that has names too, so that a run can be resumed to the bit.
//!
//! Burn's own optimisers key their state by numbers drawn at random when a network is made.

mod moved;

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor};
use impasto_kernels::Rule;
use serde::{Deserialize, Serialize};

use self::moved::{Memory, Moved, moved};
use crate::average::Averaging;
use crate::{Average, Exchange, tensor, values};

/// Which rule turns gradients into steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimiserKind {
    /// Kingma and Ba, 2015, with bias correction.
    #[default]
    Adam,
    /// Plain steps, with momentum `beta1`.
    Sgd,
    /// Tieleman and Hinton, 2012: the gradient over a running root mean square (share `beta2`).
    Rmsprop,
}

impl OptimiserKind {
    /// What all of them are called in settings.
    pub const NAMES: [&'static str; 3] = ["adam", "sgd", "rmsprop"];
}

/// The numbers that an optimiser needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptimiserSettings {
    /// The rule.
    pub kind: OptimiserKind,
    /// Learning rate.
    pub rate: f64,
    /// How much of the running mean of gradients is kept each step.
    pub beta1: f64,
    /// How much of the running mean of squares is kept each step.
    pub beta2: f64,
    /// A dense layer with more inputs than this learns slower, in proportion (0: all learn alike).
    ///
    /// Adam moves every weight equally far, so the sum over a wide layer's inputs moves in proportion to their number;
    /// Yang and Hu, "Tensor programs IV", 2021, give that up for a rate that shrinks as the layer grows.
    pub full_rate_inputs: usize,
    /// How much of each weight fades in a step, times the rate (Loshchilov and Hutter, "Decoupled weight decay", 2019).
    pub decay: f64,
}

impl Default for OptimiserSettings {
    fn default() -> Self {
        Self {
            kind: OptimiserKind::Adam,
            rate: 2e-4,
            beta1: 0.5,
            beta2: 0.999,
            full_rate_inputs: 0,
            decay: 0.0,
        }
    }
}

const EPSILON: f32 = 1e-8;

/// An optimiser and its memory of past gradients.
#[derive(Debug, Clone)]
pub struct Optimiser {
    settings: OptimiserSettings,
    /// The share of the rate at which it learns now.
    share: f64,
    steps: u64,
    /// By the weight's name.
    memory: BTreeMap<String, Memory>,
}

const MEMORY_NAMES: [&str; 2] = ["mean", "square"];

impl Optimiser {
    /// An optimiser that has seen nothing yet.
    pub fn new(settings: OptimiserSettings) -> Self {
        Self { settings, share: 1.0, steps: 0, memory: BTreeMap::new() }
    }

    /// One step: every tracked weight of the network moves against its gradient. Gives the norm of all gradients.
    pub fn step<M: Module>(&mut self, network: &mut M, gradients: Gradients) -> f64 {
        self.walk(network, gradients, None)
    }

    /// The same for a network that is averaged: the average takes in each weight while it is at hand, as
    /// [`Average::update`] would afterwards.
    pub fn step_averaged<M: Module>(
        &mut self,
        network: &mut M,
        gradients: Gradients,
        average: &mut Average<M>,
        step: u64,
    ) -> f64 {
        average.refresh(step, |averaging| self.walk(network, gradients, Some(averaging)))
    }

    fn walk<M: Module>(
        &mut self,
        network: &mut M,
        mut gradients: Gradients,
        averaging: Option<&mut Averaging>,
    ) -> f64 {
        self.steps += 1;
        let mut update = Update {
            path: Vec::new(),
            gradients: &mut gradients,
            // Times 1 is the rate to the bit.
            settings: OptimiserSettings { rate: self.settings.rate * self.share, ..self.settings },
            step: self.steps,
            memory: &mut self.memory,
            averaging,
            layer: None,
            squares: 0.0,
        };
        *network = network.clone().map(&mut update);
        update.squares.sqrt()
    }

    /// Learns at this share of its rate from now on; it is not part of what is saved.
    pub fn set_share(&mut self, share: f64) {
        self.share = share;
    }

    /// Has this rate from now on, and keeps so much of the running mean of squares; neither is part of what is saved.
    pub fn set_pace(&mut self, rate: f64, beta2: f64) {
        self.settings.rate = rate;
        self.settings.beta2 = beta2;
    }

    /// The count of steps, to be saved and restored.
    pub fn steps_mut(&mut self) -> &mut u64 {
        &mut self.steps
    }

    /// Shows the memory that it has of each trained weight of `network` as named tensors, like
    /// [`exchange`](crate::exchange).
    pub fn exchange<M: Module>(&mut self, network: &M, prefix: &str, each: &mut Exchange<'_>) {
        let mut trained = Trained::default();
        network.visit(&mut trained);
        for (name, size, device) in trained.found {
            let memory = self.memory.entry(name.clone()).or_default();
            for (slot, kind) in memory.iter_mut().zip(MEMORY_NAMES) {
                if !self.settings.remembers(kind) {
                    continue;
                }
                let old = slot.clone();
                let read = || old.clone().map_or_else(|| vec![0.0; size], values);
                if let Some(new) = each(&format!("{prefix}.{name}.{kind}"), &[size], &read) {
                    *slot = Some(tensor(new, [size], &device));
                }
            }
        }
    }
}

impl OptimiserSettings {
    /// The share of the rate at which a dense layer learns.
    fn share(&self, inputs: usize) -> f64 {
        if self.full_rate_inputs == 0 { 1.0 } else { (self.full_rate_inputs as f64 / inputs as f64).min(1.0) }
    }

    /// The numbers of this step, counted from 1, with a share of the rate.
    fn rule(&self, step: u64, share: f64) -> Rule {
        let Self { kind, rate, beta1, beta2, .. } = *self;
        let rate = rate * share;
        let shares = |keep: f64| [keep as f32, (1.0 - keep) as f32];
        // How far a running mean that began at zero has come.
        let risen = |beta: f64| 1.0 - beta.powf(step as f64);
        match kind {
            OptimiserKind::Adam => Rule::Adam {
                rate: (rate / risen(beta1)) as f32,
                root: risen(beta2).sqrt().recip() as f32,
                mean: shares(beta1),
                square: shares(beta2),
                epsilon: EPSILON,
            },
            OptimiserKind::Sgd => Rule::Momentum { rate: rate as f32, mean: [beta1 as f32, 1.0] },
            OptimiserKind::Rmsprop => {
                Rule::RootMeanSquare { rate: rate as f32, square: shares(beta2), epsilon: EPSILON }
            }
        }
    }

    fn remembers(&self, memory: &str) -> bool {
        match self.kind {
            OptimiserKind::Adam => true,
            OptimiserKind::Sgd => memory == MEMORY_NAMES[0],
            OptimiserKind::Rmsprop => memory == MEMORY_NAMES[1],
        }
    }
}

/// What is left of a weight.
fn faded<const D: usize>(weight: Tensor<D>, kept: f64) -> Tensor<D> {
    if kept == 1.0 { weight } else { weight.mul_scalar(kept) }
}

/// The name, size and device of every weight that takes gradients.
#[derive(Default)]
struct Trained {
    path: Vec<String>,
    found: Vec<(String, usize, Device)>,
}

impl ModuleVisitor for Trained {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let weight = param.val();
        if weight.is_require_grad() {
            let size = weight.shape().num_elements();
            self.found.push((self.path.join("."), size, weight.device().inner()));
        }
    }
}

struct Update<'a> {
    path: Vec<String>,
    gradients: &'a mut Gradients,
    settings: OptimiserSettings,
    step: u64,
    memory: &'a mut BTreeMap<String, Memory>,
    averaging: Option<&'a mut Averaging>,
    /// The path of the last dense layer, and its share of the rate.
    layer: Option<(Vec<String>, f64)>,
    squares: f64,
}

impl Update<'_> {
    /// A dense layer's bias, which follows its weight, has its share too; all else learns at the full rate.
    fn share<const D: usize>(&mut self, shape: [usize; D]) -> f64 {
        let parent = &self.path[..self.path.len().saturating_sub(1)];
        if D == 2 {
            self.layer = Some((parent.to_vec(), self.settings.share(shape[0])));
        }
        self.layer.as_ref().filter(|(path, _)| path == parent).map_or(1.0, |(_, share)| *share)
    }
}

impl ModuleMapper for Update<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = param.val().grad_remove(self.gradients) else {
            if let Some(averaging) = &mut self.averaging {
                averaging.take_in(param.val());
            }
            return param;
        };
        let share = self.share(gradient.dims());
        let rule = self.settings.rule(self.step, share);
        let kept = 1.0 - self.settings.rate * share * self.settings.decay;
        let memory = self.memory.entry(self.path.join(".")).or_default();
        param.map(|old| {
            let average = self.averaging.as_mut().and_then(|averaging| averaging.next());
            let Moved { weight, average, squares } =
                moved(rule, faded(old.inner(), kept), gradient, memory, average);
            self.squares += squares;
            if let (Some(averaging), Some(average)) = (&mut self.averaging, average) {
                averaging.put(average);
            }
            weight.autodiff().require_grad()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Dense;
    use crate::{Fill, Init, exchange, number};
    use impasto_random::Random;

    const START: f64 = 0.5;

    /// The loss `3 w`, whose gradient is 3 everywhere.
    fn train(kind: OptimiserKind, steps: usize) -> f64 {
        let settings =
            OptimiserSettings { kind, rate: 0.1, beta1: 0.5, beta2: 0.9, ..OptimiserSettings::default() };
        let device = Device::flex();
        let mut net = Dense::without_bias(1, 1, Fill::Constant(START), &mut Init::empty(&device)).train();
        let mut optimiser = Optimiser::new(settings);
        for _ in 0..steps {
            let loss = net.forward(Tensor::full([1, 1], 3.0, &device)).sum();
            let norm = optimiser.step(&mut net, loss.backward());
            assert!((norm - 3.0).abs() < 1e-6);
        }
        number(net.valid().forward(Tensor::ones([1, 1], &device)).sum())
    }

    #[test]
    fn sgd_with_momentum_is_its_closed_form() {
        // velocities 3, 4.5, 5.25
        assert!((train(OptimiserKind::Sgd, 3) - (START - 0.1 * 12.75)).abs() < 1e-6);
    }

    #[test]
    fn adam_walks_at_the_rate_under_a_constant_gradient() {
        assert!((train(OptimiserKind::Adam, 7) - (START - 0.7)).abs() < 1e-5);
    }

    #[test]
    fn half_the_share_is_half_the_way() {
        let settings = OptimiserSettings {
            kind: OptimiserKind::Sgd,
            rate: 0.1,
            beta1: 0.0,
            beta2: 0.9,
            ..OptimiserSettings::default()
        };
        let device = Device::flex();
        let walked = |share: f64| {
            let layer = Dense::without_bias(1, 1, Fill::Constant(START), &mut Init::empty(&device));
            let (mut net, mut optimiser) = (layer.train(), Optimiser::new(settings));
            optimiser.set_share(share);
            let loss = net.forward(Tensor::ones([1, 1], &device)).sum();
            optimiser.step(&mut net, loss.backward());
            START - number(net.valid().forward(Tensor::ones([1, 1], &device)).sum())
        };
        assert!((walked(1.0) - 0.1).abs() < 1e-6 && (walked(0.5) - 0.05).abs() < 1e-6);
    }

    #[test]
    fn weights_fade_in_proportion_to_the_rate() {
        let device = Device::flex();
        let settings = OptimiserSettings {
            kind: OptimiserKind::Sgd,
            rate: 0.1,
            beta1: 0.0,
            decay: 0.5,
            ..Default::default()
        };
        let mut net = Dense::without_bias(1, 1, Fill::Constant(START), &mut Init::empty(&device)).train();
        let loss = net.forward(Tensor::full([1, 1], 3.0, &device)).sum();
        Optimiser::new(settings).step(&mut net, loss.backward());
        let left = number(net.valid().forward(Tensor::ones([1, 1], &device)).sum());
        assert!((left - (START * (1.0 - 0.1 * 0.5) - 0.1 * 3.0)).abs() < 1e-6);
    }

    #[test]
    fn rmsprop_is_its_closed_form() {
        let walked: f64 = [0.1f64, 0.19].iter().map(|s| 0.1 * 3.0 / (9.0 * s).sqrt()).sum();
        assert!((train(OptimiserKind::Rmsprop, 2) - (START - walked)).abs() < 1e-5);
    }

    #[test]
    fn wide_dense_layers_learn_slower_and_their_biases_with_them() {
        let kind = OptimiserKind::Adam;
        let settings = OptimiserSettings {
            kind,
            rate: 0.1,
            beta1: 0.5,
            beta2: 0.9,
            full_rate_inputs: 2,
            ..OptimiserSettings::default()
        };
        let device = Device::flex();
        let step = |inputs: usize| {
            let layer = Dense::new(inputs, 1, Fill::Constant(0.0), &mut Init::empty(&device));
            let mut net = layer.train();
            let loss = net.forward(Tensor::ones([1, inputs], &device)).sum();
            Optimiser::new(settings).step(&mut net, loss.backward());
            let mut moved = Vec::new();
            exchange(&mut net, "", &mut |_, _, values| {
                moved.extend(values());
                None
            });
            moved
        };
        let near = |moved: Vec<f32>, by: f32| moved.iter().all(|v| (v + by).abs() < 1e-6);
        assert!(near(step(2), 0.1), "up to the limit all learn alike");
        assert!(near(step(8), 0.025), "four times as wide, a quarter of the rate");
    }

    #[test]
    fn a_restored_optimiser_goes_on_to_the_bit() {
        for kind in [OptimiserKind::Adam, OptimiserKind::Sgd, OptimiserKind::Rmsprop] {
            let device = Device::flex();
            let settings =
                OptimiserSettings { kind, rate: 0.1, beta1: 0.5, beta2: 0.9, ..OptimiserSettings::default() };
            let mut init = Init::drawn(Random::new(1, "net", 0), &device);
            let mut net = Dense::new(4, 4, Fill::He, &mut init).train();
            let mut optimiser = Optimiser::new(settings);
            let x = tensor(Random::new(2, "x", 0).normals(12), [3, 4], &device);
            let go = |net: &mut Dense, optimiser: &mut Optimiser| {
                let loss = net.forward(x.clone()).square().sum();
                optimiser.step(net, loss.backward());
            };
            (0..3).for_each(|_| go(&mut net, &mut optimiser));

            let mut saved = BTreeMap::new();
            optimiser.exchange(&net, "o", &mut |name, _, values| {
                saved.insert(name.to_owned(), values());
                None
            });
            let mut other = Optimiser::new(settings);
            *other.steps_mut() = 3;
            other.exchange(&net, "o", &mut |name, _, _| saved.get(name).cloned());
            let mut net2 = net.clone();
            go(&mut net, &mut optimiser);
            go(&mut net2, &mut other);
            let read = |net: &mut Dense| {
                let mut all = Vec::new();
                exchange(net, "", &mut |_, _, values| {
                    all.extend(values());
                    None
                });
                all
            };
            assert_eq!(read(&mut net), read(&mut net2), "{kind:?}");
        }
    }
}
