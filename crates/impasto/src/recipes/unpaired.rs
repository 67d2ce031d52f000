//! `unpaired`: pictures of one kind to pictures of another, learned from two folders in which nothing belongs together.
//!
//! Park, Efros, Zhang and Zhu, "Contrastive learning for unpaired image-to-image translation" (CUT), 2020: a critic says
//! whether a result looks like the other kind, and each place of it must be told by its features as that place of what was
//! given. Pictures of the other kind go through too, and should stay what they are. With `way = "cycle"` instead Zhu, Park,
//! Isola and Efros, "Unpaired image-to-image translation using cycle-consistent adversarial networks", 2017: a second network
//! learns the way back, and there and back should change nothing.
//!
//! Differs from the papers: both use the U-Net of `paired`, whose way in gives the features; no normalisation; the critic
//! compares results with real pictures, place by place, with exact gradient penalties at both; no pool of older results.

use burn::module::Module;
use burn::tensor::{Int, Tensor, TensorData};
use impasto_nn::loss::Adversarial;
use impasto_nn::{OptimiserSettings, mean, number, tensor, values};
use impasto_random::Random;
use serde::{Deserialize, Serialize};

use super::augmenter::Augmenter;
use super::contrast::Heads;
use super::patches::{Lesson, Patches};
use super::players::Players;
use super::unet::{self, UNet};
use super::{Entry, Preset};
use crate::recipe::{
    Batch, Examples, Given, Goal, Losses, Progress, Recipe, Scene, Side, Signs, Skills, Translate, Visitor,
};
use crate::settings::{
    ABOVE_0, Allowed, ConfigError, Declared, defaults_of, from_to, one_of, settings, settings_from, within,
};

pub(super) const ENTRY: Entry = Entry {
    name: "unpaired",
    summary: "translates pictures of one folder into such as another holds, without pairs",
    paper: "Park et al. 2020, Contrastive learning for unpaired image-to-image translation",
    presets: &[
        Preset {
            name: "contrast",
            summary: "one direction: each place keeps what tells it from others",
            settings: "way = 'contrast'\nkeep = 1.0",
        },
        Preset {
            name: "cycle",
            summary: "both directions at once: there and back changes nothing (slower)",
            settings: "way = 'cycle'\nkeep = 10.0",
        },
    ],
    settings: Config::declared,
    defaults: || defaults_of::<Config>("batch = 16\nconditional = true"),
    build,
};

fn build(table: &toml::Table, scene: &Scene) -> Result<Box<dyn Recipe>, ConfigError> {
    let config: Config = settings_from(table)?;
    config.check(scene)?;
    Ok(Box::new(Unpaired::new(config, scene)))
}

settings! {
    /// The settings of this recipe.
    struct Config {
        /// What keeps a result from becoming any picture of the other kind: places that can be told apart, or a way back.
        @basic
        way: Way = Way::Contrast, one_of(&["contrast", "cycle"]);
        /// The weight of that, beside the discriminator's opinion: more stays nearer to what was given.
        @basic
        keep: f64 = 1.0, within(0.0..1e6);
        /// The first of the two folders, by name, becomes like the second; or the other way round.
        @basic
        reverse: bool = false;
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
        /// Places of each picture that are told apart (way = "contrast").
        places: usize = 64, from_to(2.0, 4096.0);
        /// How sharply (way = "contrast"): the lower, the more the likest places count. Colder than this, and what is far away
        /// rounds to nothing.
        temperature: f64 = 0.07, within(0.03..100.0);
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

/// What keeps the content of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Contrast,
    Cycle,
}

/// Numbers by which a place is told.
const HEAD: usize = 64;
/// Beside there and back, how much it counts that pictures of the other kind stay what they are: CycleGAN's half.
const IDENTITY: f64 = 0.5;

impl Config {
    fn check(&self, scene: &Scene) -> Result<(), ConfigError> {
        if scene.classes != 2 {
            let found = match scene.classes {
                0 => "has none, or conditional is off".to_owned(),
                count => format!("has {count}"),
            };
            return Err(ConfigError::Value(format!(
                "recipe unpaired learns from two classes of pictures, and this set {found}: put them into two folders inside one \
                 (SET/photos and SET/paintings, and nothing else in SET), and train SET; the first by name becomes like the \
                 second, or the other way round with reverse = true"
            )));
        }
        Ok(())
    }
}

/// What learns to translate: one way, or there and back.
#[derive(Module, Debug)]
struct Nets {
    ways: Vec<UNet>,
    /// What tells places apart, where that is asked for.
    heads: Heads,
}

struct Unpaired {
    config: Config,
    /// There is a critic for each way.
    players: Players<Nets, Vec<Patches>>,
    /// From which class to which.
    between: [usize; 2],
}

impl Unpaired {
    fn new(config: Config, scene: &Scene) -> Self {
        let Scene { height, width, channels, .. } = *scene;
        let Config { critic_width, critic_layers, beta1, beta2, .. } = config;
        let stages = unet::stages([height, width], &config.widths);
        let net = |name: &&str| UNet::new([channels; 2], &stages, config.blocks, &mut scene.init(name));
        let critic = |name: &&str| {
            Patches::new(channels, [height, width], critic_width, critic_layers, &mut scene.init(name))
        };
        let (ways, kinds): (_, Vec<usize>) = match config.way {
            Way::Contrast => (1, std::iter::once(channels).chain(stages.iter().copied()).collect()),
            Way::Cycle => (2, Vec::new()),
        };
        let nets = Nets {
            ways: ["generator", "generator back"][..ways].iter().map(net).collect(),
            heads: Heads::new(&kinds, HEAD, &mut scene.init("heads")),
        };
        let critics = ["critic", "critic back"][..ways].iter().map(critic).collect();
        let settings = |rate| OptimiserSettings { rate, beta1, beta2, ..OptimiserSettings::default() };
        let players = Players::new(
            (nets, settings(config.rate)),
            (critics, settings(config.critic_rate)),
            config.average,
            Augmenter::off(scene),
        );
        let between = if config.reverse { [1, 0] } else { [0, 1] };
        Self { config, players, between }
    }

    /// The pictures of a batch that are of one of the two kinds, in their order; all are given, where no classes are known.
    fn side(&self, batch: &Batch, side: usize) -> Tensor<4> {
        let Batch { pictures, classes } = batch;
        let class = self.between[side];
        let chosen: Vec<i32> = match classes {
            None if side == 0 => (0..batch.len() as i32).collect(),
            None => Vec::new(),
            Some(classes) => {
                let rows = values(classes.clone());
                let rows = rows.chunks_exact(classes.dims()[1]);
                (0..).zip(rows).filter(|(_, row)| row[class] > 0.5).map(|(place, _)| place).collect()
            }
        };
        if chosen.is_empty() {
            let [_, channels, height, width] = pictures.dims();
            return tensor(Vec::new(), [0, channels, height, width], &pictures.device());
        }
        let chosen = TensorData::new(chosen.clone(), [chosen.len()]);
        pictures.clone().select(0, Tensor::<1, Int>::from_data(chosen, &pictures.device()))
    }

    /// Results, and how badly their places are told as those of what was given; pictures of the other kind go through too.
    fn contrast(&self, both: [Tensor<4>; 2], at: Progress) -> (Vec<Tensor<4>>, Tensor<1>) {
        let Nets { ways, heads } = &self.players.generator;
        let (net, n) = (&ways[0], both[0].dims()[0]);
        let given = Tensor::cat(both.to_vec(), 0).autodiff();
        let features = net.features(given.clone());
        let keys = with(given, features.clone()).into_iter().map(Tensor::inner).collect();
        let made = net.finish(features);
        let queries = with(made.clone(), net.features(made.clone()));
        let how = (self.config.places, self.config.temperature);
        let lost = heads.loss(queries, keys, how, &mut at.random("places"));
        (vec![made.narrow(0, 0, n)], lost)
    }

    /// Results of both ways, and how much is lost there and back again, and where nothing was to be done.
    fn cycle(&self, both: [Tensor<4>; 2]) -> (Vec<Tensor<4>>, Tensor<1>) {
        let [there, back] = [0, 1].map(|way| &self.players.generator.ways[way]);
        let [from, to] = both.map(Tensor::autodiff);
        let n = from.dims()[0];
        let through = |net: &UNet, change: &Tensor<4>, keep: &Tensor<4>| {
            let made = net.forward(Tensor::cat(vec![change.clone(), keep.clone()], 0));
            [0, n].map(|at| made.clone().narrow(0, at, n))
        };
        let [made, same] = through(there, &from, &to);
        let [made_back, same_back] = through(back, &to, &from);
        let away = |x: Tensor<4>, truth: &Tensor<4>| mean((x - truth.clone()).abs());
        let returned = away(back.forward(made.clone()), &from) + away(there.forward(made_back.clone()), &to);
        let stayed = away(same, &to) + away(same_back, &from);
        (vec![made, made_back], returned + stayed.mul_scalar(IDENTITY))
    }

    /// What a critic learns of results and real pictures.
    fn lesson(&self, critic: &Patches, made: &Tensor<4>, real: &Tensor<4>) -> Lesson {
        let both = [made.clone().inner(), real.clone()];
        critic.lesson(self.config.loss, self.config.penalty, both, 0..real.dims()[1])
    }
}

/// A picture and its features: it is the first kind of them itself.
fn with(picture: Tensor<4>, features: Vec<Tensor<4>>) -> Vec<Tensor<4>> {
    std::iter::once(picture).chain(features).collect()
}

/// What a step tells, in the order of [`FIGURES`].
fn told(figures: [f64; 7]) -> Losses {
    FIGURES.into_iter().zip(figures).collect()
}

const FIGURES: [&str; 7] =
    ["generator", "critic", "lost", "penalty", "accuracy", "generator_gradient", "critic_gradient"];

impl Recipe for Unpaired {
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        let both = [0, 1].map(|side| self.side(batch, side));
        let n = both[0].dims()[0].min(both[1].dims()[0]);
        if n == 0 {
            // A batch without one of the kinds teaches nothing. The loop draws as many of each.
            return told([0.0; 7]);
        }
        let [from, to] = both.map(|x| x.narrow(0, 0, n));
        let (made, lost) = match self.config.way {
            Way::Contrast => self.contrast([from.clone(), to.clone()], at),
            Way::Cycle => self.cycle([from.clone(), to.clone()]),
        };
        let games: Vec<_> = made.iter().zip([&to, &from]).collect();
        let critics = self.players.critic.iter().zip(&games);
        let lessons: Vec<_> = critics.map(|(critic, (made, real))| self.lesson(critic, made, real)).collect();
        let mean_of =
            |figure: fn(&Lesson) -> f64| lessons.iter().map(figure).sum::<f64>() / lessons.len() as f64;
        let (loss, penalty) = (mean_of(|one| one.loss), mean_of(|one| one.penalty));
        let right = mean_of(|one| one.right);
        let total = Tensor::cat(lessons.into_iter().map(|lesson| lesson.total).collect(), 0).sum();
        let critic_norm = self.players.teach_critic(total.backward());

        let critics = self.players.critic.iter().zip(&games);
        let opinion = |(critic, (made, real)): (&Patches, &(&Tensor<4>, &Tensor<4>))| {
            critic.opinion(self.config.loss, [made, real].map(|x| (*x).clone()))
        };
        let opinions = critics.map(opinion).collect();
        let opinion = Tensor::cat(opinions, 0).sum();
        let loss_of_all = opinion.clone() + lost.clone().mul_scalar(self.config.keep);
        let norm = self.players.teach_generator(loss_of_all.backward(), at.step);
        let [opinion, lost] = [opinion, lost].map(|figure| number(figure.inner()));
        told([opinion / games.len() as f64, loss, lost, penalty, right, norm, critic_norm])
    }

    fn signs(&self) -> Signs {
        // A critic that is nearly always right is no alarm: it only has to know the way.
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

impl Translate for Unpaired {
    fn given(&self) -> Given {
        Given::Picture
    }

    fn translate(&self, pictures: Tensor<4>) -> Tensor<4> {
        self.players.painter().ways[0].forward(pictures).clamp(-1.0, 1.0)
    }

    fn between(&self) -> Option<[usize; 2]> {
        Some(self.between)
    }

    fn examples(&self, batch: &Batch, _random: &mut Random) -> Examples {
        let [given, like] = [0, 1].map(|side| self.side(batch, side));
        Examples { given, goal: Goal::Like(like) }
    }
}

#[cfg(test)]
#[path = "unpaired_tests.rs"]
mod tests;
