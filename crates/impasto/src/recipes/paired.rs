//! `paired`, `repair` and `enlarge`: pictures to pictures, learned from pairs.
//!
//! Isola and others, "Image-to-image translation with conditional adversarial networks" (pix2pix), 2017: a U-Net, and a
//! critic that sees what was given beside what was made of it and judges patches; and the distance to the truth.
//!
//! Differs from the paper: networks without normalisation (see `unet` and `patches`); the critic compares what was made
//! with the truth, place by place, with exact gradient penalties at both (Huang and others, "The GAN is dead; long live the
//! GAN!", 2024), at a quarter of each batch; no noise, so equal pictures become equal pictures; where what is given holds
//! the picture already but for its colours, its detail or its holes, the network makes only what is missing.
//!
//! Pairs are made of the pictures themselves, see [`make`], or stand side by side in them.

use burn::tensor::Tensor;
use impasto_nn::loss::Adversarial;
use impasto_nn::{OptimiserSettings, mean, number, tensor};
use impasto_random::Random;
use serde::{Deserialize, Serialize};

use super::augmenter::Augmenter;
use super::patches::Patches;
use super::players::Players;
use super::unet::{self, UNet};
use super::{Entry, Preset};
use crate::recipe::{
    Batch, Examples, Falls, Given, Goal, Losses, Progress, Recipe, Scene, Side, Signs, Skills, Translate,
    Visitor,
};
use crate::settings::{
    ABOVE_0, Allowed, ConfigError, Declared, defaults_of, from_to, one_of, settings, settings_from, within,
};
use crate::translate::{holes, make};

pub(super) const PAIRED: Entry = Entry {
    name: "paired",
    summary: "translates: grey to colour, edges to pictures, or pairs of your own",
    paper: "Isola et al. 2017, Image-to-image translation with conditional adversarial networks",
    presets: &[
        Preset { name: "colour", summary: "grey pictures to colour", settings: "pairs = 'colour'" },
        Preset { name: "edges", summary: "dark lines on white to pictures", settings: "pairs = 'edges'" },
        Preset {
            name: "beside",
            summary: "the left half of each picture to its right half (`impasto data pairs` makes such pictures)",
            settings: "pairs = 'beside'",
        },
    ],
    settings: Config::declared,
    defaults: || defaults_of::<Config>("batch = 16"),
    build,
};

pub(super) const REPAIR: Entry = Entry {
    name: "repair",
    summary: "fills holes in pictures",
    presets: &[Preset {
        name: "holes",
        summary: "boxes and strokes at random",
        settings: "pairs = 'repair'",
    }],
    ..PAIRED
};

pub(super) const ENLARGE: Entry = Entry {
    name: "enlarge",
    summary: "makes pictures twice or four times as large",
    presets: &[
        Preset { name: "twice", summary: "twice as wide and high", settings: "pairs = 'enlarge'\ntimes = 2" },
        Preset { name: "four", summary: "four times", settings: "pairs = 'enlarge'\ntimes = 4" },
    ],
    ..PAIRED
};

fn build(table: &toml::Table, scene: &Scene) -> Result<Box<dyn Recipe>, ConfigError> {
    let config: Config = settings_from(table)?;
    config.check(scene)?;
    Ok(Box::new(Paired::new(config, scene)))
}

settings! {
    /// The settings of this recipe.
    struct Config {
        /// What is given: `colour` (grey), `edges`, `enlarge` (smaller), `repair` (with holes), or `beside`: the left half of
        /// each picture of the set; `size` is that of a half.
        @basic
        pairs: Pairs = Pairs::Colour, one_of(&["colour", "edges", "enlarge", "repair", "beside"]);
        /// How many times larger pictures become (pairs = "enlarge"): 2 or 4.
        times: usize = 2, from_to(2.0, 4.0);
        /// Channels of each stage, from the picture inwards; the last number holds for all further stages.
        @basic
        widths: Vec<usize> = vec![16, 32, 64, 128], Allowed::Widths;
        /// Residual blocks in each stage, on the way in and on the way out.
        blocks: usize = 1, from_to(1.0, 64.0);
        /// Channels of the discriminator's first layer.
        critic_width: usize = 32, Allowed::Widths;
        /// How often the discriminator halves pictures: the more, the larger its patches.
        critic_layers: usize = 2, from_to(1.0, 6.0);
        /// What both sides want.
        loss: Adversarial = Adversarial::Relativistic, one_of(&Adversarial::NAMES);
        /// Weight of the distance to the truth, beside the discriminator's opinion: more is truer and softer.
        @basic
        l1: f64 = 30.0, within(0.0..1e6);
        /// Weight of the discriminator's gradient penalties.
        penalty: f64 = 0.3, within(0.0..1e6);
        /// Learning rate of the translator.
        @basic
        rate: f64 = 5e-4, within(ABOVE_0..1.0);
        /// Learning rate of the discriminator.
        @basic
        critic_rate: f64 = 5e-4, within(ABOVE_0..1.0);
        /// How much of the running mean of gradients is kept each step.
        beta1: f64 = 0.5, within(0.0..1.0);
        /// How much of the running mean of their squares is kept each step.
        beta2: f64 = 0.99, within(0.0..1.0);
        /// The most that is kept of the averaged translator each step; early steps keep less.
        average: f64 = 0.999, within(0.0..1.0);
    }
}

/// Where pairs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Pairs {
    Colour,
    Edges,
    Enlarge,
    Repair,
    Beside,
}

impl Config {
    fn check(&self, scene: &Scene) -> Result<(), ConfigError> {
        let Scene { width, height, channels, classes, .. } = *scene;
        let refuse = |why: String| Err(ConfigError::Value(why));
        match self.pairs {
            _ if classes > 0 => {
                return refuse("a recipe that translates knows no classes: leave out conditional".into());
            }
            Pairs::Colour if channels == 1 => {
                return refuse("pairs = \"colour\" needs colours to learn: channels = \"rgb\"".into());
            }
            Pairs::Enlarge if ![2, 4].contains(&self.times) => {
                return refuse(format!("times is {}: it must be 2 or 4", self.times));
            }
            Pairs::Enlarge if ![width, height].iter().all(|side| side.is_multiple_of(self.times)) => {
                return refuse(format!(
                    "size is {width} x {height}: it must be a multiple of times, {}",
                    self.times
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn given(&self) -> Given {
        match self.pairs {
            Pairs::Colour => Given::Grey,
            Pairs::Edges => Given::Lines,
            Pairs::Enlarge => Given::Small(self.times),
            Pairs::Repair => Given::Holes,
            Pairs::Beside => Given::Picture,
        }
    }
}

struct Paired {
    config: Config,
    players: Players<UNet, Patches>,
    /// Of what is made.
    channels: usize,
}

impl Paired {
    fn new(config: Config, scene: &Scene) -> Self {
        let (channels, given) = (scene.channels, config.given().channels(scene.channels));
        let across = if config.pairs == Pairs::Beside { scene.width / 2 } else { scene.width };
        let size = [scene.height, across];
        let stages = unet::stages(size, &config.widths);
        let net = UNet::new([given, channels], &stages, config.blocks, &mut scene.init("generator"));
        let Config { critic_width, critic_layers, beta1, beta2, .. } = config;
        let critic =
            Patches::new(given + channels, size, critic_width, critic_layers, &mut scene.init("critic"));
        let settings = |rate| OptimiserSettings { rate, beta1, beta2, ..OptimiserSettings::default() };
        let players = Players::new(
            (net, settings(config.rate)),
            (critic, settings(config.critic_rate)),
            config.average,
            Augmenter::off(scene),
        );
        Self { config, players, channels }
    }

    /// What is given, and the truth.
    fn pairs(&self, pictures: &Tensor<4>, random: &mut Random) -> [Tensor<4>; 2] {
        let [n, _, height, width] = pictures.dims();
        let given = match self.config.pairs {
            Pairs::Colour => make::grey(pictures.clone()),
            Pairs::Edges => make::lines(pictures.clone()),
            Pairs::Enlarge => make::shrunk(pictures.clone(), self.config.times),
            Pairs::Repair => {
                let open = (0..n).flat_map(|_| holes([height, width], random)).collect();
                make::with_holes(pictures.clone(), tensor(open, [n, 1, height, width], &pictures.device()))
            }
            Pairs::Beside => {
                return [0, width / 2].map(|at| pictures.clone().narrow(3, at, width / 2));
            }
        };
        [given, pictures.clone()]
    }

    /// What is given, in the size of what is made.
    fn seen(&self, given: Tensor<4>) -> Tensor<4> {
        make::grown(given, self.config.given().times())
    }

    /// What a network makes of what it sees.
    fn made(&self, net: &UNet, seen: Tensor<4>) -> Tensor<4> {
        let channels = self.channels;
        let made = net.forward(seen.clone());
        match self.config.given() {
            Given::Any | Given::Styled | Given::Picture | Given::Lines | Given::Pasted(_) => made,
            Given::Grey => made + make::in_channels(seen, channels),
            Given::Small(_) => made + seen,
            Given::Holes => {
                let open = (seen.clone().narrow(1, channels, 1) + 1.0) * 0.5;
                made * open + seen.narrow(1, 0, channels)
            }
        }
    }
}

impl Recipe for Paired {
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        let [given, truth] = self.pairs(&batch.pictures, &mut at.random("pairs"));
        let seen = self.seen(given);
        let made = self.made(&self.players.generator, seen.clone());
        let (given, critic) = (seen.dims()[1], &self.players.critic);
        let both = [made.clone().inner(), truth.clone()].map(|x| Tensor::cat(vec![seen.clone(), x], 1));
        let own = given..given + self.channels;
        let lesson = critic.lesson(self.config.loss, self.config.penalty, both, own);
        let critic_norm = self.players.teach_critic(lesson.total.backward());

        let beside = [
            Tensor::cat(vec![seen.clone().autodiff(), made.clone()], 1),
            Tensor::cat(vec![seen, truth.clone()], 1),
        ];
        let opinion = self.players.critic.opinion(self.config.loss, beside);
        let away = mean((made - truth.autodiff()).abs());
        let loss = opinion.clone() + away.clone().mul_scalar(self.config.l1);
        let norm = self.players.teach_generator(loss.backward(), at.step);
        vec![
            ("generator", number(opinion.inner())),
            ("critic", lesson.loss),
            // In shares of the way from black to white.
            ("l1", 0.5 * number(away.inner())),
            ("penalty", lesson.penalty),
            ("accuracy", lesson.right),
            ("generator_gradient", norm),
            ("critic_gradient", critic_norm),
        ]
    }

    fn signs(&self) -> Signs {
        // A critic that is nearly always right is no alarm here: the distance to the truth still teaches.
        Signs { critic: None, falls: Some(Falls { name: "l1", from: 0 }), losses: &["generator", "critic"] }
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

impl Translate for Paired {
    fn given(&self) -> Given {
        self.config.given()
    }

    fn translate(&self, pictures: Tensor<4>) -> Tensor<4> {
        self.made(&self.players.painter(), self.seen(pictures)).clamp(-1.0, 1.0)
    }

    fn examples(&self, batch: &Batch, random: &mut Random) -> Examples {
        let [given, truth] = self.pairs(&batch.pictures, random);
        Examples { given, goal: Goal::Truth(truth) }
    }
}

#[cfg(test)]
#[path = "paired_tests.rs"]
mod tests;
