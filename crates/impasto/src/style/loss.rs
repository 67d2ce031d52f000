//! How far what a layer sees is from a style, by name:
//!
//! - `gram`: products of channels, averaged over the picture (Gatys and others, "Image Style Transfer Using Convolutional
//!   Neural Networks", 2016).
//! - `mean-std`: each channel's mean and deviation (Li and others, "Demystifying Neural Style Transfer", 2017).
//! - `wasserstein`: whole distributions along directions that are drawn anew in each step, see [`super::wasserstein`].
//!
//! Differs from the papers: a distance is divided by the style's own size, so that layers of all networks count alike.
//!
//! A loss depends on statistics of all places of a layer, which are sums. So they can be gathered part by part, and what pulls a
//! place depends on the statistics and on that place alone: a picture can be worked on in tiles and comes out as if it had
//! none.

use burn::tensor::Device;
use impasto_nn::layers::FixedConv;
use impasto_nn::{Activation, tensor, values};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::wasserstein::{Quantiles, Samples, Transport};
use crate::features::map::Map;

/// A loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Products of channels.
    #[default]
    Gram,
    /// Means and deviations of channels.
    MeanStd,
    /// Whole distributions.
    Wasserstein,
}

impl Loss {
    /// What all of them are called in settings.
    pub const NAMES: [&'static str; 3] = ["gram", "mean-std", "wasserstein"];

    /// Every one that there is.
    pub const ALL: [Self; 3] = [Self::Gram, Self::MeanStd, Self::Wasserstein];

    /// Its name, as it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gram => "gram",
            Self::MeanStd => "mean-std",
            Self::Wasserstein => "wasserstein",
        }
    }
}

/// Where a part of a layer lies in the whole: its first row and column, and the size of the whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) corner: [usize; 2],
    pub(super) whole: [usize; 2],
}

/// What is gathered of a layer, or of parts of it.
#[derive(Debug, Clone)]
pub(super) enum Statistic {
    /// Sums of products, `[channels, channels]`.
    Products { weight: f64, sums: Vec<f32> },
    /// Sums and sums of squares of channels.
    Moments { weight: f64, sums: Vec<f64>, squares: Vec<f64> },
    /// Some of its places.
    Places { weight: f64, samples: Samples },
}

/// A style as one layer sees it.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Products(Vec<f32>),
    Moments {
        means: Vec<f64>,
        deviations: Vec<f64>,
    },
    /// Several styles with their shares.
    Places(Vec<(f64, Samples)>),
}

/// What pulls the places of a layer, when it is multiplied by a place's weight.
#[derive(Debug)]
pub(super) enum Pull {
    /// A matrix that the place's channels are multiplied by.
    Matrix(Vec<f32>),
    /// A factor and a summand for each channel.
    Line { factors: Vec<f32>, summands: Vec<f32> },
    /// Along directions.
    Transport(Transport),
}

/// Keeps the deviations of channels that never fire away from zero, where roots have no slope.
const EPSILON: f64 = 1e-6;
/// Places that are multiplied at a time.
const TOGETHER: usize = 1 << 14;

impl Statistic {
    /// Gathers a part of a layer. The mask weighs its places; without one all count the same.
    pub(super) fn of(loss: Loss, map: &Map, mask: Option<&[f32]>, place: Place) -> Self {
        let weight = match mask {
            Some(mask) => mask.iter().map(|&weight| f64::from(weight)).sum(),
            None => map.area() as f64,
        };
        match loss {
            Loss::Gram => Self::Products { weight, sums: products(map, mask) },
            Loss::MeanStd => {
                let (sums, squares) = moments(map, mask);
                Self::Moments { weight, sums, squares }
            }
            Loss::Wasserstein => Self::Places { weight, samples: Samples::of(map, mask, place) },
        }
    }

    /// Adds another part of the same layer.
    pub(super) fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Products { weight, sums }, Self::Products { weight: more, sums: others }) => {
                *weight += more;
                sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
            }
            (
                Self::Moments { weight, sums, squares },
                Self::Moments { weight: more, sums: other_sums, squares: other_squares },
            ) => {
                *weight += more;
                sums.iter_mut().zip(other_sums).for_each(|(sum, other)| *sum += other);
                squares.iter_mut().zip(other_squares).for_each(|(sum, other)| *sum += other);
            }
            (Self::Places { weight, samples }, Self::Places { weight: more, samples: others }) => {
                *weight += more;
                samples.append(others);
            }
            _ => unreachable!("statistics of one loss"),
        }
    }

    /// What it says of a style, when these are all places.
    pub(super) fn target(self) -> Target {
        match self {
            Self::Products { weight, sums } => {
                Target::Products(sums.iter().map(|sum| sum / weight.max(EPSILON) as f32).collect())
            }
            Self::Moments { weight, sums, squares } => {
                let (means, deviations) = deviations(weight, &sums, &squares);
                Target::Moments { means, deviations }
            }
            Self::Places { samples, .. } => Target::Places(vec![(1.0, samples)]),
        }
    }

    /// How far it is from a target, and what pulls it there. `seed` draws the directions of one that needs them.
    pub(super) fn compare(&self, target: &Target, seed: (u64, u64)) -> (f64, Pull) {
        match (self, target) {
            (Self::Products { weight, sums }, Target::Products(goal)) => toward_products(*weight, sums, goal),
            (Self::Moments { weight, sums, squares }, Target::Moments { means: goal, deviations: goals }) => {
                let (means, spread) = deviations(*weight, sums, squares);
                toward_moments(*weight, [&means, &spread], [goal, goals])
            }
            (Self::Places { weight, samples }, Target::Places(styles)) => {
                let (distance, transport) = Transport::between(samples, styles, *weight, seed);
                (distance, Pull::Transport(transport))
            }
            _ => unreachable!("a statistic and a target of one loss"),
        }
    }
}

impl Target {
    /// Several styles with their shares, which add up to one.
    pub(super) fn blend(parts: Vec<(f64, Self)>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let (share, mut sum) = parts.next()?;
        sum.scale(share);
        for (share, mut more) in parts {
            more.scale(share);
            sum.add(more);
        }
        Some(sum)
    }

    fn scale(&mut self, share: f64) {
        match self {
            Self::Products(values) => values.iter_mut().for_each(|value| *value *= share as f32),
            Self::Moments { means, deviations } => {
                means.iter_mut().chain(deviations).for_each(|value| *value *= share);
            }
            Self::Places(styles) => styles.iter_mut().for_each(|(own, _)| *own *= share),
        }
    }

    fn add(&mut self, more: Self) {
        match (self, more) {
            (Self::Products(sums), Self::Products(others)) => {
                sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
            }
            (Self::Moments { means, deviations }, Self::Moments { means: others, deviations: spread }) => {
                means.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
                deviations.iter_mut().zip(spread).for_each(|(sum, other)| *sum += other);
            }
            (Self::Places(styles), Self::Places(others)) => styles.extend(others),
            _ => unreachable!("targets of one loss"),
        }
    }
}

impl Pull {
    /// The gradient of the loss for each place of a part.
    pub(super) fn gradient(&self, map: &Map, mask: Option<&[f32]>) -> Map {
        let mut gradient = match self {
            Self::Matrix(matrix) => multiplied(matrix, map.channels, map),
            Self::Line { factors, summands } => {
                let mut out = map.clone();
                let lines = factors.par_iter().zip(summands);
                out.values.par_chunks_exact_mut(map.area().max(1)).zip(lines).for_each(
                    |(plane, (factor, summand))| {
                        plane.iter_mut().for_each(|value| *value = *value * factor + summand);
                    },
                );
                out
            }
            Self::Transport(transport) => transport.gradient(map),
        };
        if let Some(mask) = mask {
            gradient.values.par_chunks_exact_mut(mask.len().max(1)).for_each(|plane| {
                plane.iter_mut().zip(mask).for_each(|(value, weight)| *value *= weight);
            });
        }
        gradient
    }
}

/// `[rows, channels]` times the channels of each place.
pub(super) fn multiplied(matrix: &[f32], rows: usize, map: &Map) -> Map {
    let device = Device::flex();
    let [channels, height, width] = map.shape();
    let conv = FixedConv::new(matrix.to_vec(), [rows, channels, 1, 1], vec![0.0; rows], 1, [0; 2], &device);
    let places = tensor::<4>(map.values.clone(), [1, channels, height, width], &device);
    Map::new(values(conv.with(Activation::None).forward(places)), [rows, height, width])
}

/// Products of channels, added up over the places.
fn products(map: &Map, mask: Option<&[f32]>) -> Vec<f32> {
    let (channels, area) = (map.channels, map.area());
    let starts: Vec<usize> = (0..area).step_by(TOGETHER).collect();
    let part = |&start: &usize| {
        let count = TOGETHER.min(area - start);
        let places = columns(map, start, count);
        let mut weighed = places.clone();
        if let Some(mask) = mask {
            for plane in weighed.chunks_exact_mut(count) {
                plane.iter_mut().zip(&mask[start..]).for_each(|(value, weight)| *value *= weight);
            }
        }
        let device = Device::flex();
        let [left, right] = [weighed, places].map(|values| tensor::<2>(values, [channels, count], &device));
        values(left.matmul(right.transpose()))
    };
    let mut sums = vec![0f32; channels * channels];
    // Few at a time, which is few in memory; added up in order, so that threads change no bit.
    for some in starts.chunks(4) {
        for product in some.par_iter().map(part).collect::<Vec<_>>() {
            sums.iter_mut().zip(product).for_each(|(sum, more)| *sum += more);
        }
    }
    sums
}

/// Some neighbouring places, `[channels, count]`.
fn columns(map: &Map, start: usize, count: usize) -> Vec<f32> {
    map.values.chunks_exact(map.area()).flat_map(|plane| &plane[start..start + count]).copied().collect()
}

fn moments(map: &Map, mask: Option<&[f32]>) -> (Vec<f64>, Vec<f64>) {
    let planes = map.values.par_chunks_exact(map.area().max(1));
    let both = |plane: &[f32]| {
        let mut sums = (0.0, 0.0);
        for (at, &value) in plane.iter().enumerate() {
            let weighed = value * mask.map_or(1.0, |mask| mask[at]);
            sums = (sums.0 + f64::from(weighed), sums.1 + f64::from(weighed * value));
        }
        sums
    };
    planes.map(both).unzip()
}

/// Means and deviations from sums.
fn deviations(weight: f64, sums: &[f64], squares: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let weight = weight.max(EPSILON);
    let means: Vec<f64> = sums.iter().map(|sum| sum / weight).collect();
    let spread = squares.iter().zip(&means);
    let spread = spread.map(|(square, mean)| ((square / weight - mean * mean).max(0.0) + EPSILON).sqrt());
    let spread = spread.collect();
    (means, spread)
}

fn toward_products(weight: f64, sums: &[f32], goal: &[f32]) -> (f64, Pull) {
    let weight = weight.max(EPSILON);
    let size = goal.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().max(EPSILON);
    let apart: Vec<f64> =
        sums.iter().zip(goal).map(|(&sum, &goal)| f64::from(sum) / weight - f64::from(goal)).collect();
    let distance = apart.iter().map(|apart| apart * apart).sum::<f64>() / size;
    // Twice for the square, and twice because each value stands on both sides of the products.
    let matrix = apart.iter().map(|apart| (4.0 * apart / (size * weight)) as f32).collect();
    (distance, Pull::Matrix(matrix))
}

fn toward_moments(weight: f64, here: [&[f64]; 2], goal: [&[f64]; 2]) -> (f64, Pull) {
    let size = goal.iter().flat_map(|values| values.iter()).map(|value| value * value).sum::<f64>();
    let size = size.max(EPSILON);
    let [means, spread] = here;
    let apart = |which: usize, at: usize| here[which][at] - goal[which][at];
    let count = means.len();
    let distance =
        (0..2).flat_map(|which| (0..count).map(move |at| apart(which, at).powi(2))).sum::<f64>() / size;
    let share = 2.0 / (size * weight.max(EPSILON));
    let factor = |at: usize| share * apart(1, at) / spread[at];
    let factors = (0..count).map(|at| factor(at) as f32).collect();
    let summands = (0..count).map(|at| (share * apart(0, at) - factor(at) * means[at]) as f32).collect();
    (distance, Pull::Line { factors, summands })
}

/// Distributions of several styles along one direction, blended.
pub(super) fn blended(styles: &[(f64, Quantiles)], rank: f64) -> f64 {
    styles.iter().map(|(share, quantiles)| share * quantiles.at(rank)).sum()
}

#[cfg(test)]
#[path = "loss_tests.rs"]
mod tests;
