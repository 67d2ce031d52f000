//! The game that all GANs here play: two networks, two optimisers, one averaged generator.
//!
//! Goodfellow and others, "Generative adversarial nets", 2014. One painting of the generator serves both sides: the
//! critic learns from it first, then the generator learns from the critic as it has become, which is held constant so
//! that no gradient of its weights is computed and thrown away.
//!
//! What the critic sees, real and painted and in both lessons, may be [augmented](super::augmenter) first.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::loss::Adversarial;
use impasto_nn::{Mode, OptimiserKind, OptimiserSettings, frozen, number, values};

use super::augmenter::{AugmentConfig, Augmenter};
use super::players::{Players, latents};
use crate::recipe::{Batch, Entrance, Losses, Paint, Progress, Recipe, Scene, Side, Signs, Skills, Visitor};
use crate::settings::{ABOVE_0, Allowed, one_of, settings, within};

/// A network that paints.
pub(super) trait Generator: Module {
    /// `[n, latent]` (and `[n, classes]`) to `[n, channels, height, width]`.
    fn paint(&mut self, z: Tensor<2>, classes: Option<Tensor<2>>, mode: &mut Mode<'_>) -> Tensor<4>;

    /// At how many places a latent enters: [`Paint::levels`].
    fn levels(&self) -> usize {
        1
    }

    /// Paints with a latent for each level: [`Paint::paint_levels`].
    fn paint_levels(
        &mut self,
        z: &[Tensor<2>],
        classes: Option<Tensor<2>>,
        mode: &mut Mode<'_>,
    ) -> Tensor<4> {
        self.paint(z[0].clone(), classes, mode)
    }

    /// The weights that a latent of this size meets first: [`Paint::entrances`].
    fn entrances(&self, _latent: usize) -> Vec<Entrance> {
        Vec::new()
    }

    /// What the first layer makes of latents, when painting: [`Paint::first`].
    fn first(&mut self, _z: Tensor<2>, _classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
        None
    }
}

/// A network that tells real from painted.
pub(super) trait Critic: Module {
    /// `[n, channels, height, width]` (and `[n, classes]`) to logits `[n, 1]`, high for real.
    fn judge(&mut self, x: Tensor<4>, classes: Option<Tensor<2>>, mode: &mut Mode<'_>) -> Tensor<2>;
}

settings! {
    /// The settings of two networks at play.
    pub(super) struct GameConfig {
        /// Numbers in a latent. More give room for more variety, and take a little longer to fill with sense.
        latent: usize = 100, Allowed::Widths;
        /// What both sides want.
        @basic
        loss: Adversarial = Adversarial::default(), one_of(&Adversarial::NAMES);
        /// How steps follow from gradients.
        optimiser: OptimiserKind = OptimiserKind::default(), one_of(&OptimiserKind::NAMES);
        /// Learning rate of the generator. Lower it where pictures flicker from sheet to sheet.
        @basic
        rate: f64 = 2e-4, within(ABOVE_0..1.0);
        /// Learning rate of the discriminator. Raise it where the alarm says that it is too weak, lower it where it is too strong.
        @basic
        critic_rate: f64 = 2e-4, within(ABOVE_0..1.0);
        /// How much of the running mean of gradients is kept each step.
        beta1: f64 = 0.5, within(0.0..1.0);
        /// How much of the running mean of their squares is kept each step.
        beta2: f64 = 0.999, within(0.0..1.0);
        /// Dense layers with more inputs than this learn slower, in proportion (0: all learn alike).
        full_rate_inputs: usize = 0;
        /// How much of each weight fades in a step, times the rate.
        decay: f64 = 0.0, within(0.0..1e9);
        /// How much of the averaged generator is kept each step.
        average: f64 = 0.995, within(0.0..1.0);
        ..augmentation: AugmentConfig = AugmentConfig::default();
    }
}

/// Two networks at play.
pub(super) struct Game<G, C> {
    config: GameConfig,
    players: Players<G, C>,
}

impl<G: Generator, C: Critic> Game<G, C> {
    pub(super) fn new(config: GameConfig, scene: &Scene, generator: G, critic: C) -> Self {
        let settings = |rate| OptimiserSettings {
            kind: config.optimiser,
            rate,
            beta1: config.beta1,
            beta2: config.beta2,
            full_rate_inputs: config.full_rate_inputs,
            decay: config.decay,
        };
        let generator = (generator, settings(config.rate));
        let critic = (critic, settings(config.critic_rate));
        let augmenter = Augmenter::new(&config.augmentation, scene);
        let players = Players::new(generator, critic, config.average, augmenter);
        Self { config, players }
    }
}

impl<G: Generator, C: Critic> Recipe for Game<G, C> {
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        let Batch { pictures: real, classes } = batch;
        let game = self.config.loss;
        let mut random = at.random("dropout");
        let mut mode = Mode::Training(&mut random);

        let z = latents(batch.len(), self.config.latent, at, &real.device());
        let painted = self.players.generator.paint(z, classes.clone(), &mut mode);
        let shown = self.players.shown("real", real.clone(), at);
        let on_real = self.players.critic.judge(shown, classes.clone(), &mut mode);
        let shown = self.players.shown("painted", painted.clone().inner(), at);
        let on_painted = self.players.critic.judge(shown, classes.clone(), &mut mode);
        let seen = [on_real.clone().inner(), on_painted.clone().inner()].map(values);
        let critic_loss = game.critic(on_real, on_painted);
        let critic_norm = self.players.teach_critic(critic_loss.backward());

        let mut critic = frozen(&self.players.critic);
        let shown = self.players.shown("painted again", painted, at);
        let on_painted = critic.judge(shown, classes.clone(), &mut mode);
        let generator_loss = game.generator(on_painted, || {
            let shown = self.players.shown("real again", real.clone(), at);
            critic.judge(shown, classes.clone(), &mut mode)
        });
        let gradients = generator_loss.backward();
        let generator_norm = self.players.teach_generator(gradients, at.step);

        let mut losses = vec![
            ("generator", number(generator_loss.inner())),
            ("critic", number(critic_loss.inner())),
            ("generator_gradient", generator_norm),
            ("critic_gradient", critic_norm),
        ];
        self.players.watch(game, &seen, &mut losses);
        losses
    }

    fn signs(&self) -> Signs {
        self.players.signs()
    }

    fn set_rate(&mut self, side: Side, share: f64) -> bool {
        self.players.set_rate(side, share)
    }

    fn raise_augmentation(&mut self) -> bool {
        self.players.raise_augmentation()
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.players.visit(visitor);
    }

    fn skills(&self) -> Skills<'_> {
        Skills { paint: Some(self), ..Skills::default() }
    }
}

impl<G: Generator, C: Critic> Paint for Game<G, C> {
    fn latent_size(&self) -> usize {
        self.config.latent
    }

    fn paint(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<4> {
        self.players.painter().paint(latents, classes, &mut Mode::Painting)
    }

    fn levels(&self) -> usize {
        self.players.generator.levels()
    }

    fn paint_levels(&self, latents: &[Tensor<2>], classes: Option<Tensor<2>>) -> Tensor<4> {
        self.players.painter().paint_levels(latents, classes, &mut Mode::Painting)
    }

    fn entrances(&self) -> Vec<Entrance> {
        self.players.painter().entrances(self.config.latent)
    }

    fn first(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
        self.players.painter().first(latents, classes)
    }
}
