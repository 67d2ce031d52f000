//! What every game of a GAN has: two networks that learn, the averaged generator that paints, and what is done to pictures
//! before the critic sees them.

use burn::module::Module;
use burn::tensor::{Device, Gradients, Tensor};
use impasto_nn::loss::Adversarial;
use impasto_nn::{Average, Optimiser, OptimiserSettings, tensor};

use super::augmenter::Augmenter;
use crate::recipe::{Losses, Part, Progress, Side, Signs, Visitor};

/// Two networks at play.
pub(super) struct Players<G, C> {
    pub(super) generator: G,
    pub(super) critic: C,
    augmenter: Augmenter,
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
        augmenter: Augmenter,
    ) -> Self {
        let (generator, critic) = (generator.train(), critic.train());
        Self {
            average: Average::new(&generator, average),
            generator_optimiser: Optimiser::new(of_generator),
            critic_optimiser: Optimiser::new(of_critic),
            generator,
            critic,
            augmenter,
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

    /// Whether that may be other than they are.
    pub(super) fn are_augmented(&self) -> bool {
        self.augmenter.is_on()
    }

    /// Alters pictures as much as others have come to.
    pub(super) fn augment_like<H, D>(&mut self, others: &Players<H, D>) {
        self.augmenter.begin_like(&others.augmenter);
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

    /// Adds how often the critic was right, by its logits for real and for painted pictures, and how strongly pictures are
    /// altered, which follows that.
    pub(super) fn watch(&mut self, game: Adversarial, seen: &[Vec<f32>; 2], losses: &mut Losses) {
        let [real, painted] = accuracies(game, seen);
        losses.extend([("real_accuracy", real), ("fake_accuracy", painted)]);
        self.augmenter.report(losses);
        self.augmenter.observe(2.0 * real - 1.0, seen[0].len());
    }

    /// Alters pictures more from now on; false where that can't be.
    pub(super) fn raise_augmentation(&mut self) -> bool {
        self.augmenter.raise()
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

/// How often the critic is right about real and about painted pictures, from its logits for both.
fn accuracies(game: Adversarial, [real, painted]: &[Vec<f32>; 2]) -> [f64; 2] {
    if game == Adversarial::Relativistic {
        // It compares and decides nothing about a single picture: it is right about a pair, or wrong.
        let ahead: Vec<f32> = real.iter().zip(painted).map(|(real, painted)| real - painted).collect();
        return [share(&ahead, |ahead| ahead > 0.0); 2];
    }
    let boundary = game.boundary();
    [share(real, |logit| logit > boundary), share(painted, |logit| logit < boundary)]
}

/// The share of logits for which this is true.
fn share(logits: &[f32], right: impl Fn(f32) -> bool) -> f64 {
    logits.iter().filter(|&&logit| right(logit)).count() as f64 / logits.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_critic_that_compares_is_right_about_pairs() {
        let logits = [vec![5.0, 6.0, 7.0, 8.0], vec![4.0, 5.0, 6.0, 9.0]];
        assert_eq!(accuracies(Adversarial::Relativistic, &logits), [0.75, 0.75]);
        assert_eq!(accuracies(Adversarial::NonSaturating, &logits), [1.0, 0.0]);
        let logits = [vec![0.9, 0.4], vec![0.6, 0.1]];
        assert_eq!(accuracies(Adversarial::LeastSquares, &logits), [0.5, 0.5], "its boundary is one half");
    }
}
