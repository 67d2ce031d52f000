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
use serde::{Deserialize, Serialize};

use super::augmenter::AugmentConfig;
use super::players::{Players, latents};
use crate::recipe::{Batch, Entrance, Losses, Paint, Progress, Recipe, Scene, Side, Signs, Skills, Visitor};
use crate::settings::{ConfigError, check_range, check_widths};

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

/// The settings of the game.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct GameConfig {
    /// Numbers in a latent.
    pub latent: usize,
    pub loss: Adversarial,
    pub optimiser: OptimiserKind,
    /// Learning rate of the generator.
    pub rate: f64,
    /// Learning rate of the critic.
    pub critic_rate: f64,
    pub beta1: f64,
    pub beta2: f64,
    /// Dense layers with more inputs than this learn slower, in proportion (0: all learn alike).
    pub full_rate_inputs: usize,
    /// How much of the averaged generator is kept each step.
    pub average: f64,
    #[serde(flatten)]
    pub augmentation: AugmentConfig,
}

impl Default for GameConfig {
    fn default() -> Self {
        Self {
            latent: 100,
            loss: Adversarial::default(),
            optimiser: OptimiserKind::default(),
            rate: 2e-4,
            critic_rate: 2e-4,
            beta1: 0.5,
            beta2: 0.999,
            full_rate_inputs: 0,
            average: 0.995,
            augmentation: AugmentConfig::default(),
        }
    }
}

impl GameConfig {
    /// Whether the numbers make sense.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let below_one = [("beta1", self.beta1), ("beta2", self.beta2), ("average", self.average)];
        check_range(&below_one, 0.0..1.0)?;
        check_range(&[("rate", self.rate), ("critic_rate", self.critic_rate)], f64::MIN_POSITIVE..1.0)?;
        self.augmentation.check()?;
        check_widths(&[("latent", &[self.latent])])
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
            ..OptimiserSettings::default()
        };
        let generator = (generator, settings(config.rate));
        let critic = (critic, settings(config.critic_rate));
        let players = Players::new(generator, critic, config.average, &config.augmentation, scene);
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

        let [real_accuracy, fake_accuracy] = accuracies(game, &seen);
        let mut losses = vec![
            ("generator", number(generator_loss.inner())),
            ("critic", number(critic_loss.inner())),
            ("real_accuracy", real_accuracy),
            ("fake_accuracy", fake_accuracy),
            ("generator_gradient", generator_norm),
            ("critic_gradient", critic_norm),
        ];
        self.players.augmenter.report(&mut losses);
        self.players.augmenter.observe(2.0 * real_accuracy - 1.0, batch.len());
        losses
    }

    fn signs(&self) -> Signs {
        self.players.signs()
    }

    fn set_rate(&mut self, side: Side, share: f64) -> bool {
        self.players.set_rate(side, share)
    }

    fn raise_augmentation(&mut self) -> bool {
        self.players.augmenter.raise()
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
