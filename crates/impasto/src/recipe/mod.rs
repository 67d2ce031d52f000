//! What a recipe is: a model in training. The loop, the checkpoints and the tools know only what stands here.

mod paint;
mod translate;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use impasto_nn::{Init, Optimiser, exchange, one_hot};
use impasto_random::Random;

pub use paint::{Encode, Entrance, Paint, Prior};
pub use translate::{Examples, Given, Goal, Translate};

use crate::style::{Aids, Decoder, StyleError};

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

    /// Takes what only a training needs beside pictures, before its first step; only a recipe that has a setting `network` is
    /// given anything, and a style only one that has a setting `style`.
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
    /// Needed to paint, and true of this training alone: how far it is.
    Standing,
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
    /// Pictures to pictures in the style of others.
    pub restyle: Option<&'a dyn Restyle>,
}

/// Pictures to pictures in the style of others, together with the network that has seen both.
pub trait Restyle {
    /// What paints.
    fn decoder(&self) -> Decoder;
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
