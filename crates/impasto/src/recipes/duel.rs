//! The game of `painter`: a relativistic loss, both gradient penalties, and one look at the paintings for both sides.
//!
//! Huang and others, "The GAN is dead; long live the GAN!", 2024: each painted picture is compared with a real one, and
//! the critic's input gradient is kept small at real (R1) and at painted pictures (R2). That the critic is made of
//! straight pieces makes the penalties exact with first order gradients, see [`Trace`].
//!
//! Differs from the paper: the penalties look at a share of each batch, another one each step, instead of all of it, and
//! at pictures as the critic sees them, after augmentation; and both sides learn from the same look: the critic's gradient for a painted picture is the generator's, but for a factor
//! that is known from the two logits ([`Verdict`]), so it is not computed a second time. The critic sees paintings as they are shown: tones
//! beyond black and white are black and white, so a plain ground is plain at once. Beyond them a gradient only leads back.

use burn::module::Module;
use burn::tensor::{Device, Gradients, Tensor};
use impasto_nn::layers::Trace;
use impasto_nn::loss::Adversarial;
use impasto_nn::{OptimiserSettings, mean, number, tensor, values};

use super::augmenter::{AugmentConfig, Augmenter};
use super::players::{Players, latents};
use crate::recipe::{Batch, Entrance, Losses, Paint, Progress, Recipe, Scene, Side, Signs, Skills, Visitor};
use crate::settings::{ABOVE_0, Allowed, from_to, one_of, settings, within};

/// A network that paints; the latent enters at several levels.
pub(super) trait Generator: Module {
    /// How many levels.
    fn levels(&self) -> usize;

    /// The weights that a latent of this size meets first.
    fn entrances(&self, latent: usize) -> Vec<Entrance>;

    /// What the first layer makes of latents.
    fn first(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<2>;

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

settings! {
    /// The settings of the relativistic pair of networks.
    pub(super) struct DuelConfig {
        /// Numbers in a latent. More give room for more variety, and take a little longer to fill with sense.
        latent: usize = 64, Allowed::Widths;
        /// What both sides want.
        loss: Adversarial = Adversarial::Relativistic, one_of(&["relativistic", "non-saturating"]);
        /// Weight of the gradient penalty at real pictures, at first. Raise both where losses grow without bound; lower both where
        /// pictures stay blurred.
        @basic
        r1: f64 = 0.3, within(0.0..1e9);
        /// The same at generated pictures.
        @basic
        r2: f64 = 0.3, within(0.0..1e9);
        /// What is left of both after the burn-in.
        penalty_fall: f64 = 0.4, within(0.0..1e3);
        /// The share of each batch that the penalties look at: less is quicker.
        penalty_share: f64 = 0.25, from_to(0.0, 1.0);
        /// Learning rate of both sides, at first.
        @basic
        rate: f64 = 5e-4, within(ABOVE_0..1.0);
        /// What is left of it after the burn-in.
        rate_fall: f64 = 0.25, within(0.0..1e3);
        /// How much of the running mean of gradients is kept each step.
        beta1: f64 = 0.0, within(0.0..1.0);
        /// How much of the running mean of squares is kept each step, at first: little, because gradients change quickly.
        beta2_first: f64 = 0.9, within(0.0..1.0);
        /// The same after the burn-in.
        beta2: f64 = 0.99, within(0.0..1.0);
        /// Thousands of pictures over which penalties, rate and beta2 change.
        burn_in: f64 = 2000.0, within(0.0..1e9);
        /// How much of each weight fades in a step, times the rate.
        decay: f64 = 0.0, within(0.0..1e9);
        /// So large a share of the discriminator's last features falls out at each look.
        dropout: f64 = 0.0, within(0.0..1.0);
        /// The most that is kept of the averaged generator each step; early steps keep less.
        average: f64 = 0.9998, within(0.0..1.0);
        /// Paint pictures that can be laid side by side without a seam: textures and patterns, best learned with crop = "random".
        @basic
        tileable: bool = false;
        ..augmentation: AugmentConfig = AugmentConfig::default();
    }
}

impl DuelConfig {
    /// From `first` to `last` along half a wave over the burn-in.
    fn between(&self, first: f64, last: f64, images: u64) -> f64 {
        let thousands = images as f64 / 1000.0;
        let share = if self.burn_in > 0.0 { (thousands / self.burn_in).min(1.0) } else { 1.0 };
        last + (first - last) * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
    }
}

/// Two networks at play.
pub(super) struct Duel<G, C> {
    config: DuelConfig,
    players: Players<G, C>,
}

/// What the critic saw in a step.
struct Look {
    verdict: Verdict,
    /// Mean squared input gradients at real and at painted pictures.
    penalties: [f64; 2],
}

impl<G: Generator, C: Critic> Duel<G, C> {
    pub(super) fn new(config: DuelConfig, scene: &Scene, generator: G, critic: C) -> Self {
        let DuelConfig { rate, beta1, beta2, decay, average, .. } = config;
        let settings = OptimiserSettings { rate, beta1, beta2, decay, ..OptimiserSettings::default() };
        let (generator, critic) = ((generator, settings), (critic, settings));
        let augmenter = Augmenter::new(&config.augmentation, scene);
        let players = Players::new(generator, critic, average, augmenter);
        Self { config, players }
    }

    /// The averaged generator, which paints.
    pub(super) fn painter(&self) -> G {
        self.players.painter()
    }

    /// Alters pictures as much as another game has come to.
    pub(super) fn augment_like<H: Generator, D: Critic>(&mut self, other: &Duel<H, D>) {
        self.players.augment_like(&other.players);
    }

    /// Rates and momenta as they are at this moment of the burn-in.
    fn set_pace(&mut self, images: u64) {
        let config = &self.config;
        let rate = config.rate * config.between(1.0, config.rate_fall, images);
        let beta2 = config.between(config.beta2_first, config.beta2, images);
        self.players.set_pace(rate, beta2);
    }

    /// The critic looks at all pictures once, painted ones first, and at its own slopes at some of both.
    /// Gives the gradients of its loss as well, for its weights and for the painted pictures.
    fn look(&self, painted: Tensor<4>, batch: &Batch, at: Progress) -> (Look, Gradients, Tensor<4>) {
        let Batch { pictures: real, classes } = batch;
        let n = batch.len();
        let painted = painted.autodiff().require_grad();
        let shown = if self.config.tileable { turned(painted.clone(), at) } else { painted.clone() };
        let seen = Tensor::cat(vec![shown, real.clone().autodiff()], 0);
        let seen = self.players.shown("both", seen, at);
        let classes = classes.clone().map(|classes| Tensor::cat(vec![classes.clone(), classes], 0));
        let mut trace = Trace::kept().dropping(self.config.dropout, at.random("dropout"));
        let logits = self.players.critic.judge(seen, classes.clone(), &mut trace);
        let [on_painted, on_real] = [0, n].map(|at| logits.clone().narrow(0, at, n));
        let read = |logits: &Tensor<2>| values(logits.clone().inner());
        let verdict = Verdict { game: self.config.loss, painted: read(&on_painted), real: read(&on_real) };
        let [by_painted, by_real] =
            verdict.slopes().map(|slopes| tensor(slopes, [n, 1], &real.device()).autodiff());

        let some = ((n as f64 * self.config.penalty_share).ceil() as usize).clamp(1, n);
        let classes = classes.map(|classes| classes.narrow(0, n - some, 2 * some));
        let squares = self.squared_slopes(classes, some, &mut trace.of(n - some..n + some), &real.device());
        let [r2, r1] = [0, some].map(|at| squares.clone().narrow(0, at, some).mean());
        let weight = 0.5 * self.config.between(1.0, self.config.penalty_fall, at.images);
        let weighted = |penalty: &Tensor<1>, by: f64| penalty.clone().mul_scalar(weight * by);
        let total = mean(on_painted * by_painted)
            + mean(on_real * by_real)
            + weighted(&r1, self.config.r1)
            + weighted(&r2, self.config.r2);
        let mut gradients = total.backward();
        let back = painted.grad_remove(&mut gradients).unwrap_or_else(|| painted.inner().zeros_like());
        let penalties = [r1, r2].map(|penalty| number(penalty.inner()));
        (Look { verdict, penalties }, gradients, back)
    }

    /// The squared length of the critic's gradient at each of `2 some` pictures: `[2 some, 1]`.
    fn squared_slopes(
        &self,
        classes: Option<Tensor<2>>,
        some: usize,
        trace: &mut Trace,
        device: &Device,
    ) -> Tensor<2> {
        let ones = Tensor::<2>::ones([2 * some, 1], device).autodiff();
        let slopes: Tensor<2> = self.players.critic.slope(ones, classes, trace).flatten(1, 3);
        slopes.square().sum_dim(1)
    }
}

/// Paintings as they are shown and saved: no tone is beyond black and white.
pub(super) fn limited(painted: Tensor<4>) -> Tensor<4> {
    painted.clamp(-1.0, 1.0)
}

/// So far beyond black and white a tone may still be driven where pictures are not augmented. Without this it would stop at
/// the limit, and each step's change of the weights would bring every second tone of a plain ground back into sight, as a haze.
const SLACK: f64 = 0.25;

/// A gradient at paintings as the generator makes them: tones beyond their limits by more than the slack are drawn back, and
/// not further out.
fn inwards(gradient: Tensor<4>, painted: Tensor<4>, slack: f64) -> Tensor<4> {
    let beyond = painted.clone() - painted.clamp(-1.0 - slack, 1.0 + slack);
    let outwards = (beyond * gradient.clone()).lower_elem(0.0);
    gradient.mask_fill(outwards, 0.0)
}

/// Tiles seen from another corner, so that a seam would lie in the middle, where a critic sees it. It does not look beyond
/// the border itself: real pictures are no tiles.
fn turned(x: Tensor<4>, at: Progress) -> Tensor<4> {
    let mut random = at.random("corner");
    [2, 3].into_iter().fold(x, |x, side| {
        let length = x.dims()[side];
        match random.below(length) {
            0 => x,
            by => Tensor::cat(vec![x.clone().narrow(side, by, length - by), x.narrow(side, 0, by)], side),
        }
    })
}

/// The critic's logits for a step's painted and real pictures, and what follows from them. How both losses change with
/// them is said here, not found by differentiation: the critic's slope for a pair that it tells apart with ease is none in an
/// f32, and the generator's, which is computed from it, would be none just where it should be strongest.
struct Verdict {
    game: Adversarial,
    painted: Vec<f32>,
    real: Vec<f32>,
}

impl Verdict {
    /// How the critic's loss for each painted and for each real picture changes with its logit.
    fn slopes(&self) -> [Vec<f32>; 2] {
        let painted: Vec<f32> = self.leads().iter().map(|lead| chance(-lead)).collect();
        let real = match self.game {
            Adversarial::Relativistic => painted.iter().map(|slope| -slope).collect(),
            _ => self.real.iter().map(|logit| -chance(-logit)).collect(),
        };
        [painted, real]
    }

    /// How the generator's loss for each painted picture changes with its logit, over how the critic's does.
    fn turn(&self) -> Vec<f32> {
        self.leads().iter().map(|&lead| -chance(lead) / chance(-lead)).collect()
    }

    /// What the generator and the critic make small.
    fn losses(&self) -> [f64; 2] {
        let mean = |leads: &mut dyn Iterator<Item = f32>| {
            let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
            leads.map(|lead| softplus(f64::from(lead))).sum::<f64>() / self.painted.len().max(1) as f64
        };
        let leads = self.leads();
        let of_real = match self.game {
            Adversarial::Relativistic => 0.0,
            _ => mean(&mut self.real.iter().map(|logit| -logit)),
        };
        [mean(&mut leads.iter().copied()), mean(&mut leads.iter().map(|lead| -lead)) + of_real]
    }

    /// How far each painted picture lies behind.
    fn leads(&self) -> Vec<f32> {
        let pairs = self.real.iter().zip(&self.painted);
        let lead = |(real, painted): (&f32, &f32)| match self.game {
            Adversarial::Relativistic => real - painted,
            _ => -painted,
        };
        pairs.map(lead).collect()
    }
}

/// The logistic function, held where it is still less than an optimiser notices: from what is far below, numbers of few bits
/// would follow.
fn chance(x: f32) -> f32 {
    (1.0 / (1.0 + (-x).exp())).max(1e-14)
}

impl<G: Generator, C: Critic> Recipe for Duel<G, C> {
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        let (n, device) = (batch.len(), batch.pictures.device());
        self.set_pace(at.images);
        let z = latents(n, self.config.latent, at, &device);
        let painted = self.players.generator.paint(&[z], batch.classes.clone());
        let tones = painted.clone().inner();
        let (Look { verdict, penalties: [r1, r2] }, gradients, back) =
            self.look(limited(tones.clone()), batch, at);
        let critic_norm = self.players.teach_critic(gradients);
        let slack = if self.players.are_augmented() { 0.0 } else { SLACK };
        let wanted = inwards(back * tensor(verdict.turn(), [n, 1, 1, 1], &device), tones, slack);
        let gradients = (painted * wanted.autodiff()).sum().backward();
        let generator_norm = self.players.teach_generator(gradients, at.step);
        let [generator, critic] = verdict.losses();
        let mut losses = vec![
            ("generator", generator),
            ("critic", critic),
            ("r1", r1),
            ("r2", r2),
            ("generator_gradient", generator_norm),
            ("critic_gradient", critic_norm),
        ];
        self.players.watch(verdict.game, &[verdict.real, verdict.painted], &mut losses);
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

impl<G: Generator, C: Critic> Paint for Duel<G, C> {
    fn latent_size(&self) -> usize {
        self.config.latent
    }

    fn paint(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<4> {
        self.paint_levels(&[latents], classes)
    }

    fn levels(&self) -> usize {
        self.players.generator.levels()
    }

    fn paint_levels(&self, latents: &[Tensor<2>], classes: Option<Tensor<2>>) -> Tensor<4> {
        limited(self.players.painter().paint(latents, classes))
    }

    fn entrances(&self) -> Vec<Entrance> {
        self.players.painter().entrances(self.config.latent)
    }

    fn first(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
        Some(self.players.painter().first(latents, classes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_far_beyond_black_and_white_are_drawn_back_and_not_further_out() {
        let of = |numbers: [f32; 8]| tensor(numbers.to_vec(), [1, 1, 2, 4], &Device::flex());
        let gradient = of([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0]);
        let painted = of([1.5, 1.5, -1.5, -1.5, 0.9, 0.9, 1.2, -1.2]);
        let kept = |slack: f64| values(inwards(gradient.clone(), painted.clone(), slack));
        assert_eq!(kept(0.25), [0.0, 1.0, -1.0, 0.0, -1.0, 1.0, -1.0, 1.0]);
        assert_eq!(kept(0.0), [0.0, 1.0, -1.0, 0.0, -1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn slopes_are_those_of_the_losses_however_far_one_side_leads() {
        let logistic = |x: f32| 1.0 / (1.0 + (-f64::from(x)).exp());
        for game in [Adversarial::Relativistic, Adversarial::NonSaturating] {
            for (real, painted) in
                [0.0f32, -1.0, 3.0, 10.0, 15.0, 33.0, 60.0, 200.0, -40.0].map(|half| (half, -half))
            {
                let verdict = Verdict { game, painted: vec![painted], real: vec![real] };
                let lead = if game == Adversarial::Relativistic { real - painted } else { -painted };
                let near = |what, ours: f64, by_hand: f64| {
                    let is_near = (ours - by_hand).abs() < 1e-5 * by_hand.abs() + 1e-13;
                    assert!(is_near, "{game:?}, {lead}, {what}: {ours}, {by_hand}");
                };
                let [of_painted, of_real] = verdict.slopes().map(|slopes| f64::from(slopes[0]));
                near("painted", of_painted, logistic(-lead));
                let by_hand =
                    if game == Adversarial::Relativistic { -logistic(-lead) } else { -logistic(-real) };
                near("real", of_real, by_hand);
                near("generator", of_painted * f64::from(verdict.turn()[0]), -logistic(lead));

                // Where autodiff can say it, it says the same.
                let [r, f] = [real, painted]
                    .map(|logit| tensor(vec![logit], [1, 1], &Device::flex()).autodiff().require_grad());
                let loss = game.critic(r.clone(), f.clone());
                let gradients = loss.clone().backward();
                let of = |x: &Tensor<2>| x.grad(&gradients).map_or(0.0, |slope| f64::from(values(slope)[0]));
                near("painted, by autodiff", of_painted, of(&f));
                near("real, by autodiff", of_real, of(&r));
                let [generator, critic] = verdict.losses();
                near("loss", critic, number(loss.inner()));
                near("generator's loss", generator, number(game.generator(f, || r).inner()));
            }
        }
    }
}
