//! What a model can do that paints: latents to pictures, and back.

use burn::tensor::Tensor;
use impasto_nn::layers::Dense;
use impasto_nn::values;
use impasto_random::Random;
use serde::{Deserialize, Serialize};

/// Where latents are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
