//! A step of an optimiser in one pass: weight, gradient, memory and running average are each read once.
//!
//! The new weight takes the place of the gradient, whose memory nobody needs any more.

use std::iter;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::covers;
use crate::dispatch::vectorised;
use crate::record::Operand;
use crate::room::{BLOCK, CHUNK};

/// How a weight `w` moves against its gradient `g`, with the numbers of this step.
///
/// Of a running mean, `[keep, add]` is what is kept of it and how much of the new value is added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// `w -= rate * mean / (root * sqrt(square) + epsilon)`.
    Adam {
        /// Learning rate over the bias of `mean`.
        rate: f32,
        /// One over the root of the bias of `square`.
        root: f32,
        /// Of the gradients.
        mean: [f32; 2],
        /// Of their squares.
        square: [f32; 2],
        /// Keeps the division finite.
        epsilon: f32,
    },
    /// `w -= rate * mean`.
    Momentum {
        /// Learning rate.
        rate: f32,
        /// Of the gradients.
        mean: [f32; 2],
    },
    /// `w -= rate * g / (sqrt(square) + epsilon)`.
    RootMeanSquare {
        /// Learning rate.
        rate: f32,
        /// Of the gradients' squares.
        square: [f32; 2],
        /// Keeps the division finite.
        epsilon: f32,
    },
}

/// What goes on from step to step beside a weight, changed in place.
#[derive(Debug, Default)]
pub struct Beside<'a> {
    /// Running mean of gradients; empty where the rule has none.
    pub mean: &'a mut [f32],
    /// Running mean of their squares; empty where the rule has none.
    pub square: &'a mut [f32],
    /// A running average of the weight; empty where there is none.
    pub average: &'a mut [f32],
    /// How much of the average is kept.
    pub keep: f32,
}

impl Beside<'_> {
    /// # Panics
    /// When memory that the rule has, or an average, is not as long as the weight.
    fn fits(&self, rule: Rule, len: usize) {
        let (mean, square) = match rule {
            Rule::Adam { .. } => (len, len),
            Rule::Momentum { .. } => (len, 0),
            Rule::RootMeanSquare { .. } => (0, len),
        };
        let found = [self.mean.len(), self.square.len()];
        assert!(found[0] == mean || mean == 0, "a mean of {} for {len} weights", found[0]);
        assert!(found[1] == square || square == 0, "squares of {} for {len} weights", found[1]);
        let average = self.average.len();
        assert!(average == len || average == 0, "an average of {average} for {len} weights");
    }
}

/// Moves a weight against its gradient. Gives the new weight, and the sum of the gradient's squares.
///
/// # Panics
/// When a tensor takes gradients or lies where [`covers`](crate::covers) says no, and when sizes differ.
pub fn step<const D: usize>(
    rule: Rule,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    beside: Beside<'_>,
) -> (Tensor<D>, f64) {
    assert_eq!(weight.shape(), gradient.shape(), "a weight and its gradient");
    beside.fits(rule, weight.shape().num_elements());
    let weight = Operand::new(weight);
    let mut gradient = whole(gradient);
    // No copy: nobody else holds the gradient.
    let part = Part { weight: weight.slice(), gradient: gradient.storage_mut::<f32>(), beside };
    let squares = update(rule, part);
    (Tensor::from_primitive::<Flex>(gradient), squares)
}

/// The tensor as values that lie row by row, without anything before or after them.
fn whole<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    tensor.try_into_primitive::<Flex>().expect("a tensor of the flex backend").to_contiguous()
}

/// A running average with a new value taken in: `keep` of the old, the rest of the new.
pub fn blend(average: Tensor<1>, new: Tensor<1>, keep: f64) -> Tensor<1> {
    if !covers(&average.device()) {
        return average.mul_scalar(keep) + new.mul_scalar(1.0 - keep);
    }
    assert_eq!(average.shape(), new.shape(), "an average and a new value");
    let (new, mut average) = (Operand::new(new), whole(average));
    let chunks = average.storage_mut::<f32>().par_chunks_mut(CHUNK).zip(new.slice().par_chunks(CHUNK));
    chunks.for_each(|(average, new)| blend_block(average, new, keep as f32));
    Tensor::from_primitive::<Flex>(average)
}

/// One weight, or a piece of it.
struct Part<'a> {
    weight: &'a [f32],
    /// Becomes the new weight.
    gradient: &'a mut [f32],
    beside: Beside<'a>,
}

impl<'a> Part<'a> {
    /// In pieces of `size`.
    fn cut(self, size: usize) -> impl Iterator<Item = Self> {
        let Beside { mean, square, average, keep } = self.beside;
        let weights = self.weight.chunks(size).zip(self.gradient.chunks_mut(size));
        let memory = pieces(mean, size).zip(pieces(square, size)).zip(pieces(average, size));
        weights.zip(memory).map(move |((weight, gradient), ((mean, square), average))| Self {
            weight,
            gradient,
            beside: Beside { mean, square, average, keep },
        })
    }
}

/// Chunks, then nothing for ever, so that what is empty stays so beside the others.
fn pieces(values: &mut [f32], size: usize) -> impl Iterator<Item = &mut [f32]> {
    values.chunks_mut(size).chain(iter::repeat_with(Default::default))
}

/// Gives the sum of the gradient's squares, added up chunk by chunk whatever the number of threads.
fn update(rule: Rule, whole: Part<'_>) -> f64 {
    if whole.weight.len() <= CHUNK {
        return update_chunk(rule, whole);
    }
    let chunks: Vec<_> = whole.cut(CHUNK).collect();
    let squares: Vec<f64> = chunks.into_par_iter().map(|chunk| update_chunk(rule, chunk)).collect();
    squares.iter().sum()
}

/// Block by block, so that each of the loops but the first finds its values in the cache.
fn update_chunk(rule: Rule, chunk: Part<'_>) -> f64 {
    let mut squares = 0.0;
    for Part { weight, gradient, beside } in chunk.cut(BLOCK) {
        let Beside { mean, square, average, keep } = beside;
        squares += sum_of_squares(gradient);
        match rule {
            Rule::Adam { .. } => adam(rule, weight, gradient, mean, square),
            Rule::Momentum { rate, mean: shares } => momentum(rate, shares, weight, gradient, mean),
            Rule::RootMeanSquare { .. } => root_mean_square(rule, weight, gradient, square),
        }
        blend_block(average, gradient, keep);
    }
    squares
}

vectorised! {
    fn adam(rule: Rule, weight: &[f32], gradient: &mut [f32], mean: &mut [f32], square: &mut [f32]) {
        let Rule::Adam { rate, root, mean: [keep1, add1], square: [keep2, add2], epsilon } = rule else { return };
        let memory = mean.iter_mut().zip(square);
        for ((&w, g), (m, s)) in weight.iter().zip(gradient).zip(memory) {
            *m = *m * keep1 + *g * add1;
            *s = *s * keep2 + *g * *g * add2;
            *g = w - *m / (s.sqrt() * root + epsilon) * rate;
        }
    }
}

vectorised! {
    fn momentum(rate: f32, shares: [f32; 2], weight: &[f32], gradient: &mut [f32], mean: &mut [f32]) {
        let [keep, add] = shares;
        for ((&w, g), m) in weight.iter().zip(gradient).zip(mean) {
            *m = *m * keep + *g * add;
            *g = w - *m * rate;
        }
    }
}

vectorised! {
    fn root_mean_square(rule: Rule, weight: &[f32], gradient: &mut [f32], square: &mut [f32]) {
        let Rule::RootMeanSquare { rate, square: [keep, add], epsilon } = rule else { return };
        for ((&w, g), s) in weight.iter().zip(gradient).zip(square) {
            *s = *s * keep + *g * *g * add;
            *g = w - *g / (s.sqrt() + epsilon) * rate;
        }
    }
}

vectorised! {
    fn blend_block(average: &mut [f32], new: &[f32], keep: f32) {
        average.iter_mut().zip(new).for_each(|(a, &n)| *a = *a * keep + n * (1.0 - keep));
    }
}

vectorised! {
    /// In sixteen sums, so that the order of additions is the same however wide the vectors are.
    fn sum_of_squares(values: &[f32]) -> f64 {
        let mut sums = [0f32; 16];
        let groups = values.chunks_exact(16);
        let rest: f32 = groups.remainder().iter().map(|v| v * v).sum();
        for group in groups {
            sums.iter_mut().zip(group).for_each(|(sum, v)| *sum += v * v);
        }
        sums.iter().map(|&sum| f64::from(sum)).sum::<f64>() + f64::from(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_random::Random;

    const ADAM: Rule =
        Rule::Adam { rate: 0.1, root: 1.5, mean: [0.9, 0.1], square: [0.99, 0.01], epsilon: 1e-8 };
    const MOMENTUM: Rule = Rule::Momentum { rate: 0.1, mean: [0.9, 1.0] };
    const ROOT_MEAN_SQUARE: Rule = Rule::RootMeanSquare { rate: 0.1, square: [0.9, 0.1], epsilon: 1e-8 };

    /// Weight, gradient, mean, square and average.
    fn drawn(size: usize) -> [Vec<f32>; 5] {
        let mut random = Random::new(1, "update", size as u64);
        let mut values = [(); 5].map(|_| random.normals(size));
        values[3].iter_mut().for_each(|v| *v = v.abs());
        values
    }

    /// What the five have become, the new weight in the gradient's place, and the sum of squares.
    fn run(rule: Rule, size: usize) -> ([Vec<f32>; 5], f64) {
        let [weight, mut gradient, mut mean, mut square, mut average] = drawn(size);
        let beside = Beside { mean: &mut mean, square: &mut square, average: &mut average, keep: 0.75 };
        let squares = update(rule, Part { weight: &weight, gradient: &mut gradient, beside });
        ([weight, gradient, mean, square, average], squares)
    }

    /// One value by the formulas: the new weight.
    fn expected(rule: Rule, [w, g, m, s]: [f64; 4]) -> f64 {
        match rule {
            Rule::Adam { .. } => {
                w - 0.1 * (0.9 * m + 0.1 * g) / (1.5 * (0.99 * s + 0.01 * g * g).sqrt() + 1e-8)
            }
            Rule::Momentum { .. } => w - 0.1 * (0.9 * m + g),
            Rule::RootMeanSquare { .. } => w - 0.1 * g / ((0.9 * s + 0.1 * g * g).sqrt() + 1e-8),
        }
    }

    #[test]
    fn every_rule_is_its_formula_at_any_size() {
        for (rule, size) in [ADAM, MOMENTUM, ROOT_MEAN_SQUARE]
            .into_iter()
            .flat_map(|rule| [1, 15, 16, 17, BLOCK + 1, 3 * CHUNK + 17].map(|size| (rule, size)))
        {
            let (before, (after, squares)) = (drawn(size), run(rule, size));
            for at in 0..size {
                let [w, g, m, s, a] = before.each_ref().map(|values| f64::from(values[at]));
                let new = expected(rule, [w, g, m, s]);
                assert!(
                    (f64::from(after[1][at]) - new).abs() < 1e-5 * new.abs().max(1.0),
                    "{rule:?} at {at}"
                );
                let average = 0.75 * a + 0.25 * new;
                assert!((f64::from(after[4][at]) - average).abs() < 1e-5 * average.abs().max(1.0));
            }
            let sum: f64 = before[1].iter().map(|&g| f64::from(g).powi(2)).sum();
            assert!((squares - sum).abs() < 1e-6 * sum, "{squares} against {sum}");
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| run(ADAM, 5 * CHUNK + 3))
        };
        assert_eq!(with(1), with(2));
    }

    #[test]
    fn a_step_keeps_the_shape_and_needs_no_average() {
        let device = Device::flex();
        let weight = Tensor::<2>::ones([2, 3], &device);
        let mut mean = [0.0; 6];
        let beside = Beside { mean: &mut mean, ..Beside::default() };
        // A transposed gradient is not in order in memory.
        let gradient = Tensor::<2>::from_data([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], &device).transpose();
        let (new, squares) = step(MOMENTUM, weight, gradient, beside);
        let new: Vec<f32> = new.into_data().try_into_vec().expect("values of type f32");
        let expected = [0.0f32, 2.0, 4.0, 1.0, 3.0, 5.0].map(|g| 1.0 - 0.1 * g);
        assert!(new.iter().zip(expected).all(|(new, expected)| (new - expected).abs() < 1e-6));
        assert_eq!(squares, 55.0);
    }

    #[test]
    fn a_gradient_that_is_not_a_number_shows_in_the_sum() {
        for bad in [f32::NAN, f32::INFINITY] {
            let mut gradient = vec![1.0; 100];
            gradient[37] = bad;
            assert!(!sum_of_squares(&gradient).is_finite());
        }
    }
}
