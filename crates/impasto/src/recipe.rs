//! What a recipe is: a model in training. The loop, the checkpoints and the tools know only what stands here.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use impasto_nn::layers::Dense;
use impasto_nn::{Init, Optimiser, exchange, one_hot, values};
use impasto_random::Random;

use crate::style::{Aids, StyleError};
use crate::translate::Tiling;

/// Pictures on their way into a network.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `[n, channels, height, width]`, values in [-1, 1]; of four channels the colours are multiplied by the last, alpha.
    pub pictures: Tensor<4>,
    /// `[n, classes]`, one-hot; only where the training is conditional.
    pub classes: Option<Tensor<2>>,
}

impl Batch {
    /// Bytes to tensors: 0 becomes -1 and 255 becomes 1.
    pub fn from_data(batch: &impasto_data::Batch, classes: usize, device: &Device) -> Self {
        let shape = [batch.count, batch.channels, batch.height, batch.width];
        let values = batch.pixels.iter().map(|&byte| f32::from(byte) / 127.5 - 1.0).collect();
        let classes = (classes > 0).then(|| one_hot(&batch.labels, classes, device));
        Self { pictures: impasto_nn::tensor(values, shape, device), classes }
    }

    /// `count` of them, from a place on.
    pub fn part(&self, from: usize, count: usize) -> Self {
        Self {
            pictures: self.pictures.clone().narrow(0, from, count),
            classes: self.classes.clone().map(|classes| classes.narrow(0, from, count)),
        }
    }

    /// How many pictures.
    pub fn len(&self) -> usize {
        self.pictures.dims()[0]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where the training stands: all that a step's random numbers depend on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The run's seed.
    pub seed: u64,
    /// Steps done before this one.
    pub step: u64,
    /// Pictures seen before this step.
    pub images: u64,
}

impl Progress {
    /// The random numbers of this step for one purpose.
    pub fn random(&self, purpose: &str) -> Random {
        Random::new(self.seed, purpose, self.step)
    }
}

/// What a step has to report: losses and other figures by name, in the order in which they should be read.
pub type Losses = Vec<(&'static str, f64)>;

/// A model in training: it owns its networks, optimisers and averaged weights.
pub trait Recipe {
    /// Learns from one batch.
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses;

    /// Takes what only a training needs beside pictures, before its first step; only a recipe that has a setting `style` is
    /// given anything.
    ///
    /// # Errors
    /// When it can't be learned from.
    fn equip(&mut self, _aids: Aids) -> Result<(), StyleError> {
        Ok(())
    }

    /// Called before every checkpoint with a way to some of the data (always the same part): for what is fitted to a
    /// trained model rather than trained. It must not change what later steps do.
    fn settle(&mut self, _data: &dyn Fn() -> Vec<Batch>, _seed: u64) {}

    /// Which of its figures a doctor should watch. A recipe that names none is only watched for losses that are no
    /// numbers.
    fn signs(&self) -> Signs {
        Signs::default()
    }

    /// Lets one side learn at this share of its rate from now on; false where there is no such side. The share is the
    /// loop's to remember, so `visit` must not show it.
    fn set_rate(&mut self, _side: Side, _share: f64) -> bool {
        false
    }

    /// Alters what its critic sees more from now on, so that less is learned by heart; false where it can't. How much that
    /// is belongs to what `visit` shows.
    fn raise_augmentation(&mut self) -> bool {
        false
    }

    /// Shows every tensor and counter by name. Saving and loading both use this walk.
    fn visit(&mut self, visitor: &mut dyn Visitor);

    /// What it can do, with its averaged weights.
    fn skills(&self) -> Skills<'_>;
}

/// Which of a recipe's figures mean what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signs {
    /// Shares, 0 to 1, of the real and of the painted pictures that a critic is right about. Only for critics that
    /// decide; one that measures a distance is never right or wrong.
    pub critic: Option<[&'static str; 2]>,
    /// What falls while the model learns.
    pub falls: Option<Falls>,
    /// Losses that are made small, and must not grow without bound.
    pub losses: &'static [&'static str],
}

/// A figure that falls while a model learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Falls {
    /// Its name.
    pub name: &'static str,
    /// Until this step it is another figure: during a warm-up, say.
    pub from: u64,
}

/// A side of a recipe that learns at a rate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What paints.
    Painter,
    /// What judges the paintings.
    Critic,
}

/// What a tensor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Needed to paint: the averaged weights.
    Weights,
    /// Needed to go on training.
    State,
    /// Needed to go on with this very training: what an optimiser remembers.
    Memory,
}

/// Sees every tensor and counter of a recipe.
pub trait Visitor {
    /// Sees a tensor (values when asked for); an answer takes its place and has as many values.
    fn tensor(
        &mut self,
        part: Part,
        name: &str,
        shape: &[usize],
        values: &dyn Fn() -> Vec<f32>,
    ) -> Option<Vec<f32>>;

    /// Sees a counter and may set it.
    fn counter(&mut self, name: &str, value: &mut u64);
}

impl dyn Visitor + '_ {
    /// Shows all tensors of a network.
    pub fn network<M: Module>(&mut self, part: Part, name: &str, network: &mut M) {
        exchange(network, name, &mut |name, shape, values| self.tensor(part, name, shape, values));
    }

    /// Shows an optimiser: its count of steps and its memory of each weight of `network`.
    pub fn optimiser<M: Module>(&mut self, name: &str, optimiser: &mut Optimiser, network: &M) {
        self.counter(&format!("{name}.steps"), optimiser.steps_mut());
        optimiser.exchange(network, name, &mut |name, shape, values| {
            self.tensor(Part::Memory, name, shape, values)
        });
    }
}

/// What a trained recipe can do. The tools speak to skills, never to recipes.
#[derive(Default, Clone, Copy)]
pub struct Skills<'a> {
    /// Latents to pictures.
    pub paint: Option<&'a dyn Paint>,
    /// Pictures to latents.
    pub encode: Option<&'a dyn Encode>,
    /// Pictures to pictures.
    pub translate: Option<&'a dyn Translate>,
}

/// Where latents are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prior {
    /// What the recipe has found to paint best: for a VAE, the mixture fitted to its latents.
    #[default]
    Fitted,
    /// The standard normal.
    Plain,
}

impl Prior {
    /// Its name, as it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fitted => "fitted",
            Self::Plain => "plain",
        }
    }
}

/// Latents to pictures.
pub trait Paint {
    /// Numbers in a latent.
    fn latent_size(&self) -> usize;

    /// Draws a latent. Truncation below 1 draws nearer to the middle: safer pictures, less variety.
    fn latent(&self, random: &mut Random, truncation: f64, _prior: Prior) -> Vec<f32> {
        let latent = random.normals(self.latent_size());
        latent.into_iter().map(|value| value * truncation as f32).collect()
    }

    /// `[n, latent]` (and `[n, classes]`) to `[n, channels, height, width]` in [-1, 1].
    fn paint(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<4>;

    /// At how many places a latent enters, from coarse to fine.
    fn levels(&self) -> usize {
        1
    }

    /// The same with a latent of its own for each level. The same latent at all levels gives what [`paint`](Self::paint)
    /// gives, to the bit.
    fn paint_levels(&self, latents: &[Tensor<2>], classes: Option<Tensor<2>>) -> Tensor<4> {
        self.paint(latents[0].clone(), classes)
    }

    /// The same as [`paint`](Self::paint), for latents that are tracked: gradients reach them, the weights are
    /// constants. What is made of averaged weights and operations on tensors has this already.
    fn trace(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<4> {
        self.paint(latents, classes)
    }

    /// The weights that a latent meets first, wherever it enters; none where there is no such matrix.
    fn entrances(&self) -> Vec<Entrance> {
        Vec::new()
    }

    /// What the first layer makes of latents, `[n, anything]`; none where no layer is the first.
    fn first(&self, _latents: Tensor<2>, _classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
        None
    }
}

/// A matrix that multiplies latents where they enter. What only scales its outputs, such as a norm that has learned
/// its statistics, should be in it: then it says how far a step of the latent moves what comes after.
#[derive(Debug, Clone, PartialEq)]
pub struct Entrance {
    /// Which level, counted from 0, the coarsest.
    pub level: usize,
    /// How many numbers come out.
    pub outputs: usize,
    /// `[latent, outputs]`, row by row.
    pub weight: Vec<f32>,
}

impl Entrance {
    /// The entrance through a dense layer: the rows of its weight that meet the latent (the first ones), each output
    /// scaled.
    ///
    /// # Panics
    /// When there is not one scale for each output, or fewer rows than numbers in a latent.
    pub fn through(level: usize, layer: &Dense, latent: usize, scales: &[f32]) -> Self {
        let [rows, outputs] = layer.weight().dims();
        assert!(rows >= latent && scales.len() == outputs, "{rows} rows for {latent}, {outputs} outputs");
        let mut weight = values(layer.weight());
        weight.truncate(latent * outputs);
        for row in weight.chunks_exact_mut(outputs) {
            row.iter_mut().zip(scales).for_each(|(value, scale)| *value *= scale);
        }
        Self { level, outputs, weight }
    }
}

/// Pictures to latents.
pub trait Encode {
    /// `[n, channels, height, width]` (and `[n, classes]`) to `[n, latent]`.
    fn encode(&self, pictures: Tensor<4>, classes: Option<Tensor<2>>) -> Tensor<2>;
}

/// Pictures to pictures.
pub trait Translate {
    /// What it translates from.
    fn given(&self) -> Given;

    /// `[n, given, h, w]` of any size to `[n, channels, times h, times w]` in [-1, 1]; how many channels are given and how
    /// many times larger the result is says [`given`](Self::given). What becomes of a picture does not depend on the
    /// others beside it.
    fn translate(&self, pictures: Tensor<4>) -> Tensor<4>;

    /// From which class of pictures to which, where it is classes that it translates between. A training then shows it as
    /// many of each in every batch.
    fn between(&self) -> Option<[usize; 2]> {
        None
    }

    /// Pictures as a training has them to what is given, and what should be made of that.
    fn examples(&self, batch: &Batch, random: &mut Random) -> Examples;

    /// How far what was made is from what should be made, where only the model can say that: [`Goal::Own`]. Nothing, where
    /// it has not got at hand what it would measure with.
    fn away(&self, _given: &Tensor<4>, _made: &Tensor<4>) -> Option<f64> {
        None
    }

    /// How large pictures are cut up.
    fn tiling(&self) -> Tiling {
        Tiling::default()
    }

    /// What translates the parts of this picture. Where a part depends on the whole, the whole is looked at here.
    fn for_parts_of(&self, _whole: &Tensor<4>) -> Box<dyn Fn(Tensor<4>) -> Tensor<4> + '_> {
        Box::new(|part| self.translate(part))
    }
}

/// What a model is given, and what it should make of that.
#[derive(Debug, Clone)]
pub struct Examples {
    /// `[n, given, h, w]`; perhaps none, where only pictures of one class are given.
    pub given: Tensor<4>,
    /// What is known of the results.
    pub goal: Goal,
}

/// What is known of what should be made.
#[derive(Debug, Clone)]
pub enum Goal {
    /// Each picture: how far away a result is can be said.
    Truth(Tensor<4>),
    /// Only what such pictures look like, `[m, channels, h, w]`: how far all results are from all of these can be said.
    Like(Tensor<4>),
    /// Nothing that can be shown: the model measures by itself, see [`Translate::away`].
    Own,
}

/// What a model translates from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Any picture.
    Any,
    /// A picture of some other kind.
    Picture,
    /// How bright a picture is; and its alpha, if it has one.
    Grey,
    /// Dark lines on white.
    Lines,
    /// A picture of which the result has so many times the width and height.
    Small(usize),
    /// A picture that is grey where it has holes, and a channel more: 1 in holes, -1 elsewhere.
    Holes,
    /// A picture with pieces of others pasted in; a channel more, how strongly it may be changed, 0 to 1; and so many channels
    /// of smooth noise, multiplied by that.
    Pasted(usize),
}

impl Given {
    /// How many channels are given where pictures have so many.
    pub fn channels(self, own: usize) -> usize {
        match self {
            Self::Any | Self::Picture | Self::Small(_) => own,
            Self::Grey => 1 + usize::from(own == 4),
            Self::Lines => 1,
            Self::Holes => own + 1,
            Self::Pasted(noise) => own + 1 + noise,
        }
    }

    /// How many times larger the result is.
    pub fn times(self) -> usize {
        if let Self::Small(times) = self { times } else { 1 }
    }

    /// In words, to be read after "from".
    pub fn words(self) -> String {
        match self {
            Self::Any => "any pictures".into(),
            Self::Picture => "pictures of another kind".into(),
            Self::Grey => "pictures without colours".into(),
            Self::Lines => "dark lines on white".into(),
            Self::Small(times) => format!("pictures of 1/{times} of the width and height"),
            Self::Holes => "pictures with holes".into(),
            Self::Pasted(_) => "pictures with pieces of others pasted in".into(),
        }
    }

    /// The verbs that use it, the one that a person would reach for first.
    pub fn verbs(self) -> &'static [&'static str] {
        match self {
            Self::Any => &["style", "translate"],
            Self::Pasted(_) => &["vary", "translate"],
            _ => &["translate"],
        }
    }

    /// Whether it is made of ordinary pictures.
    pub fn is_made(self) -> bool {
        !matches!(self, Self::Any | Self::Picture)
    }
}

/// What a recipe is built for: the pictures and the device.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// 1 grey, 3 RGB, 4 RGB multiplied by alpha, and alpha.
    pub channels: usize,
    /// How many classes it is conditioned on; 0: none.
    pub classes: usize,
    /// First weights are drawn from this seed; none: they will be loaded.
    pub seed: Option<u64>,
    /// Where the tensors lie.
    pub device: Device,
}

impl Scene {
    /// The source of first weights for one network.
    pub fn init(&self, network: &str) -> Init {
        match self.seed {
            Some(seed) => Init::drawn(Random::new(seed, network, 0), &self.device),
            None => Init::empty(&self.device),
        }
    }

    /// Values in one picture.
    pub fn pixels(&self) -> usize {
        self.width * self.height * self.channels
    }
}
