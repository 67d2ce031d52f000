//! `any-style`: a decoder that paints any picture in the style of any other, in one pass.
//!
//! Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", 2017: a trained network sees a
//! content and a style; what it sees of the content gets, channel by channel, the mean and deviation of what it sees of the
//! style, and a decoder learns to paint a picture of that. The decoder mirrors the network without norms, and is taught by what
//! the network sees of its pictures: near to what it painted from, with the style's means and deviations in all layers.
//!
//! Differs from the paper: the style of each picture is another one of its batch, so that one folder with contents and styles
//! suffices; distances are divided by the size of what is aimed at, as in `impasto style`; two convolutions fewer, and
//! fewer channels by default; an averaged decoder paints. The network in this program can take the place of VGG.
//!
//! The network is handed in for a training (`equip`). Whoever paints with a run opens it again, beside the run's decoder (`Restyle`).

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use impasto_nn::layers::{Conv, ConvShape};
use impasto_nn::{Activation, Fill, Init, OptimiserSettings};
use impasto_random::Random;

use super::taught::{self, Pupil};
use super::{Entry, Preset};
use crate::features::chain::{Chain, Numbers};
use crate::features::map::Map;
use crate::recipe::{
    Batch, Examples, Given, Goal, Losses, Progress, Recipe, Restyle, Scene, Side, Signs, Skills, Translate,
    Visitor,
};
use crate::settings::{
    ABOVE_0, Allowed, ConfigError, Declared, defaults_of, one_of, settings, settings_from, within,
};
use crate::style::{Aids, Aim, AnyTeacher, Apart, Decoder, StyleError, one_pass};

pub(super) const ENTRY: Entry = Entry {
    name: "any-style",
    summary: "any picture in the style of any other in one pass, learned from contents and styles together",
    paper: "Huang and Belongie 2017, Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization",
    presets: &[
        Preset { name: "half", summary: "half as many channels as the paper: quick", settings: "width = 32" },
        Preset { name: "full", summary: "as many channels as the paper", settings: "width = 64" },
    ],
    settings: Config::declared,
    defaults: || {
        defaults_of::<Config>("size = 128\nbatch = 4\ncrop = 'random'\nflip = true\nsample_every = 500")
    },
    build,
};

fn build(table: &toml::Table, scene: &Scene) -> Result<Box<dyn Recipe>, ConfigError> {
    let config: Config = settings_from(table)?;
    config.check(scene)?;
    Ok(Box::new(AnyStyle::new(config, scene)))
}

settings! {
    /// The settings of this recipe.
    struct Config {
        /// What sees styles; empty: the first of them that is there.
        network: String = String::new(), one_of(&["", "vgg19", "vgg16", "builtin"]);
        /// What a style counts against a content.
        @basic
        style_weight: f64 = 1.0, within(0.0..1e6);
        /// Channels at full size; twice as many at half, and so on.
        width: usize = 32, Allowed::Widths;
        /// Learning rate.
        @basic
        rate: f64 = 5e-4, within(ABOVE_0..1.0);
        /// How much of the running mean of gradients is kept each step.
        beta1: f64 = 0.9, within(0.0..1.0);
        /// How much of the running mean of their squares is kept each step.
        beta2: f64 = 0.999, within(0.0..1.0);
        /// The most that is kept of the averaged decoder each step; early steps keep less.
        average: f64 = 0.99, within(0.0..1.0);
    }
}

impl Config {
    fn check(&self, scene: &Scene) -> Result<(), ConfigError> {
        taught::check(scene, &self.network)
    }
}

/// What the network saw, to a picture: a convolution; then for each time that the network halves pictures they are doubled
/// again and convolved twice.
#[derive(Module, Debug)]
struct Net {
    convs: Vec<Conv>,
}

impl Net {
    fn new([channels, halved]: [usize; 2], width: usize, init: &mut Init) -> Self {
        let at = |stage: usize| width << (halved - 1 - stage);
        let mut shapes = vec![(channels, at(0))];
        for stage in 0..halved {
            let next = if stage + 1 < halved { at(stage + 1) } else { 3 };
            shapes.extend([(at(stage), at(stage)), (at(stage), next)]);
        }
        let last = shapes.len() - 1;
        let conv = |(number, (inputs, outputs)): (usize, (usize, usize))| {
            let shape = ConvShape { padding: 0, ..ConvShape::same(inputs, outputs, 3, 1) };
            Conv::new(shape, if number == last { Fill::HeTimes(0.5) } else { Fill::He }, init)
        };
        Self { convs: shapes.into_iter().enumerate().map(conv).collect() }
    }

    /// Whether pictures are doubled before this convolution, and what follows it.
    fn role(&self, number: usize) -> (bool, Activation) {
        let last = number + 1 == self.convs.len();
        (number % 2 == 1, if last { Activation::None } else { Activation::Relu })
    }

    /// `[n, channels, h, w]` to colours in about [0, 1], `[n, 3, many times h, many times w]`.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.convs.iter().enumerate().fold(x, |x, (number, conv)| {
            let (doubles, activation) = self.role(number);
            conv.activated(framed(if doubles { doubled(x) } else { x }), activation)
        })
    }

    /// The same for whoever needs no gradients for its weights.
    fn chain(&self, device: &Device) -> Chain {
        let mut net = self.clone();
        let mut numbers = Vec::new();
        impasto_nn::exchange(&mut net, "", &mut |_, _, values| {
            numbers.push(values());
            None
        });
        let mut numbers = numbers.into_iter();
        (0..self.convs.len()).fold(Chain::new(device), |chain, number| {
            let (doubles, activation) = self.role(number);
            let chain = if doubles { chain.enlarge("larger") } else { chain };
            let mut next = || numbers.next().unwrap_or_default();
            let numbers = Numbers { weight: next(), bias: next() };
            chain.conv(&format!("decoder{number}"), numbers, 1, activation)
        })
    }
}

/// With one more pixel on each side, which mirrors the one next to the border.
fn framed(x: Tensor<4>) -> Tensor<4> {
    [2, 3].into_iter().fold(x, |x, axis| {
        let side = x.dims()[axis];
        let (first, last) = (1.min(side - 1), side.saturating_sub(2));
        let (before, after) = (x.clone().narrow(axis, first, 1), x.clone().narrow(axis, last, 1));
        Tensor::cat(vec![before, x, after], axis)
    })
}

/// Each pixel twice in both directions.
fn doubled(x: Tensor<4>) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let x: Tensor<6> = x.reshape([n, channels, height, 1, width, 1]);
    x.repeat_dim(3, 2).repeat_dim(5, 2).reshape([n, channels, 2 * height, 2 * width])
}

struct AnyStyle {
    config: Config,
    /// Of the pictures.
    channels: usize,
    pupil: Pupil<Net>,
    teacher: Option<AnyTeacher>,
    device: Device,
}

impl AnyStyle {
    fn new(config: Config, scene: &Scene) -> Self {
        let net = Net::new(one_pass(&config.network), config.width, &mut scene.init("net")).train();
        let Config { rate, beta1, beta2, average, .. } = config;
        let settings = OptimiserSettings { rate, beta1, beta2, ..Default::default() };
        Self {
            pupil: Pupil::new(net, settings, average),
            channels: scene.channels,
            teacher: None,
            device: scene.device.clone(),
            config,
        }
    }

    /// What is to become of each of these pictures, which have their styles behind their own channels.
    ///
    /// # Panics
    /// When the recipe was not equipped.
    fn aims(&self, given: &Tensor<4>) -> Vec<Aim> {
        let teacher = self.teacher.as_ref().expect("a network that looks, from `equip`");
        let maps = |from| taught::maps(&taught::seen(given.clone().narrow(1, from, self.channels)));
        maps(0).iter().zip(&maps(self.channels)).map(|(content, style)| teacher.aim(content, style)).collect()
    }

    /// How far pictures are from what they should be.
    fn looks(&self, made: &Tensor<4>, aims: &[Aim]) -> Vec<(Apart, Map)> {
        let teacher = self.teacher.as_ref().expect("a network that looks, from `equip`");
        taught::maps(made).iter().zip(aims).map(|(made, aim)| teacher.look(made, aim)).collect()
    }
}

/// What all of them are painted from.
fn mixed(aims: &[Aim], like: &Tensor<4>) -> Tensor<4> {
    taught::batched(aims.iter().map(|aim| &*aim.mixed), like)
}

/// Each picture with the next one as its style.
fn with_styles(pictures: &Tensor<4>) -> Tensor<4> {
    let count = pictures.dims()[0];
    let next = match count {
        0 | 1 => pictures.clone(),
        _ => Tensor::cat(vec![pictures.clone().narrow(0, 1, count - 1), pictures.clone().narrow(0, 0, 1)], 0),
    };
    Tensor::cat(vec![pictures.clone(), next], 1)
}

impl Recipe for AnyStyle {
    fn equip(&mut self, aids: Aids) -> Result<(), StyleError> {
        self.teacher = Some(AnyTeacher::new(aids.sight, self.config.style_weight));
        Ok(())
    }

    /// # Panics
    /// When it was not equipped.
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        let aims = self.aims(&with_styles(&batch.pictures));
        let made = self.pupil.net.forward(mixed(&aims, &batch.pictures));
        let looks = self.looks(&made.clone().inner(), &aims);
        self.pupil.learn(&looks, made, at.step)
    }

    fn signs(&self) -> Signs {
        taught::SIGNS
    }

    fn set_rate(&mut self, side: Side, share: f64) -> bool {
        self.pupil.set_rate(side, share)
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.pupil.visit(visitor);
    }

    fn skills(&self) -> Skills<'_> {
        Skills { translate: Some(self), restyle: Some(self), ..Skills::default() }
    }
}

impl Restyle for AnyStyle {
    fn decoder(&self) -> Decoder {
        Decoder(self.pupil.average.network().chain(&self.device))
    }
}

impl Translate for AnyStyle {
    fn given(&self) -> Given {
        Given::Styled
    }

    /// # Panics
    /// When it was not equipped.
    fn translate(&self, pictures: Tensor<4>) -> Tensor<4> {
        let content = pictures.clone().narrow(1, 0, self.channels);
        let [.., height, width] = content.dims();
        let made = self.pupil.average.network().forward(mixed(&self.aims(&pictures), &content));
        let made = made.narrow(2, 0, height).narrow(3, 0, width).clamp(0.0, 1.0) * 2.0 - 1.0;
        let colours = if self.channels == 1 { made.mean_dim(1) } else { made };
        taught::picture(&content, colours)
    }

    fn examples(&self, batch: &Batch, _: &mut Random) -> Examples {
        Examples { given: with_styles(&batch.pictures), goal: Goal::Own }
    }

    fn away(&self, given: &Tensor<4>, _: &Tensor<4>) -> Option<f64> {
        self.teacher.as_ref()?;
        let aims = self.aims(given);
        let made = self.pupil.average.network().forward(mixed(&aims, given));
        Some(taught::mean_of(&self.looks(&made, &aims), Apart::sum))
    }
}

#[cfg(test)]
#[path = "any_style_tests.rs"]
mod tests;
