//! `variations`: children of pictures. Pieces of other pictures are pasted in, and a network makes one picture of that.
//!
//! After "variation painting" (a generator whose result is a small change of the picture that it is given, with pieces of
//! other pictures pasted in): what it adds is learned against a critic that sees no pairs, only pictures, so seams and what
//! could not be are found out. Mao and others, "Mode seeking generative adversarial networks for diverse image
//! synthesis", 2019, make it give another picture for another noise.
//!
//! Differs from those: pieces are cut out and placed by [`collage`], as `impasto vary` does it; one number, the strength,
//! says how much is pasted, how far a result may go from that and how far two results must lie apart, and without
//! strength the network can change nothing; results lie as far apart as `variety` says and no farther, or the network
//! would buy distance with nonsense; distances between them are those of pictures of a quarter of the size, or grain
//! would count. The critic compares patches with real ones and has exact gradient penalties at both (Huang and others,
//! "The GAN is dead; long live the GAN!", 2024), at a quarter of each batch.

use impasto_system::Span;

use burn::tensor::Tensor;
use impasto_nn::loss::Adversarial;
use impasto_nn::{Beyond, OptimiserSettings, Resample, mean, number, tensor, values};
use impasto_random::Random;

use super::augmenter::Augmenter;
use super::patches::Patches;
use super::players::Players;
use super::unet::UNet;
use super::{Entry, Preset};
use crate::collage::{Join, Wish, collage};
use crate::patches::Raster;
use crate::recipe::{
    Batch, Examples, Given, Goal, Losses, Progress, Recipe, Scene, Side, Signs, Skills, Translate, Visitor,
};
use crate::settings::{
    ABOVE_0, Allowed, ConfigError, Declared, defaults_of, from_to, one_of, settings, settings_from, within,
};
use crate::translate::make;

pub(super) const ENTRY: Entry = Entry {
    name: "variations",
    summary: "makes variations of pictures: pieces of others pasted in, and one picture made of that",
    paper: "Mao et al. 2019, Mode seeking generative adversarial networks for diverse image synthesis",
    presets: &[
        Preset { name: "free", summary: "variations that differ", settings: "" },
        Preset {
            name: "near",
            summary: "variations near to what was pasted together",
            settings: "closeness = 0.05\nvariety = 0.02",
        },
    ],
    settings: Config::declared,
    defaults: || defaults_of::<Config>("batch = 16"),
    build: |table, scene| {
        let config: Config = settings_from(table)?;
        config.check(scene)?;
        Ok(Box::new(Variations::new(config, scene)))
    },
};

settings! {
    /// The settings of this recipe.
    struct Config {
        /// Channels of each stage, from the picture inwards; it is halved between them.
        @basic
        widths: Vec<usize> = vec![16, 32, 64, 128], Allowed::Widths;
        /// Residual blocks in each stage, on the way in and on the way out.
        blocks: usize = 1, from_to(1.0, 64.0);
        /// Channels of noise.
        noise: usize = 4, Allowed::Widths;
        /// How far a result may go from what was pasted together, at full strength: in shares of the way from black to white.
        @basic
        closeness: f64 = 0.1, within(0.0..1.0);
        /// How far two results of one collage must lie apart, at full strength, in the same shares.
        @basic
        variety: f64 = 0.04, within(ABOVE_0..1.0);
        /// Weight of what goes farther than `closeness`.
        l1: f64 = 5.0, within(0.0..1e6);
        /// Weight of results that lie nearer than `variety`.
        seeking: f64 = 1.0, within(0.0..1e6);
        /// Channels of the discriminator's first layer.
        critic_width: usize = 32, Allowed::Widths;
        /// How often the discriminator halves pictures: the more, the larger its patches.
        critic_layers: usize = 3, from_to(1.0, 6.0);
        /// What both sides want.
        loss: Adversarial = Adversarial::Relativistic, one_of(&Adversarial::NAMES);
        /// Weight of the discriminator's gradient penalties.
        penalty: f64 = 0.1, within(0.0..1e6);
        /// Learning rate of the translator.
        @basic
        rate: f64 = 1e-3, within(ABOVE_0..1.0);
        /// Learning rate of the discriminator.
        @basic
        critic_rate: f64 = 1e-3, within(ABOVE_0..1.0);
        /// How much of the running mean of gradients is kept each step.
        beta1: f64 = 0.5, within(0.0..1.0);
        /// How much of the running mean of their squares is kept each step.
        beta2: f64 = 0.99, within(0.0..1.0);
        /// The most that is kept of the averaged translator each step; early steps keep less.
        average: f64 = 0.999, within(0.0..1.0);
    }
}

/// Noises that are tried on each collage of a step.
const NOISES: usize = 2;
/// From this strength on the network may change as much as it likes: seams want it, however few there are.
const FULL: f64 = 0.2;
/// Placements that are tried for each piece: few, which takes less time and fits worse, so there is more to be learned.
const TRIED: u64 = 3;
/// The strength at which a training is looked at.
const USUAL: f32 = 0.5;

impl Config {
    fn check(&self, scene: &Scene) -> Result<(), ConfigError> {
        if scene.classes > 0 {
            return Err(ConfigError::Value(
                "a recipe that translates knows no classes: leave out conditional".into(),
            ));
        }
        Ok(())
    }
}

struct Variations {
    config: Config,
    players: Players<UNet, Patches>,
    channels: usize,
}

impl Variations {
    fn new(config: Config, scene: &Scene) -> Self {
        let (channels, size) = (scene.channels, [scene.height, scene.width]);
        let given = Given::Pasted(config.noise).channels(channels);
        let net = UNet::new([given, channels], &config.widths, config.blocks, &mut scene.init("generator"));
        let Config { critic_width, critic_layers, beta1, beta2, .. } = config;
        let critic = Patches::new(channels, size, critic_width, critic_layers, &mut scene.init("critic"));
        let settings = |rate| OptimiserSettings { rate, beta1, beta2, ..OptimiserSettings::default() };
        let players = Players::new(
            (net, settings(config.rate)),
            (critic, settings(config.critic_rate)),
            config.average,
            Augmenter::off(scene),
        );
        Self { config, players, channels }
    }

    /// What a network makes of collages with their strength and noise.
    fn made(&self, net: &UNet, given: Tensor<4>) -> Tensor<4> {
        let [pasted, strength] = self.parts(&given);
        let open = strength.div_scalar(FULL).clamp(0.0, 1.0);
        pasted + net.forward(given) * open
    }

    /// The collages, `[n, channels, h, w]`, and their strengths, `[n, 1, h, w]`.
    fn parts(&self, given: &Tensor<4>) -> [Tensor<4>; 2] {
        [(0, self.channels), (self.channels, 1)].map(|(from, count)| given.clone().narrow(1, from, count))
    }

    /// How far results are from what was pasted together, beyond what is free.
    fn away(&self, made: &Tensor<4>, given: &Tensor<4>) -> Tensor<1> {
        let [pasted, strength] = self.parts(given);
        let free = strength.mul_scalar(2.0 * self.config.closeness);
        mean(((made.clone() - pasted).abs() - free).clamp_min(0.0))
    }

    /// How far apart the two results of each collage are, in shares of the way from black to white: `[collages, 1]`.
    fn apart(made: &Tensor<4>) -> Tensor<2> {
        let collages = made.dims()[0] / NOISES;
        let [one, other] = [0, collages].map(|from| coarse(made.clone().narrow(0, from, collages)));
        let apart: Tensor<2> = (one - other).abs().flatten(1, 3);
        apart.mean_dim(1).mul_scalar(0.5)
    }

    /// The share of `variety` by which pairs of results are too near to each other.
    fn alike(&self, apart: Tensor<2>, strengths: &[f32]) -> Tensor<1> {
        let variety = self.config.variety;
        let wished = strengths.iter().map(|&strength| variety as f32 * strength).collect();
        let wished: Tensor<2> = tensor(wished, apart.dims(), &apart.device());
        mean((wished - apart).clamp_min(0.0)).div_scalar(variety)
    }
}

/// The first pictures, each with pieces of the others pasted in, as many as there are strengths.
fn pasted(pictures: &Tensor<4>, strengths: &[f32], random: &mut Random) -> Tensor<4> {
    let rasters = rasters(pictures);
    let made = strengths.iter().enumerate().flat_map(|(at, &strength)| {
        let wish =
            Wish { strength: f64::from(strength), join: Join::Hard, tried: TRIED, seed: random.bits() };
        let others: Vec<&Raster> =
            rasters.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, raster)| raster).collect();
        let donors = if others.is_empty() { vec![&rasters[at]] } else { others };
        // Nobody stops it.
        let made = collage(&rasters[at], &donors, &wish, &mut Span::unwatched());
        planes(made.map_or_else(|| rasters[at].clone(), |made| made.picture))
    });
    let made: Vec<f32> = made.collect();
    let [_, channels, height, width] = pictures.dims();
    tensor(made, [strengths.len(), channels, height, width], &pictures.device())
}

/// Pictures as they are cut and pasted: 0 to 1, channels last.
fn rasters(pictures: &Tensor<4>) -> Vec<Raster> {
    let [_, channels, height, width] = pictures.dims();
    let area = height * width;
    let raster = |values: &[f32]| {
        let pixels = (0..area).flat_map(|at| (0..channels).map(move |channel| channel * area + at));
        Raster::new(width, height, channels, pixels.map(|at| 0.5 * values[at] + 0.5).collect())
    };
    values(pictures.clone()).chunks_exact(channels * area).map(raster).collect()
}

/// And back: -1 to 1, channels first.
fn planes(raster: Raster) -> Vec<f32> {
    let (channels, values) = (raster.channels(), raster.values());
    let plane = |channel: usize| values.iter().skip(channel).step_by(channels);
    (0..channels).flat_map(plane).map(|value| 2.0 * value - 1.0).collect()
}

/// Pictures of a quarter of the width and height.
fn coarse(pictures: Tensor<4>) -> Tensor<4> {
    (0..2).fold(pictures, |x, _| {
        let [.., height, width] = x.dims();
        Resample::half([height, width], Beyond::Border).forward(x)
    })
}

impl Recipe for Variations {
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        let (real, n) = (&batch.pictures, batch.len());
        let random = &mut at.random("pieces");
        let strengths = random.uniforms(n.div_ceil(NOISES), 0.0, 1.0);
        let twice = Tensor::cat(vec![pasted(real, &strengths, random); NOISES], 0);
        let given = make::pasted(twice, &strengths.repeat(NOISES), self.config.noise, random);
        let made = self.made(&self.players.generator, given.clone());
        // Of an odd batch's last collage one result is seen, as there is one real picture.
        let seen = made.clone().narrow(0, 0, n);
        let both = [seen.clone().inner(), real.clone()];
        let Config { loss: game, penalty, .. } = self.config;
        let lesson = self.players.critic.lesson(game, penalty, both, 0..self.channels);
        let critic_norm = self.players.teach_critic(lesson.total.backward());

        let opinion = self.players.critic.opinion(game, [seen, real.clone()]);
        let away = self.away(&made, &given.autodiff());
        let apart = Self::apart(&made);
        let alike = self.alike(apart.clone(), &strengths);
        let loss =
            opinion.clone() + away.clone().mul_scalar(self.config.l1) + alike.mul_scalar(self.config.seeking);
        let norm = self.players.teach_generator(loss.backward(), at.step);
        vec![
            ("generator", number(opinion.inner())),
            ("critic", lesson.loss),
            // Both in shares of the way from black to white.
            ("too_far", 0.5 * number(away.inner())),
            ("apart", number(mean(apart).inner())),
            ("penalty", lesson.penalty),
            ("accuracy", lesson.right),
            ("generator_gradient", norm),
            ("critic_gradient", critic_norm),
        ]
    }

    fn signs(&self) -> Signs {
        // Hard edges are easily found out at first, so a critic that is nearly always right is no alarm.
        Signs { critic: None, falls: None, losses: &["generator", "critic"] }
    }

    fn set_rate(&mut self, side: Side, share: f64) -> bool {
        self.players.set_rate(side, share)
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.players.visit(visitor);
    }

    fn skills(&self) -> Skills<'_> {
        Skills { translate: Some(self), ..Skills::default() }
    }
}

impl Translate for Variations {
    fn given(&self) -> Given {
        Given::Pasted(self.config.noise)
    }

    fn translate(&self, pictures: Tensor<4>) -> Tensor<4> {
        self.made(&self.players.painter(), pictures).clamp(-1.0, 1.0)
    }

    fn examples(&self, batch: &Batch, random: &mut Random) -> Examples {
        let strengths = vec![USUAL; batch.len()];
        let pasted = pasted(&batch.pictures, &strengths, random);
        let given = make::pasted(pasted, &strengths, self.config.noise, random);
        Examples { given, goal: Goal::Like(batch.pictures.clone()) }
    }
}

#[cfg(test)]
#[path = "variations_tests.rs"]
mod tests;
