//! What every game of a GAN has: two networks that learn, the averaged generator that paints, and what is done to pictures
//! before the critic sees them.

use burn::module::Module;
use burn::tensor::{Device, Gradients, Tensor};
use impasto_nn::{Average, Optimiser, OptimiserSettings, tensor};

use super::augmenter::{AugmentConfig, Augmenter};
use crate::recipe::{Part, Progress, Scene, Side, Signs, Visitor};

/// Two networks at play.
pub(super) struct Players<G, C> {
    pub(super) generator: G,
    pub(super) critic: C,
    pub(super) augmenter: Augmenter,
    average: Average<G>,
    generator_optimiser: Optimiser,
    critic_optimiser: Optimiser,
}

impl<G: Module, C: Module> Players<G, C> {
    /// The generator with its optimiser, the critic with its own, and how much of the averaged generator is kept.
    pub(super) fn new(
        (generator, of_generator): (G, OptimiserSettings),
        (critic, of_critic): (C, OptimiserSettings),
        average: f64,
        augmentation: &AugmentConfig,
        scene: &Scene,
    ) -> Self {
        let (generator, critic) = (generator.train(), critic.train());
        Self {
            average: Average::new(&generator, average),
            generator_optimiser: Optimiser::new(of_generator),
            critic_optimiser: Optimiser::new(of_critic),
            augmenter: Augmenter::new(augmentation, scene),
            generator,
            critic,
        }
    }

    /// The averaged generator, which paints.
    pub(super) fn painter(&self) -> G {
        self.average.network()
    }

    /// Pictures as the critic sees them; every purpose has changes of its own.
    pub(super) fn shown(&self, purpose: &str, x: Tensor<4>, at: Progress) -> Tensor<4> {
        self.augmenter.draw(at, purpose, x.dims()[0]).apply(x)
    }

    /// Both sides learn at this rate from now on, and keep so much of their running means of squares.
    pub(super) fn set_pace(&mut self, rate: f64, beta2: f64) {
        for optimiser in [&mut self.generator_optimiser, &mut self.critic_optimiser] {
            optimiser.set_pace(rate, beta2);
        }
    }

    /// One step of the critic; gives the norm of its gradients.
    pub(super) fn teach_critic(&mut self, gradients: Gradients) -> f64 {
        self.critic_optimiser.step(&mut self.critic, gradients)
    }

    /// One step of the generator, which its average takes in; gives the norm of its gradients.
    pub(super) fn teach_generator(&mut self, gradients: Gradients, step: u64) -> f64 {
        let average = &mut self.average;
        self.generator_optimiser.step_averaged(&mut self.generator, gradients, average, step)
    }

    pub(super) fn signs(&self) -> Signs {
        let critic = Some(["real_accuracy", "fake_accuracy"]);
        Signs { critic, falls: None, losses: &["generator", "critic"] }
    }

    pub(super) fn set_rate(&mut self, side: Side, share: f64) -> bool {
        match side {
            Side::Painter => self.generator_optimiser.set_share(share),
            Side::Critic => self.critic_optimiser.set_share(share),
        }
        true
    }

    pub(super) fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.network(Part::Weights, "generator", self.average.network_mut());
        visitor.network(Part::State, "generator", &mut self.generator);
        visitor.network(Part::State, "critic", &mut self.critic);
        visitor.optimiser("generator_optimiser", &mut self.generator_optimiser, &self.generator);
        visitor.optimiser("critic_optimiser", &mut self.critic_optimiser, &self.critic);
        self.augmenter.visit(visitor);
    }
}

/// Latents of this size for a step: `[count, size]`.
pub(super) fn latents(count: usize, size: usize, at: Progress, device: &Device) -> Tensor<2> {
    tensor(at.random("latents").normals(count * size), [count, size], device)
}
