//! The game of `painter`: a relativistic loss, both gradient penalties, and one look at the paintings for both sides.
//!
//! Huang and others, "The GAN is dead; long live the GAN!", 2024: each painted picture is compared with a real one, and
//! the critic's input gradient is kept small at real (R1) and at painted pictures (R2). That the critic is made of
//! straight pieces makes the penalties exact with first order gradients, see [`Trace`].
//!
//! Differs from the paper: the penalties look at a share of each batch, another one each step, instead of all of it; and
//! both sides learn from the same look: the critic's gradient for a painted picture is the generator's, but for a factor
//! that is known from the two logits, so it is not computed a second time.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::Trace;
use impasto_nn::loss::Adversarial;
use impasto_nn::{Average, Optimiser, OptimiserKind, OptimiserSettings, frozen, number, tensor, values};
use serde::{Deserialize, Serialize};

use crate::recipe::{Batch, Losses, Paint, Part, Progress, Recipe, Side, Signs, Skills, Visitor};
use crate::settings::{ConfigError, check_range, check_widths};

/// A network that paints; the latent enters at several levels.
pub(super) trait Generator: Module {
    /// How many levels.
    fn levels(&self) -> usize;

    /// `[n, latent]` for each level, or one for all (and `[n, classes]`), to `[n, channels, height, width]`.
    fn paint(&self, latents: &[Tensor<2>], classes: Option<Tensor<2>>) -> Tensor<4>;
}

/// A network of straight pieces that tells real from painted.
pub(super) trait Critic: Module {
    /// `[n, channels, height, width]` (and `[n, classes]`) to logits `[n, 1]`, high for real.
    fn judge(&self, x: Tensor<4>, classes: Option<Tensor<2>>, trace: &mut Trace) -> Tensor<2>;

    /// The gradients of the logits, times `[n, 1]`, for the pictures that left this trace.
    fn slope(&self, ones: Tensor<2>, classes: Option<Tensor<2>>, trace: &mut Trace) -> Tensor<4>;
}

/// The settings of the game.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DuelConfig {
    /// Numbers in a latent.
    pub latent: usize,
    pub loss: Adversarial,
    /// Weight of the gradient penalty at real pictures, at first.
    pub r1: f64,
    /// The same at painted pictures.
    pub r2: f64,
    /// The share of each batch that the penalties look at.
    pub penalty_share: f64,
    /// What becomes of both weights over the burn-in.
    pub penalty_fall: f64,
    /// Learning rate of both sides.
    pub rate: f64,
    /// What becomes of it over the burn-in.
    pub rate_fall: f64,
    pub beta1: f64,
    pub beta2: f64,
    /// Pictures over which weights and rate change, in thousands.
    pub burn_in: f64,
    /// How much of the averaged generator is kept each step.
    pub average: f64,
    pub alternating: bool,
}

impl Default for DuelConfig {
    fn default() -> Self {
        Self {
            latent: 64,
            loss: Adversarial::Relativistic,
            r1: 0.5,
            r2: 0.5,
            penalty_share: 0.25,
            penalty_fall: 0.1,
            rate: 2e-4,
            rate_fall: 0.25,
            beta1: 0.0,
            beta2: 0.99,
            burn_in: 1000.0,
            average: 0.999,
            alternating: false,
        }
    }
}

impl DuelConfig {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        check_range(&[("beta1", self.beta1), ("beta2", self.beta2), ("average", self.average)], 0.0..1.0)?;
        check_range(&[("rate", self.rate)], f64::MIN_POSITIVE..1.0)?;
        check_range(&[("r1", self.r1), ("r2", self.r2)], 0.0..1e6)?;
        check_widths(&[("latent", &[self.latent])])
    }

    /// From 1 to `fall` along half a wave over the burn-in.
    fn fallen(&self, fall: f64, images: u64) -> f64 {
        let share = (images as f64 / 1000.0 / self.burn_in.max(1e-9)).min(1.0);
        fall + (1.0 - fall) * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
    }
}

/// Two networks at play.
pub(super) struct Duel<G, C> {
    config: DuelConfig,
    generator: G,
    critic: C,
    average: Average<G>,
    generator_optimiser: Optimiser,
    critic_optimiser: Optimiser,
    shares: [f64; 2],
}

impl<G: Generator, C: Critic> Duel<G, C> {
    pub(super) fn new(config: DuelConfig, generator: G, critic: C) -> Self {
        let (generator, critic) = (generator.train(), critic.train());
        let DuelConfig { rate, beta1, beta2, .. } = config;
        let settings =
            OptimiserSettings { kind: OptimiserKind::Adam, rate, beta1, beta2, full_rate_inputs: 0 };
        Self {
            average: Average::new(&generator, config.average),
            generator_optimiser: Optimiser::new(settings),
            critic_optimiser: Optimiser::new(settings),
            config,
            generator,
            critic,
            shares: [1.0; 2],
        }
    }
}

impl<G: Generator, C: Critic> Recipe for Duel<G, C> {
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        let config = self.config.clone();
        let game = config.loss;
        let Batch { pictures: real, classes } = batch;
        let (n, device) = (batch.len(), real.device());
        let rate = config.fallen(config.rate_fall, at.images);
        self.generator_optimiser.set_share(rate * self.shares[0]);
        self.critic_optimiser.set_share(rate * self.shares[1]);

        let z = tensor(at.random("latents").normals(n * config.latent), [n, config.latent], &device);
        let painted = self.generator.paint(&[z], classes.clone());
        let leaf = painted.clone().inner().autodiff();
        let leaf = if config.alternating { leaf } else { leaf.require_grad() };
        let seen = Tensor::cat(vec![leaf.clone(), real.clone().autodiff()], 0);
        let both = classes.clone().map(|classes| Tensor::cat(vec![classes.clone(), classes], 0));
        let mut trace = Trace::kept();
        let logits = self.critic.judge(seen, both.clone(), &mut trace);
        let [on_painted, on_real] = [0, n].map(|at| logits.clone().narrow(0, at, n));
        let [seen_painted, seen_real] = [&on_painted, &on_real].map(|t| values(t.clone().inner()));

        let loss = game.critic(on_real.clone(), on_painted);
        let looked = ((n as f64 * config.penalty_share).ceil() as usize).clamp(1, n);
        let ones = Tensor::<2>::ones([2 * looked, 1], &device).autodiff();
        let some = both.map(|classes| classes.narrow(0, n - looked, 2 * looked));
        let slope = self.critic.slope(ones, some, &mut trace.of(n - looked..n + looked));
        let squares: Tensor<2> = slope.square().flatten::<2>(1, 3).sum_dim(1);
        let [r2, r1] = [0, looked].map(|at| squares.clone().narrow(0, at, looked).mean());
        let weight = 0.5 * config.fallen(config.penalty_fall, at.images);
        let total = loss.clone()
            + r1.clone().mul_scalar(weight * config.r1)
            + r2.clone().mul_scalar(weight * config.r2);
        let mut gradients = total.backward();
        let back = if config.alternating { None } else { leaf.grad_remove(&mut gradients) };
        let critic_norm = self.critic_optimiser.step(&mut self.critic, gradients);

        let (generator_loss, gradients) = match back {
            Some(back) => {
                let turn: Vec<f32> = seen_real
                    .iter()
                    .zip(&seen_painted)
                    .map(|(r, f)| -(r - f).clamp(-40.0, 40.0).exp())
                    .collect();
                let turn = tensor(turn, [n, 1, 1, 1], &device);
                let wanted = (back * turn).autodiff();
                let value = seen_real
                    .iter()
                    .zip(&seen_painted)
                    .map(|(r, f)| f64::from((r - f).max(0.0)) + f64::from((-(r - f).abs()).exp().ln_1p()))
                    .sum::<f64>()
                    / n as f64;
                (value, (painted * wanted).sum().backward())
            }
            None => {
                let critic = frozen(&self.critic);
                let on_painted = critic.judge(painted, classes.clone(), &mut Trace::default());
                let loss = game.generator(on_painted, || on_real.detach());
                (number(loss.clone().inner()), loss.backward())
            }
        };
        let generator_norm = self.generator_optimiser.step_averaged(
            &mut self.generator,
            gradients,
            &mut self.average,
            at.step,
        );
        let ahead = seen_real.iter().zip(&seen_painted).filter(|(real, painted)| real > painted).count();
        let right = ahead as f64 / n as f64;
        vec![
            ("generator", generator_loss),
            ("critic", number(loss.inner())),
            ("r1", number(r1.inner())),
            ("r2", number(r2.inner())),
            ("real_accuracy", right),
            ("fake_accuracy", right),
            ("generator_gradient", generator_norm),
            ("critic_gradient", critic_norm),
        ]
    }

    fn signs(&self) -> Signs {
        let critic = Some(["real_accuracy", "fake_accuracy"]);
        Signs { critic, falls: None, losses: &["generator", "critic"] }
    }

    fn set_rate(&mut self, side: Side, share: f64) -> bool {
        self.shares[usize::from(side == Side::Critic)] = share;
        true
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.network(Part::Weights, "generator", self.average.network_mut());
        visitor.network(Part::State, "generator", &mut self.generator);
        visitor.network(Part::State, "critic", &mut self.critic);
        visitor.optimiser("generator_optimiser", &mut self.generator_optimiser, &self.generator);
        visitor.optimiser("critic_optimiser", &mut self.critic_optimiser, &self.critic);
    }

    fn skills(&self) -> Skills<'_> {
        Skills { paint: Some(self), ..Skills::default() }
    }
}

impl<G: Generator, C: Critic> Paint for Duel<G, C> {
    fn latent_size(&self) -> usize {
        self.config.latent
    }

    fn paint(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<4> {
        self.average.network().paint(&[latents], classes).clamp(-1.0, 1.0)
    }
}
